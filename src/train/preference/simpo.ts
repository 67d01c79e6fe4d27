/** SimPO, arXiv:2405.14734 eq. 6: −log σ(β · difference of the mean log p − γ); it needs no reference. */
import { logSigmoid, type PairMethod, sigmoid } from "./loss.ts";

export const simpo: PairMethod = ({ chosen, rejected }, { beta, gamma }) => {
  const z = beta * (chosen.logp / chosen.tokens - rejected.logp / rejected.tokens) - gamma;
  const slope = beta * sigmoid(-z);
  return { loss: -logSigmoid(z), chosen: -slope / chosen.tokens, rejected: slope / rejected.tokens };
};
