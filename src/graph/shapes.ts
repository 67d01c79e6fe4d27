/**
 * Sizes of tensors, some known only when the graph runs. A size is a number, a symbol ("B"), or a product of them ("4*B*T"), so that
 * reshaping rows into tokens and back is checked while the graph is built.
 */
import { invariant } from "../errors.ts";

/** A size: `n`, a symbol, or their product in exactly this spelling: the number unless it is 1, then the symbols in order. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** The product of sizes.  product(4, "T", "B") = "4*B*T" */
export function product(...dims: readonly Dim[]): Dim {
  return join(productOf(dims));
}

/** A size with numbers for its symbols. Throws (our bug) where one is missing. */
export function sizeOf(dim: Dim, symbols: Readonly<Record<string, number>>): number {
  return `${dim}`.split("*").reduce((size, factor) => {
    const known = symbols[factor] ?? Number(factor);
    invariant(!Number.isNaN(known), `no size is given for ${factor}`);
    return size * known;
  }, 1);
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
 * `shape` reshaped by an ONNX list: a size keeps it, 0 copies the size of the same place, one −1 takes what is left.
 * Throws (our bug) where the elements do not come out even.
 */
export function reshaped(shape: Shape, list: readonly Dim[]): Shape {
  const target = list.map((size, i): Dim => (size === 0 ? shape[i] : size));
  const open = target.indexOf(-1);
  const left = quotient(productOf(shape), productOf(target.filter((_, i) => i !== open)));
  invariant(left !== null && (open >= 0 || left === 1), `[${shape}] cannot be reshaped to [${list}]`);
  return open < 0 ? target : target.with(open, left);
}

interface Product {
  readonly number: number;
  /** In order, one of each factor. */
  readonly symbols: readonly string[];
}

function productOf(dims: Shape): Product {
  const factors = dims.flatMap((dim) => `${dim}`.split("*"));
  const numbers = factors.map(Number);
  return {
    number: numbers.reduce((all, number) => (Number.isNaN(number) ? all : all * number), 1),
    symbols: factors.filter((_, i) => Number.isNaN(numbers[i])).sort(),
  };
}

/** a / b; null where it does not come out even. */
function quotient(a: Product, b: Product): Dim | null {
  const symbols = [...a.symbols];
  for (const symbol of b.symbols) {
    const at = symbols.indexOf(symbol);
    if (at < 0) return null;
    symbols.splice(at, 1);
  }
  return a.number % b.number === 0 ? join({ number: a.number / b.number, symbols }) : null;
}

function join({ number, symbols }: Product): Dim {
  if (symbols.length === 0) return number;
  return number === 1 ? symbols.join("*") : [number, ...symbols].join("*");
}
