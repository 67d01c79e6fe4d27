/** Wilson's interval of a share (Wilson 1927): sound for few tries and for none or all of them passed, where p ± 1.96·se is not. */
import { UserError } from "../../errors.ts";
import { twoSidedZ } from "./distributions.ts";

/** The interval of `passed` out of `of`; `of` may be fractional, an effective number. Throws UserError for counts that are no share. */
export function wilson(passed: number, of: number, level = 0.95): { low: number; high: number } {
  if (!(of > 0) || !(passed >= 0) || passed > of)
    throw new UserError(`A share needs 0 ≤ passed ≤ of and of > 0, not ${passed} of ${of}.`);
  const z = twoSidedZ(level);
  const p = passed / of;
  const middle = (p + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of));
  return { low: passed === 0 ? 0 : middle - half, high: passed === of ? 1 : middle + half };
}

/** The highest rate that `tries` without a failure leave open at 95 %: about 3 / tries ("rule of three"), exactly 1 − 0.05^(1/tries). */
export function zeroFailureBound(tries: number, level = 0.95): number {
  if (!(tries > 0)) throw new UserError(`A bound needs at least one try, not ${tries}.`);
  return 1 - (1 - level) ** (1 / tries);
}
