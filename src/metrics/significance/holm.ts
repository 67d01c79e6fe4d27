/** Holm's step-down correction (Holm 1979): p-values of several tests, adjusted so that the chance of any false alarm stays at α. */
import { UserError } from "../../errors.ts";

/** The adjusted p-values, in the order given. Throws UserError for what is no probability. */
export function holm(pValues: readonly number[]): number[] {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) throw new UserError(`A p-value lies in 0 to 1, not ${wrong}.`);
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b]);
  const adjusted = new Array<number>(pValues.length);
  let highest = 0;
  order.forEach((at, rank) => {
    highest = Math.max(highest, Math.min(1, pValues[at] * (pValues.length - rank)));
    adjusted[at] = highest;
  });
  return adjusted;
}
