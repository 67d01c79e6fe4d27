/** How much memory a graph's values take while it runs, from their shapes alone. */
import { invariant } from "../errors.ts";
import type { TensorType } from "./infer.ts";
import { sizeOf } from "./shapes.ts";

const bytesOf: Readonly<Record<string, number>> = { float32: 4, int32: 4, int64: 8, uint8: 1, int8: 1, bool: 1 };

/**
 * The most that is alive at once where values are computed in this order and freed after their last reader: inputs and constants are
 * not counted, nor what the runtime does in place. `symbols` gives the sizes that the shapes leave open. Bytes.
 */
export function peakBytes(
  producers: ReadonlyMap<TensorType, { readonly inputs: readonly TensorType[] }>,
  results: readonly TensorType[],
  symbols: Readonly<Record<string, number>>,
): number {
  const order = [...producers];
  const lastReader = new Map<TensorType, number>();
  order.forEach(([, { inputs }], at) => {
    for (const input of inputs) lastReader.set(input, at);
  });
  for (const value of results) lastReader.set(value, order.length);
  const freed: TensorType[][] = order.map(() => []);
  for (const [value] of order) freed[lastReader.get(value) ?? -1]?.push(value);
  let alive = 0;
  let peak = 0;
  order.forEach(([value], at) => {
    if (lastReader.has(value)) alive += sizeBytes(value, symbols);
    peak = Math.max(peak, alive);
    for (const gone of freed[at]) alive -= sizeBytes(gone, symbols);
  });
  return peak;
}

function sizeBytes({ dtype, shape }: TensorType, symbols: Readonly<Record<string, number>>): number {
  const each = bytesOf[dtype];
  invariant(each, `the size of ${dtype} is not known`);
  return shape.reduce((product: number, dim) => product * sizeOf(dim, symbols), each);
}
