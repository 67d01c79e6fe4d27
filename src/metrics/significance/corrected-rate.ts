/**
 * The true rate behind a judge that errs: (p + sp − 1) / (se + sp − 1) (Rogan & Gladen 1978), with an interval that carries the
 * uncertainty of the calibration as well (Lang & Reiczigel 2014, doi:10.1016/j.prevetmed.2013.09.015).
 */

import { UserError } from "../../errors.ts";
import { twoSidedZ } from "./distributions.ts";

/** Counts: what the judge passed of all, and how it did on items that people judged. */
export interface JudgeCounts {
  readonly passed: number;
  readonly of: number;
  /** Of `positives` items that people passed, those that the judge passed. */
  readonly truePositives: number;
  readonly positives: number;
  /** Of `negatives` items that people failed, those that the judge failed. */
  readonly trueNegatives: number;
  readonly negatives: number;
}

/** The corrected rate, cut to 0 to 1; `uncut` is what the formula gives. */
export interface CorrectedRate {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly uncut: number;
}

/** The corrected rate, or why it cannot be had. Throws UserError for counts that do not fit together. */
export function correctRate(counts: JudgeCounts, level = 0.95): CorrectedRate | { readonly reason: string } {
  const { passed, of, truePositives, positives, trueNegatives, negatives } = counts;
  for (const [part, whole] of [
    [passed, of],
    [truePositives, positives],
    [trueNegatives, negatives],
  ] as const)
    if (!(part >= 0 && part <= whole)) throw new UserError(`A judge's counts do not fit: ${part} of ${whole}.`);
  if (of === 0) return { reason: "the judge has no verdict on any reply" };
  if (positives === 0) return { reason: "people passed none of the labelled replies, so sensitivity is unknown" };
  if (negatives === 0) return { reason: "people failed none of the labelled replies, so specificity is unknown" };
  const uncut = roganGladen(passed / of, truePositives / positives, trueNegatives / negatives);
  const z = twoSidedZ(level);
  // Agresti–Coull counts: z²/2 more of either kind in the sample, one more of either kind in the calibration.
  const n = of + z * z;
  const p = (passed + (z * z) / 2) / n;
  const [nSe, nSp] = [positives + 2, negatives + 2];
  const [se, sp] = [(truePositives + 1) / nSe, (trueNegatives + 1) / nSp];
  if (uncut === null || se + sp <= 1)
    return {
      reason: "sensitivity and specificity add up to 1 or less: the judge tells nothing, and no correction can",
    };
  const rate = roganGladen(p, se, sp)!;
  const [varSe, varSp] = [(se * (1 - se)) / nSe, (sp * (1 - sp)) / nSp];
  const shift = 2 * z * z * (rate * varSe - (1 - rate) * varSp);
  const spread = Math.sqrt((p * (1 - p)) / n + rate ** 2 * varSe + (1 - rate) ** 2 * varSp) / (se + sp - 1);
  const cut = (value: number) => Math.min(1, Math.max(0, value));
  return { rate: cut(uncut), low: cut(rate + shift - z * spread), high: cut(rate + shift + z * spread), level, uncut };
}

/** (p + sp − 1) / (se + sp − 1); null where the judge is no better than a coin. */
export function roganGladen(p: number, sensitivity: number, specificity: number): number | null {
  const informed = sensitivity + specificity - 1;
  return informed <= 0 ? null : (p + specificity - 1) / informed;
}
