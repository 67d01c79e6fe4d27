/**
 * Sequences packed into rows of fixed length with a segment number and restarted positions for each: the same gradient as
 * padding, without the waste. Best-fit decreasing, as TRL's "bfd", but nothing is ever cut.
 */
import { invariant } from "../errors.ts";
import type { HostTensor } from "../runtime/portable.ts";

/** One training sequence: prompt, then completion. Tokens from `completionStart` on carry loss. */
export interface Example {
  readonly id: string;
  readonly ids: Int32Array;
  readonly completionStart: number;
}

/** Sequences that share a row. */
export type Row = readonly Example[];

/** How many tokens of an example carry loss: each is predicted from the one before it, so a first token never does. */
export function lossTokens({ ids, completionStart }: Example): number {
  return ids.length - Math.max(1, completionStart);
}

/** Puts every example into a row of at most `rowTokens` tokens; longest first, each into the fullest row that still has room. */
export function packRows(examples: readonly Example[], rowTokens: number): Row[] {
  const order = [...examples].sort((a, b) => b.ids.length - a.ids.length); // stable: equal lengths keep their order
  const rows: { members: Example[]; room: number }[] = [];
  for (const example of order) {
    invariant(
      example.ids.length <= rowTokens,
      `sequence ${example.id} has ${example.ids.length} tokens, a row holds ${rowTokens}`,
    );
    let best: (typeof rows)[number] | undefined;
    for (const row of rows) {
      if (row.room >= example.ids.length && (!best || row.room < best.room)) best = row;
    }
    if (!best) {
      best = { members: [], room: rowTokens };
      rows.push(best);
    }
    best.members.push(example);
    best.room -= example.ids.length;
  }
  return rows.map((row) => row.members);
}

/** The weight on the nll of each loss token of an example, in order; one below zero drives its token away. [lossTokens] */
export type TokenWeights = ReadonlyMap<Example, ArrayLike<number>>;

/**
 * The token feeds of a few rows for the graph of model/llama.ts; `weights` are those of the loss tokens, or one for all. B rows of T
 * tokens, N loss tokens, in the order of the rows.
 */
export function rowFeeds(
  rows: readonly Row[],
  rowTokens: number,
  weights: number | TokenWeights,
): Record<string, HostTensor> {
  const size = rows.length * rowTokens;
  const tokens = new BigInt64Array(size); //      [S]
  const positions = new BigInt64Array(size); //   [B, T]
  const segments = new BigInt64Array(size); //    [B, T], 0 for padding
  const lossPositions: bigint[] = []; //          [N]
  const targets: bigint[] = []; //                [N]
  rows.forEach((row, b) => {
    let at = b * rowTokens;
    row.forEach(({ ids, completionStart }, segment) => {
      for (let i = 0; i < ids.length; i++) {
        tokens[at + i] = BigInt(ids[i]);
        positions[at + i] = BigInt(i);
        segments[at + i] = BigInt(segment + 1);
        if (i >= Math.max(1, completionStart)) {
          lossPositions.push(BigInt(at + i - 1));
          targets.push(BigInt(ids[i]));
        }
      }
      at += ids.length;
    });
    for (let i = 0; at < (b + 1) * rowTokens; at++, i++) positions[at] = BigInt(i);
  });
  const n = targets.length;
  return {
    tokens: { data: tokens, shape: [size] },
    positions: { data: positions, shape: [rows.length, rowTokens] },
    segments: { data: segments, shape: [rows.length, rowTokens] },
    lossPositions: { data: BigInt64Array.from(lossPositions), shape: [n] },
    targets: { data: BigInt64Array.from(targets), shape: [n] },
    weights: { data: lossWeights(rows, n, weights), shape: [n] },
  };
}

function lossWeights(rows: readonly Row[], n: number, weights: number | TokenWeights): Float32Array {
  const all = new Float32Array(n); // [N]
  if (typeof weights === "number") return all.fill(weights);
  let at = 0;
  for (const example of rows.flat()) {
    const own = weights.get(example);
    invariant(
      own?.length === lossTokens(example),
      `${example.id} has ${own?.length} weights for ${lossTokens(example)}`,
    );
    all.set(own, at);
    at += own.length;
  }
  return all;
}
