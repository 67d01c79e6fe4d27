/** McNemar's exact test: two systems on the same items, of which only those that one passed and the other failed say anything. */
import { UserError } from "../../errors.ts";
import { fairCoinCdf } from "./distributions.ts";

/** Two-sided p of `b` against `c` discordant items if both ways were as likely; 1 where there is none. The exact sign test of wins against losses. */
export function mcnemar(b: number, c: number): number {
  for (const count of [b, c])
    if (!Number.isSafeInteger(count) || count < 0)
      throw new UserError(`McNemar's test counts items, not ${b} and ${c}.`);
  return Math.min(1, 2 * fairCoinCdf(Math.min(b, c), b + c));
}
