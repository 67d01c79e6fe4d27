/** DPO, arXiv:2305.18290 eq. 7: −log σ(β · difference of the log-ratios). */
import { logRatio, logSigmoid, type PairMethod, sigmoid } from "./loss.ts";

export const dpo: PairMethod = ({ chosen, rejected }, { beta }) => {
  const z = beta * (logRatio(chosen) - logRatio(rejected));
  const slope = beta * sigmoid(-z);
  return { loss: -logSigmoid(z), chosen: -slope, rejected: slope };
};
