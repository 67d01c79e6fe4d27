/** How much each token counts: all alike, or by how rare it is in the references. Start and end tokens count nothing. */

/** The weight of a token id. */
export type TokenWeight = (id: number) => number;

/** Every token 1, the start and end tokens 0 wherever they stand. */
export function evenWeights({ startId, endId }: { readonly startId: number; readonly endId: number }): TokenWeight {
  return (id) => (id === startId || id === endId ? 0 : 1);
}

/**
 * Inverse document frequency over the tokens of `references`: ln((N + 1) / (df + 1)), of a token that is in none ln(N + 1)
 * (bert_score utils.get_idf_dict). Start and end tokens stand in every reference, so that theirs is 0. In float32, as the reference stores it.
 */
export function inverseFrequencyWeights(references: readonly (readonly number[])[]): TokenWeight {
  const counts = new Map<number, number>();
  for (const ids of references) for (const id of new Set(ids)) counts.set(id, (counts.get(id) ?? 0) + 1);
  const total = references.length + 1;
  const known = new Map(Array.from(counts, ([id, count]) => [id, Math.fround(Math.log(total / (count + 1)))]));
  const unseen = Math.fround(Math.log(total));
  return (id) => known.get(id) ?? unseen;
}

/** Σ weight · value / Σ weight over the tokens of a text; NaN where no token has weight. `floor` lifts every value to it. */
export function weightedMean(
  ids: readonly number[],
  values: Float32Array,
  weightOf: TokenWeight,
  floor: number,
): number {
  let sum = 0;
  let weights = 0;
  for (let i = 0; i < ids.length; i++) {
    const weight = weightOf(ids[i]);
    sum += weight * Math.max(values[i], floor);
    weights += weight;
  }
  return sum / weights;
}
