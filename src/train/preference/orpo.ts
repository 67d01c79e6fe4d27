/**
 * ORPO, arXiv:2403.07691 eqs. 4 and 7: −β log σ(log odds of the chosen − log odds of the rejected), odds of the mean log p; it needs no
 * reference. Its other half, the loss of imitation, is the SFT term that every method may have.
 */
import { logSigmoid, type PairMethod, type Scored, sigmoid } from "./loss.ts";

export const orpo: PairMethod = ({ chosen, rejected }, { beta }) => {
  const difference = logOdds(chosen) - logOdds(rejected);
  const slope = beta * sigmoid(-difference);
  return {
    loss: -beta * logSigmoid(difference),
    chosen: -slope * logOddsSlope(chosen),
    rejected: slope * logOddsSlope(rejected),
  };
};

const mean = ({ logp, tokens }: Scored) => logp / tokens;
const logOdds = (one: Scored) => mean(one) - Math.log(-Math.expm1(mean(one)));
/** d(m − log(1 − eᵐ))/dm = 1/(1 − eᵐ), and m is the sum over the tokens' number. */
const logOddsSlope = (one: Scored) => 1 / (-Math.expm1(mean(one)) * one.tokens);
