/** Power of a test of a given size, and the smallest effect that it detects with a given power. Normal approximations. */
import { UserError } from "../../errors.ts";
import { bisect, normalQuantile, twoSidedZ } from "./distributions.ts";

/** The usual bargain. */
export interface PowerOptions {
  readonly alpha?: number; // 0.05, two-sided
  readonly power?: number; // 0.8
}

/**
 * The smallest difference between two paired shares that `n` items show, when a share `discordant` of the items are passed by one
 * system alone (Connor 1987, doi:10.2307/2531961). null where no difference that the discordant items allow would be found.
 */
export function detectableShare(
  n: number,
  discordant: number,
  { alpha = 0.05, power = 0.8 }: PowerOptions = {},
): number | null {
  checkSize(n);
  if (!(discordant >= 0 && discordant <= 1))
    throw new UserError(`A share of discordant items lies in 0 to 1, not ${discordant}.`);
  const needed = (difference: number) => pairsNeeded(difference, discordant, { alpha, power });
  if (discordant === 0 || needed(discordant) > n) return null;
  return bisect((difference) => needed(difference) > n, 0, discordant);
}

/** How many pairs show a difference of two shares: (z_α √ψ + z_β √(ψ − δ²))² / δ², not rounded. */
export function pairsNeeded(
  difference: number,
  discordant: number,
  { alpha = 0.05, power = 0.8 }: PowerOptions = {},
): number {
  const zAlpha = twoSidedZ(1 - alpha);
  const zPower = normalQuantile(power);
  const root = zAlpha * Math.sqrt(discordant) + zPower * Math.sqrt(Math.max(0, discordant - difference ** 2));
  return (root / difference) ** 2;
}

function checkSize(n: number): void {
  if (!(n > 0)) throw new UserError(`A test needs at least one item, not ${n}.`);
}
