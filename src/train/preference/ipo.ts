/** IPO, arXiv:2310.12036 eq. 17, on means over tokens, as its authors measured it (TRL 1.16): (difference − 1/(2β))². */
import { logRatio, type PairMethod } from "./loss.ts";

export const ipo: PairMethod = ({ chosen, rejected }, { beta }) => {
  const miss = logRatio(chosen) / chosen.tokens - logRatio(rejected) / rejected.tokens - 1 / (2 * beta);
  return { loss: miss ** 2, chosen: (2 * miss) / chosen.tokens, rejected: (-2 * miss) / rejected.tokens };
};
