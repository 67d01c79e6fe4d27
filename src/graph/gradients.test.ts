/** Every differentiable operation against central finite differences, run by ONNX Runtime in float32. */
import { describe, expect, test } from "vitest";
import { createRandom } from "../random.ts";
import { type HostTensor, withSession } from "../runtime/index.ts";
import { attention, packedCausalMask, rope } from "./attention.ts";
import { gradients } from "./gradients.ts";
import { Graph, type Value } from "./graph.ts";
import {
  add,
  gatherRows,
  matmulT,
  matmulTs,
  mul,
  negativeLogLikelihood,
  reshape,
  rmsNorm,
  scale,
  sum,
  swiglu,
  transpose,
} from "./ops.ts";
import { reshaped, sizeOf } from "./shapes.ts";

interface Case {
  readonly name: string;
  /** Shapes of the float inputs that get gradients; a symbolic name in the graph maps to a size here. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly symbols?: Readonly<Record<string, readonly (number | string)[]>>;
  /** Integer feeds. */
  readonly integers?: Readonly<
    Record<
      string,
      {
        readonly data: readonly number[];
        readonly shape: readonly number[];
        readonly symbolic?: readonly (number | string)[];
      }
    >
  >;
  readonly build: (g: Graph, inputs: Record<string, Value>) => Value;
}

const attentionShape = { rowTokens: "T", heads: 4, kvHeads: 2, headSize: 4 };
const halfTurns = (sign: number) =>
  Float32Array.from({ length: 5 * 2 }, (_, i) => sign * Math.sin(Math.floor(i / 2) * (i % 2 ? 0.3 : 1)));
const cosines = Float32Array.from({ length: 5 * 2 }, (_, i) => Math.cos(Math.floor(i / 2) * (i % 2 ? 0.3 : 1)));

const cases: readonly Case[] = [
  { name: "add", inputs: { a: [3, 4], b: [3, 4] }, build: (g, { a, b }) => add(g, a, b) },
  { name: "add, broadcast over rows", inputs: { a: [3, 4], b: [4] }, build: (g, { a, b }) => add(g, a, b) },
  {
    name: "add, broadcast over columns and a leading axis",
    inputs: { a: [2, 3, 4], b: [3, 1] },
    build: (g, { a, b }) => add(g, a, b),
  },
  { name: "mul", inputs: { a: [3, 4], b: [3, 4] }, build: (g, { a, b }) => mul(g, a, b) },
  { name: "mul, broadcast", inputs: { a: [3, 4], b: [1, 4] }, build: (g, { a, b }) => mul(g, a, b) },
  { name: "mul by itself", inputs: { a: [3, 4] }, build: (g, { a }) => mul(g, a, a) },
  { name: "scale", inputs: { a: [3] }, build: (g, { a }) => scale(g, a, -2.5) },
  { name: "sum", inputs: { a: [3, 2] }, build: (g, { a }) => mul(g, a, sum(g, a)) },
  { name: "matmulT", inputs: { x: [3, 4], w: [5, 4] }, build: (g, { x, w }) => matmulT(g, x, w) },
  {
    name: "matmulTs, two matrices over one x",
    inputs: { x: [3, 4], a: [2, 4], b: [3, 4], w: [3, 2] },
    build: (g, { x, a, b, w }) => {
      const [left, right] = matmulTs(g, x, [a, b]);
      return add(g, matmulT(g, left, w), right);
    },
  },
  {
    name: "matmulT onto a sum, scaled",
    inputs: { x: [3, 4], w: [5, 4], to: [3, 5] },
    build: (g, { x, w, to }) => matmulT(g, x, w, { to, alpha: 0.5 }),
  },
  {
    name: "reshape and transpose",
    inputs: { x: [2, 3, 4], y: [4, 6] },
    build: (g, { x, y }) => mul(g, y, reshape(g, transpose(g, x, [2, 0, 1]), [4, -1])),
  },
  {
    name: "gatherRows, a row taken twice",
    inputs: { table: [6, 3] },
    integers: { ids: { data: [5, 0, 5, 2], shape: [4] } },
    build: (g, { table, ids }) => gatherRows(g, table, ids),
  },
  { name: "swiglu", inputs: { gate: [3, 4], up: [3, 4] }, build: (g, { gate, up }) => swiglu(g, gate, up) },
  { name: "rmsNorm", inputs: { x: [3, 8], w: [8] }, build: (g, { x, w }) => rmsNorm(g, x, w, 1e-5) },
  {
    name: "rmsNorm, two leading axes",
    inputs: { x: [2, 3, 4], w: [4] },
    build: (g, { x, w }) => rmsNorm(g, x, w, 1e-5),
  },
  {
    name: "negativeLogLikelihood and its logits in one loss",
    inputs: { h: [4, 3], table: [6, 3] },
    integers: { y: { data: [1, 5, 1, 0], shape: [4] } },
    build: (g, { h, table, y }) => {
      const { nll, logits } = negativeLogLikelihood(g, h, table, y);
      return add(g, reshape(g, nll, [4, 1]), logits);
    },
  },
  {
    name: "negativeLogLikelihood",
    inputs: { h: [4, 3], table: [6, 3] },
    integers: { y: { data: [1, 5, 1, 0], shape: [4] } },
    build: (g, { h, table, y }) => negativeLogLikelihood(g, h, table, y).nll,
  },
  {
    name: "rope",
    inputs: { x: [10, 8] },
    symbols: { x: ["B*T", 8] },
    integers: { positions: { data: [0, 1, 2, 3, 4, 0, 1, 0, 1, 2], shape: [2, 5], symbolic: ["B", "T"] } },
    build: (g, { x, positions }) =>
      rope(g, x, {
        positions,
        heads: 2,
        rowTokens: "T",
        tables: {
          cos: g.constant("cos", cosines, [5, 2]),
          sin: g.constant("sin", halfTurns(1), [5, 2]),
          negativeSin: g.constant("nsin", halfTurns(-1), [5, 2]),
        },
      }),
  },
  {
    name: "attention, grouped heads, two packed rows",
    inputs: { q: [10, 16], k: [10, 8], v: [10, 8] },
    symbols: { q: ["B*T", 16], k: ["B*T", 8], v: ["B*T", 8] },
    integers: {
      segments: { data: [1, 1, 1, 2, 2, 1, 1, 2, 0, 0], shape: [2, 5], symbolic: ["B", "T"] },
      positions: { data: [0, 1, 2, 0, 1, 0, 1, 0, 0, 1], shape: [2, 5], symbolic: ["B", "T"] },
    },
    build: (g, { q, k, v, segments, positions }) =>
      attention(g, { q, k, v, mask: packedCausalMask(g, segments, positions), shape: attentionShape }),
  },
];

describe("gradients equal central finite differences", () => {
  test.each(
    cases.flatMap((one) => [
      { ...one, recompute: false },
      { ...one, recompute: true },
    ]),
  )("$name, recompute: $recompute", async ({ inputs, symbols = {}, integers = {}, build, recompute }) => {
    const random = createRandom("gradients");
    const g = new Graph({ recompute });
    const values: Record<string, Value> = {};
    const feeds: Record<string, HostTensor> = {};
    for (const [name, shape] of Object.entries(inputs)) {
      values[name] = g.input(name, "float32", symbols[name] ?? shape);
      feeds[name] = {
        data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
        shape,
      };
    }
    for (const [name, { data, shape, symbolic }] of Object.entries(integers)) {
      values[name] = g.input(name, "int64", symbolic ?? shape);
      feeds[name] = { data: BigInt64Array.from(data, BigInt), shape };
    }
    const y = build(g, values);
    // A loss with a different weight on every element, so that no error can cancel.
    const weights = g.input("weights", "float32", y.shape);
    const loss = sum(g, mul(g, y, weights));
    const names = Object.keys(inputs);
    const results = gradients(
      g,
      loss,
      names.map((name) => values[name]),
    );
    g.output("result", y);
    g.output("loss", loss);
    names.forEach((name, i) => {
      g.output(`d.${name}`, results[i]);
    });

    await withSession(g.toOnnx("case"), { threads: 1 }, async (session) => {
      const size = concreteSize(y);
      feeds.weights = { data: Float32Array.from({ length: size.elements }, () => random.normal()), shape: size.shape };
      // In float64 from the float32 outputs, so that the differences do not drown in the rounding of one long sum.
      const lossAt = async () => {
        const { data } = (await session.run(feeds)).result;
        return (data as Float32Array).reduce((total, value, i) => total + value * Number(feeds.weights.data[i]), 0);
      };
      const analytic = await session.run(feeds);
      const epsilon = 1e-2;
      for (const name of names) {
        const data = feeds[name].data as Float32Array;
        const gradient = analytic[`d.${name}`].data as Float32Array;
        expect(gradient.length).toBe(data.length);
        const largest = Math.max(1, ...gradient.map(Math.abs));
        for (let i = 0; i < data.length; i++) {
          const kept = data[i];
          data[i] = kept + epsilon;
          const above = await lossAt();
          data[i] = kept - epsilon;
          const below = await lossAt();
          data[i] = kept;
          const numeric = (above - below) / (2 * epsilon);
          // Error of the difference itself: epsilon²·f‴/6 ≈ 2e-4 plus float32 rounding / epsilon ≈ 1e-4; a wrong rule is off by 0.1 and more.
          expect(
            Math.abs(gradient[i] - numeric),
            `d loss / d ${name}[${i}]: ${gradient[i]}, numerically ${numeric}`,
          ).toBeLessThan(3e-3 * largest);
        }
      }
    });
  });
});

/** The symbol of the cases stands for B = 2 rows of 5 tokens. */
function concreteSize(y: Value): { shape: number[]; elements: number } {
  const shape = y.shape.map((dim) => sizeOf(dim, { B: 2, T: 5 }));
  return { shape, elements: shape.reduce((a, b) => a * b, 1) };
}

test("frozen inputs get no gradient nodes", () => {
  const build = (wrt: "x" | "both") => {
    const g = new Graph();
    const x = g.input("x", "float32", [2, 3]);
    const w = g.input("w", "float32", [4, 3]);
    const loss = sum(g, matmulT(g, x, w));
    gradients(g, loss, wrt === "x" ? [x] : [x, w]).forEach((value, i) => {
      g.output(`d${i}`, value);
    });
    return g.toOnnx("g").length;
  };
  expect(build("x")).toBeLessThan(build("both"));
});

test("shapes that do not fit are refused with both shapes named", () => {
  const g = new Graph();
  const x = g.input("x", "float32", [2, 3]);
  const w = g.input("w", "float32", [4, 5]);
  expect(() => matmulT(g, x, w)).toThrow(/x \[2,3\] and w \[4,5\] do not multiply/);
  expect(() => add(g, x, w)).toThrow(/\[2,3\] and \[4,5\] do not broadcast/);
  expect(() => reshape(g, x, [4, -1])).toThrow(/\[2,3\] cannot be reshaped to \[4,-1\]/);
  expect(() => rmsNorm(g, x, g.input("v", "float32", [4]), 1e-5)).toThrow(/needs a weight of \[3\], not \[4\]/);
});

test("sizes of symbols are followed through a reshape and back", () => {
  expect(reshaped(["12*B", 8], [-1, 4, 8])).toEqual(["3*B", 4, 8]);
  expect(reshaped(["3*B", 4, 8], [-1, 8])).toEqual(["12*B", 8]);
  expect(reshaped(["B", 6], [0, 2, -1])).toEqual(["B", 2, 3]);
  expect(reshaped(["B*T", 8], [-1, "T", 2, 4])).toEqual(["B", "T", 2, 4]);
  expect(reshaped(["B", 2, "3*T", "T"], [0, 2, 3, -1, "T"])).toEqual(["B", 2, 3, "T", "T"]);
  expect(reshaped(["B", 2, 3, "T", "T"], [0, 2, -1, "T"])).toEqual(["B", 2, "3*T", "T"]);
  expect(reshaped(["N", 6, "B"], [-1])).toEqual(["6*B*N"]);
  expect(() => reshaped(["B", 6], [-1, 4])).toThrow("cannot be reshaped");
  expect(() => reshaped(["B*T", 6], [-1, "N", 6])).toThrow("cannot be reshaped");
  expect(() => reshaped(["B*T", 6], ["B", 6])).toThrow("cannot be reshaped");
});

describe("a gradient that would be wrong in silence is refused", () => {
  const start = () => {
    const g = new Graph();
    return { g, x: g.input("x", "float32", [2, 3]), y: g.input("y", "float32", [2, 3]) };
  };

  test("an operator without a rule, whatever else the value feeds", () => {
    const { g, x } = start();
    const [turned] = g.emit({ opType: "Tanh", inputs: [x] });
    expect(() => gradients(g, sum(g, mul(g, x, turned)), [x])).toThrow(/Tanh_\d+ \[2, 3\] has no gradient rule.*Tanh/);
  });

  test("a rule that leaves out an input", () => {
    const { g, x, y } = start();
    const [product] = g.emit({ opType: "Mul", inputs: [x, y] });
    const careless = g.record([x], product, (dy) => [mul(g, dy, y)]);
    expect(() => gradients(g, sum(g, careless), [x, y])).toThrow(/does not name y \[2, 3\], which it depends on/);
    expect(gradients(g, sum(g, careless), [x])).toHaveLength(1); // right as long as y is frozen
  });

  test("a rule that gives none, or one of the wrong shape", () => {
    const { g, x } = start();
    const [zero] = g.emit({ opType: "Abs", inputs: [x] });
    const none = g.record([x], zero, () => [null]);
    expect(() => gradients(g, sum(g, none), [x])).toThrow(/gives no gradient for x \[2, 3\]/);
    const [again] = g.emit({ opType: "Abs", inputs: [x] });
    const misshapen = g.record([x], again, (dy) => [transpose(g, dy, [1, 0])]);
    expect(() => gradients(g, sum(g, misshapen), [x])).toThrow(/the gradient of x \[2, 3\].*has shape \[3,2\]/);
  });

  test("an operation of several outputs of which the loss reads some", () => {
    const { g, x, y } = start();
    const [product] = matmulTs(g, x, [y, y]);
    expect(() => gradients(g, sum(g, product), [x])).toThrow(/the loss depends on some of Split_\d+ .*, not on all/);
  });

  test("outputs stated against what the operator gives", () => {
    const { g, x } = start();
    expect(() => g.emit({ opType: "Sigmoid", inputs: [x], outputs: [{ shape: [3, 2] }] })).toThrow(
      "Sigmoid gives float32 [2,3], not float32 [3,2]",
    );
    expect(() => g.emit({ opType: "Gelu", inputs: [x] })).toThrow(/outputs of Gelu over x \[2, 3\] cannot be inferred/);
  });
});
