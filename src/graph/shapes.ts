/**
 * Sizes of tensors, some known only when the graph runs. A size is a number, a symbol ("B"), or a multiple of one ("1024*B"), so that
 * reshaping rows into tokens and back is checked while the graph is built.
 */
import { invariant } from "../errors.ts";

/** A size: `n`, a symbol, or `n*symbol` in exactly this spelling. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** A product of sizes: a number and at most one symbol.  multipleOf(1024, "B") = "1024*B" */
export function multipleOf(factor: number, dim: Dim): Dim {
  const { number, symbol } = split(dim);
  return join(number * factor, symbol);
}

/** Whether two shapes are the same, symbol by symbol. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** The shape of an element-wise result. Throws (our bug) where the shapes do not broadcast. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    invariant(left === right || left === 1 || right === 1, `shapes [${a}] and [${b}] do not broadcast`);
    return left === 1 ? right : left;
  });
}

/**
 * `shape` reshaped by an ONNX list: a number keeps it, 0 copies the size of the same place, one −1 takes what is left.
 * Throws (our bug) where the elements do not come out even; null where two different symbols make that undecidable.
 */
export function reshaped(shape: Shape, list: readonly number[]): Shape | null {
  const target = list.map((size, i): Dim => (size === 0 ? shape[i] : size));
  const open = target.indexOf(-1);
  const total = productOf(shape);
  const rest = productOf(target.filter((_, i) => i !== open));
  if (total === null || rest === null) return null;
  const fail = `[${shape}] cannot be reshaped to [${list}]`;
  invariant(rest.symbol === null || rest.symbol === total.symbol, fail);
  const left = rest.symbol === null ? total.symbol : null;
  if (open < 0) {
    invariant(left === null && total.number === rest.number, fail);
    return target;
  }
  invariant(total.number % rest.number === 0, fail);
  return target.with(open, join(total.number / rest.number, left));
}

interface Product {
  readonly number: number;
  readonly symbol: string | null;
}

function productOf(shape: Shape): Product | null {
  let number = 1;
  let symbol: string | null = null;
  for (const dim of shape) {
    const part = split(dim);
    number *= part.number;
    if (part.symbol === null) continue;
    if (symbol !== null) return null;
    symbol = part.symbol;
  }
  return { number, symbol };
}

function split(dim: Dim): Product {
  if (typeof dim === "number") return { number: dim, symbol: null };
  const star = dim.indexOf("*");
  return star < 0 ? { number: 1, symbol: dim } : { number: Number(dim.slice(0, star)), symbol: dim.slice(star + 1) };
}

function join(number: number, symbol: string | null): Dim {
  if (symbol === null) return number;
  return number === 1 ? symbol : `${number}*${symbol}`;
}
