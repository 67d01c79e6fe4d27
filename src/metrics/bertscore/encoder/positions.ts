/** Relative positions of DeBERTa as rows of its table (transformers modeling_deberta and modeling_deberta_v2). */
import type { EncoderConfig } from "./config.ts";
import { positionSpan } from "./names.ts";

/**
 * The row of the table for every distance from −(T − 1) to T − 1, in this order.  [2T − 1]
 * Distances beyond the table share its first or last row.
 */
export function relativeRows(config: EncoderConfig, tokens: number): BigInt64Array {
  const { relative } = config;
  const span = positionSpan(config);
  return BigInt64Array.from({ length: 2 * tokens - 1 }, (_, i) => {
    const distance = i - (tokens - 1);
    const placed =
      relative !== null && relative.buckets > 0 ? bucketOf(distance, relative.buckets, relative.maxDistance) : distance;
    return BigInt(Math.min(Math.max(placed + span, 0), 2 * span - 1));
  });
}

/** Near distances keep their own bucket, far ones share buckets whose width grows with the logarithm; in float32, as the reference rounds. */
export function bucketOf(distance: number, buckets: number, maxDistance: number): number {
  const middle = Math.floor(buckets / 2);
  const far = Math.abs(distance);
  if (far <= middle) return distance;
  const f = Math.fround;
  const part = f(f(Math.log(f(far / middle))) / f(Math.log(f((maxDistance - 1) / middle))));
  return Math.sign(distance) * (Math.ceil(f(part * (middle - 1))) + middle);
}
