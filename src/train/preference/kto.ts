/**
 * KTO, arXiv:2402.01306 eq. 8, for single replies that somebody liked or did not: 1 − σ(±β (log-ratio − KL)). The KL of a batch is the
 * mean log-ratio of its mails with the replies of other mails, at least 0, and has no gradient.
 */
import { logRatio, type Scored, sigmoid } from "./loss.ts";

/** The KL estimate of a batch from mismatched replies. */
export function klOf(mismatched: readonly Scored[]): number {
  return Math.max(0, mismatched.reduce((sum, one) => sum + logRatio(one), 0) / mismatched.length);
}

/** The loss of one reply and its derivative in the sum of log p. */
export function kto(
  reply: Scored & { readonly liked: boolean },
  { kl, beta, weight }: { kl: number; beta: number; weight: number },
): { loss: number; slope: number } {
  const sign = reply.liked ? 1 : -1;
  const value = sigmoid(sign * beta * (logRatio(reply) - kl));
  return { loss: weight * (1 - value), slope: -sign * weight * beta * value * (1 - value) };
}
