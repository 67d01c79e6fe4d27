/** Scores as sacreBLEU prints them. */
import type { ConfidenceInterval } from "./bootstrap.ts";

/** `BLEU = 48.53`, or with an interval `BLEU = 48.53 (μ = 46.96 ± 46.75)`. */
export function formatScore(name: string, score: number, interval?: ConfidenceInterval): string {
  const spread =
    interval && interval.mean > 0 ? ` (μ = ${fixed(interval.mean, 2)} ± ${fixed(interval.halfWidth, 2)})` : "";
  return `${name} = ${fixed(score, 2)}${spread}`;
}

/** `toFixed` as Python rounds: a value exactly between two takes the even digit (6.25 is 6.2, not 6.3). */
export function fixed(value: number, digits: number): string {
  const exact = value.toFixed(30); // enough for every tie that a double can hold here
  const isTie = /^50*$/.test(exact.slice(exact.indexOf(".") + 1 + digits));
  const truncated = exact.slice(0, exact.indexOf(".") + 1 + digits);
  return isTie && Number(truncated.at(-1)) % 2 === 0 ? truncated : value.toFixed(digits);
}
