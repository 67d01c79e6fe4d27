/** APO-zero, arXiv:2408.06266 eq. 7: the chosen likelier and the rejected less likely, each by itself; for chosen that the model does not yet write. */
import { logRatio, type PairMethod, sigmoid } from "./loss.ts";

export const apoZero: PairMethod = ({ chosen, rejected }, { beta }) => {
  const [c, r] = [sigmoid(beta * logRatio(chosen)), sigmoid(beta * logRatio(rejected))];
  return { loss: 1 - c + r, chosen: -beta * c * (1 - c), rejected: beta * r * (1 - r) };
};
