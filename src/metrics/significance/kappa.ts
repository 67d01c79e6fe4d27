/** Cohen's κ: agreement of two raters beyond chance (Cohen 1960; variance: Fleiss, Cohen & Everitt 1969). */
import { UserError } from "../../errors.ts";
import { twoSidedZ } from "./distributions.ts";

/** κ with its asymptotic interval, which may reach past 1 for few items. */
export interface Kappa {
  /** null where both raters gave all items one and the same label: chance alone explains it all. */
  readonly kappa: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly level: number;
  /** Share of the items with equal labels. */
  readonly agreement: number;
  /** Share that chance would give. */
  readonly expected: number;
  readonly items: number;
}

/** κ of a square table: `table[i][j]` items that one rater calls i and the other j. Throws UserError for another table. */
export function cohenKappa(table: readonly (readonly number[])[], level = 0.95): Kappa {
  const size = table.length;
  if (size === 0 || table.some((row) => row.length !== size || row.some((count) => !(count >= 0))))
    throw new UserError("Cohen's kappa needs a square table of counts.");
  const items = table.flat().reduce((sum, count) => sum + count, 0);
  if (items === 0) throw new UserError("Cohen's kappa needs at least one item.");
  const share = table.map((row) => row.map((count) => count / items));
  const rows = share.map((row) => row.reduce((sum, p) => sum + p, 0));
  const columns = share.map((_, j) => share.reduce((sum, row) => sum + row[j], 0));
  const agreement = share.reduce((sum, row, i) => sum + row[i], 0);
  const expected = rows.reduce((sum, p, i) => sum + p * columns[i], 0);
  const known = { level, agreement, expected, items };
  if (table.filter((_, i) => rows[i] > 0 || columns[i] > 0).length === 1)
    return { kappa: null, low: null, high: null, ...known };
  const kappa = (agreement - expected) / (1 - expected);
  let same = 0;
  let other = 0;
  for (let i = 0; i < size; i++) {
    same += share[i][i] * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2;
    for (let j = 0; j < size; j++) if (i !== j) other += share[i][j] * (columns[i] + rows[j]) ** 2;
  }
  const spread = same + (1 - kappa) ** 2 * other - (kappa - expected * (1 - kappa)) ** 2;
  const half = twoSidedZ(level) * Math.sqrt(Math.max(0, spread) / items / (1 - expected) ** 2); // rounding alone can put it below 0
  return { kappa, low: kappa - half, high: kappa + half, ...known };
}
