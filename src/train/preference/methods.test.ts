/** Every preference loss against TRL 1.16: golden/preference/README.md says how made. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Example } from "../pack.ts";
import { type MethodSettings, type PreferenceMethod, type PreferenceUnit, sequencesOf, weigh } from "./methods.ts";
import { unlikelihood } from "./unlikelihood.ts";

interface Golden {
  lengths: { chosen: number[]; rejected: number[] };
  logProbabilities: number[][];
  reference: number[];
  mismatched: { logProbabilities: number[][]; reference: number[] };
  losses: Record<string, Partial<MethodSettings> & { loss: number; weights: number[][] }>;
}
const golden = JSON.parse(
  readFileSync(new URL("../../../golden/preference/golden.json", import.meta.url), "utf8"),
) as Golden;
const { lengths, losses } = golden;
const count = lengths.chosen.length;

const example = (id: string, length: number): Example => ({ id, ids: new Int32Array(length + 2), completionStart: 2 });
const sides = [...lengths.chosen, ...lengths.rejected].map((length, i) => example(`${i}`, length));
const others = sides.map(({ ids }, i) => example(`other ${i}`, ids.length - 2));
const pairs = lengths.chosen.map(
  (_, i): PreferenceUnit => ({ kind: "pair", chosen: sides[i], rejected: sides[count + i] }),
);
const singles = sides.map(
  (reply, i): PreferenceUnit => ({ kind: "single", reply, liked: i < count, mismatched: others[i] }),
);

function weighed(
  units: readonly PreferenceUnit[],
  settings: Partial<MethodSettings>,
  more: readonly (readonly [Example, number[]])[] = [],
) {
  const given = { method: "dpo", beta: 0.1, gamma: 0, sft: 0, likedWeight: 1, dislikedWeight: 1, ...settings } as const;
  const rows = [
    ...sides.map((side, i) => [side, golden.logProbabilities[i], golden.reference[i]] as const),
    ...others.map((side, i) => [side, golden.mismatched.logProbabilities[i], golden.mismatched.reference[i]] as const),
  ];
  return weigh(units, given, {
    logProbabilities: new Map([...rows, ...more].map(([side, logps]) => [side, Float32Array.from(logps)])),
    reference: new Map(rows.map(([side, , sum]) => [side, sum])),
  });
}

test.each(Object.keys(losses))("%s: TRL's loss, and the weights are minus its derivatives", (name) => {
  const { loss, weights, ...settings } = losses[name];
  const method = settings.method ?? (name as PreferenceMethod);
  const units = method === "kto" ? singles : pairs;
  const found = weighed(units, { ...settings, method });
  expect(found.loss / loss).toBeCloseTo(1, 5); // log-probabilities are float32 here; ORPO's loss is float32 there
  for (const [i, side] of sides.entries()) {
    const own = found.weights.get(side)!;
    expect(own.length).toBe(weights[i].length);
    for (const [t, weight] of own.entries()) expect(weight / weights[i][t]).toBeCloseTo(1, 5);
  }
  for (const side of others) expect([...(found.weights.get(side) ?? [])].every((weight) => weight === 0)).toBe(true);
});

test("a pair whose preferred side is far ahead has almost no weight, and one far behind all of β", () => {
  const [far] = [{ kind: "pair", chosen: example("c", 1), rejected: example("r", 1) }] as const;
  const at = (chosen: number, rejected: number) =>
    weigh(
      [far],
      { method: "dpo", beta: 0.1, gamma: 0, sft: 0, likedWeight: 1, dislikedWeight: 1 },
      {
        logProbabilities: new Map(
          sequencesOf([far]).map((one, i) => [one, Float32Array.of(i === 0 ? chosen : rejected)]),
        ),
        reference: new Map(),
      },
    ).weights.get(far.chosen)![0];
  expect(at(-1, -5001)).toBeCloseTo(0, 12);
  expect(at(-5001, -1)).toBeCloseTo(0.1, 6);
});

test("unlikelihood: p = 1/2 loses log 2 and has weight −1; a certain token has a weight that ends", () => {
  const { loss, weight } = unlikelihood(Math.log(0.5));
  expect(loss).toBeCloseTo(Math.log(2), 12);
  expect(weight).toBeCloseTo(-1, 12);
  expect(Number.isFinite(unlikelihood(0).weight)).toBe(true);
});

test("what is avoided is driven away alone, what is imitated is pulled by the SFT term alone", () => {
  const [bad, good] = [example("bad", 3), example("good", 2)];
  const units: PreferenceUnit[] = [
    { kind: "avoid", reply: bad, avoided: [false, true, true] },
    { kind: "imitate", reply: good },
  ];
  const found = weighed(units, { sft: 1 }, [
    [bad, [-3, Math.log(0.5), Math.log(0.5)]],
    [good, [-1, -2]],
  ]);
  // the mean of log 2 and log 2, over two units; and the mean of 1 and 2
  expect(found.loss).toBeCloseTo(Math.log(2) / 2 + 1.5, 6);
  expect([...found.weights.get(bad)!]).toEqual([0, expect.closeTo(-0.25, 6), expect.closeTo(-0.25, 6)]);
  expect([...found.weights.get(good)!]).toEqual([0.5, 0.5]);
});
