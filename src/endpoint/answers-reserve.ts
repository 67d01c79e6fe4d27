/** How much disk is kept back for answers that are paid for and not yet in a file. */
import type { Recipe } from "../recipe.ts";

/** ours: the longest that one token of an answer becomes in a JSON line; most take 4. */
const TOKEN_BYTES = 16;
/** ours: the rest of its row: ids, model and version, an error, or the 2,000 characters of a defect at up to 3 bytes. */
const FRAME_BYTES = 8 << 10;

/**
 * Bytes that hold a row for every call that may be between its request and its row: one for each open mail. With the
 * defaults 50 × 4 mails × (600 tokens × 16 + 8,192) bytes = 3.6 MB.
 */
export function answersReserveBytes(
  { concurrency, openPerRequest }: Pick<Recipe["distill"], "concurrency" | "openPerRequest">,
  maxTokens: number,
): number {
  return concurrency * openPerRequest * (maxTokens * TOKEN_BYTES + FRAME_BYTES);
}
