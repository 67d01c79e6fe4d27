/** Unlikelihood, arXiv:1908.04319 eq. 2: −log(1 − p) of each token that should not have come. */

/** The loss of one token and its weight on the nll, from its log p; p is kept off 1, where the loss has no end. */
export function unlikelihood(logp: number): { loss: number; weight: number } {
  const p = Math.min(Math.exp(logp), 1 - 1e-4);
  return { loss: -Math.log1p(-p), weight: -p / (1 - p) };
}
