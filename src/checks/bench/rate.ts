/** Shares of the bench, with how well so many mails know them. */
import { wilson, zeroFailureBound } from "../../metrics/index.ts";

/** A share with its 95 % Wilson interval; null where nothing was tried. `passed` is what is counted, whether that is good or bad. */
export interface BenchRate {
  readonly passed: number;
  readonly of: number;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** A share of failures; with none, `upperBound` is the highest rate that is left open at 95 %. */
export type BoundedRate = BenchRate & { readonly upperBound: number };

export function toRate(passed: number, of: number): BenchRate | null {
  return of === 0 ? null : { passed, of, rate: passed / of, ...wilson(passed, of) };
}

export function boundRate(failed: number, of: number): BoundedRate | null {
  const rate = toRate(failed, of);
  return rate === null ? null : { ...rate, upperBound: failed === 0 ? zeroFailureBound(of) : rate.high };
}
