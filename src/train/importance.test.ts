import { expect, test } from "vitest";
import { projectionName } from "../model/index.ts";
import { tinyFit } from "./fit.fixture.ts";
import { measureColumns } from "./importance.ts";
import type { Example } from "./pack.ts";

const { config, base, train } = await tinyFit("unused");
const readWeight = (name: string) => base.get(name)!;

/** What the projections of each layer read of one token alone, which attends to itself: its values are what attention gives. */
function inputsOf(token: number): Map<string, number[]> {
  const { hiddenSize, layers, heads, kvHeads, headSize, normEpsilon } = config;
  const embedding = readWeight("model.embed_tokens.weight");
  const times = (name: string, x: number[]) => {
    const w = readWeight(`${name}.weight`);
    return Array.from({ length: w.length / x.length }, (_, row) =>
      x.reduce((sum, value, i) => sum + value * w[row * x.length + i], 0),
    );
  };
  const norm = (name: string, x: number[]) => {
    const root = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + normEpsilon);
    return x.map((value, i) => (value / root) * readWeight(`${name}.weight`)[i]);
  };
  const seen = new Map<string, number[]>();
  let x = [...embedding.subarray(token * hiddenSize, (token + 1) * hiddenSize)];
  for (let layer = 0; layer < layers; layer++) {
    const project = (projection: string, input: number[]) => {
      seen.set(projectionName(layer, projection), input);
      return times(projectionName(layer, projection), input);
    };
    const normed = norm(`model.layers.${layer}.input_layernorm`, x);
    for (const projection of ["q_proj", "k_proj"]) project(projection, normed);
    const v = project("v_proj", normed);
    const attended = Array.from({ length: heads }, (_, head) => {
      const from = Math.floor((head * kvHeads) / heads) * headSize;
      return v.slice(from, from + headSize);
    }).flat();
    const between = project("o_proj", attended).map((value, i) => value + x[i]);
    const second = norm(`model.layers.${layer}.post_attention_layernorm`, between);
    const up = project("up_proj", second);
    const gated = project("gate_proj", second).map((value, i) => (value / (1 + Math.exp(-value))) * up[i]);
    x = project("down_proj", gated).map((value, i) => value + between[i]);
  }
  return seen;
}

test("sums the squares of what each matrix reads, as computed by hand for texts of one token", async () => {
  const tokens = [3, 17, 29, 3];
  const examples = tokens.map((token, i): Example => ({ id: `${i}`, ids: Int32Array.of(token), completionStart: 1 }));
  const measured = await measureColumns({ config, readWeight, examples });
  const read = tokens.map(inputsOf);
  expect([...measured.keys()].sort()).toEqual([...read[0].keys()].map((name) => `${name}.weight`).sort());
  for (const [name, { squares, tokens: count }] of measured) {
    expect(count).toBe(4);
    const expected = read.map((seen) => seen.get(name.replace(".weight", ""))!);
    for (let i = 0; i < squares.length; i++) {
      const sum = expected.reduce((total, input) => total + input[i] ** 2, 0);
      expect(Math.abs(squares[i] - sum)).toBeLessThan(1e-5 * sum + 1e-9);
    }
  }
});

test("counts every token of longer texts once", async () => {
  const examples = train.slice(0, 6);
  const whole = await measureColumns({ config, readWeight, examples });
  const parts = [examples.slice(0, 2), examples.slice(2)];
  const [one, other] = await Promise.all(parts.map((examples) => measureColumns({ config, readWeight, examples })));
  for (const [name, { squares, tokens }] of whole) {
    expect(tokens).toBe(examples.reduce((sum, { ids }) => sum + ids.length, 0));
    expect(tokens).toBe(one.get(name)!.tokens + other.get(name)!.tokens);
    for (let i = 0; i < squares.length; i++) {
      const sum = one.get(name)!.squares[i] + other.get(name)!.squares[i];
      expect(Math.abs(squares[i] / sum - 1)).toBeLessThan(1e-5);
    }
  }
});
