/** The statistics against SciPy, statsmodels and scikit-learn; golden/significance/README.md says how the truth was made. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../random.ts";
import { type ClusterOptions, clusterBootstrap } from "./cluster-bootstrap.ts";
import { correctRate, roganGladen } from "./corrected-rate.ts";
import { fairCoinCdf, normalCdf, normalQuantile } from "./distributions.ts";
import { detectableShare, type PowerOptions, pairsNeeded } from "./effect.ts";
import { holm } from "./holm.ts";
import { cohenKappa } from "./kappa.ts";
import { controlLength, type LengthPair } from "./length-control.ts";
import { mcnemar } from "./mcnemar.ts";
import { wilson, zeroFailureBound } from "./wilson.ts";

interface Golden {
  wilson: [passed: number, of: number, level: number, low: number, high: number][];
  mcnemar: [b: number, c: number, p: number][];
  holm: [pValues: number[], adjusted: number[]][];
  kappa: [table: number[][], kappa: number, low: number, high: number][];
  bootstrap: [
    values: number[],
    clusters: string[],
    ClusterOptions,
    low: number,
    high: number,
    scipy: number[] | null,
  ][];
  effect: {
    means: [n: number, sd: number, PowerOptions, effect: number][];
    pairs: [difference: number, discordant: number, PowerOptions, n: number][];
  };
  lengthControl: [
    pairs: [number, number, string][],
    theta: number,
    phi: number,
    error: number,
    low: number,
    high: number,
  ][];
  distributions: { cdf: [number, number][]; quantile: [number, number][]; coins: [number, number, number][] };
}

const golden = JSON.parse(
  readFileSync(new URL("../../../golden/significance/significance.json", import.meta.url), "utf8"),
) as Golden;

/** Two programs in double precision that add in another order. */
const near = (ours: number, truth: number, tolerance = 1e-12) =>
  Math.abs(ours - truth) <= tolerance * Math.max(1e-300, Math.abs(truth)) || Math.abs(ours - truth) <= 1e-15;
const allNear = (ours: readonly number[], truth: readonly number[], tolerance?: number) =>
  expect(
    ours.map((value, i) => near(value, truth[i], tolerance)),
    JSON.stringify({ ours, truth }),
  ).not.toContain(false);

describe("the distributions", () => {
  it("equal SciPy's, tails included", () => {
    const { cdf, quantile, coins } = golden.distributions;
    for (const [z, p] of cdf) allNear([normalCdf(z)], [p], 1e-11);
    for (const [p, z] of quantile) allNear([normalQuantile(p)], [z], 1e-11);
    for (const [k, n, p] of coins) allNear([fairCoinCdf(k, n)], [p], 1e-10);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
    expect(() => normalQuantile(1.5)).toThrow("0 to 1");
  });
});

describe("Wilson's interval", () => {
  it("equals statsmodels' proportion_confint", () => {
    for (const [passed, of, level, low, high] of golden.wilson) {
      const ours = wilson(passed, of, level);
      allNear([ours.low, ours.high], [low, high], 1e-11);
    }
    expect(golden.wilson.length).toBeGreaterThan(60);
  });

  it("stays within 0 and 1, and says what no failure is worth", () => {
    expect(wilson(0, 10).low).toBe(0);
    expect(wilson(10, 10).high).toBe(1);
    expect(zeroFailureBound(300)).toBeCloseTo(0.00994, 5); // 1 − 0.05^(1/300): the rule of three says 1 %
    for (const [passed, of] of [
      [1, 0],
      [3, 2],
      [-1, 2],
      [Number.NaN, 2],
    ])
      expect(() => wilson(passed, of)).toThrow("0 ≤ passed ≤ of");
    expect(() => zeroFailureBound(0)).toThrow("at least one try");
  });
});

describe("McNemar's exact test", () => {
  it("equals statsmodels' mcnemar(exact=True), and the worked values", () => {
    for (const [b, c, p] of golden.mcnemar) allNear([mcnemar(b, c)], [p], 1e-10);
    allNear([mcnemar(10, 2), mcnemar(15, 5), mcnemar(23, 8)], [0.03857421875, 0.0413894653, 0.0106738405], 1e-8);
    expect([mcnemar(0, 0), mcnemar(5, 5)]).toEqual([1, 1]);
  });

  it("does not mind which system comes first, and refuses what is no count", () => {
    expect(mcnemar(3, 9)).toBe(mcnemar(9, 3));
    expect(() => mcnemar(1.5, 2)).toThrow("counts items");
    expect(() => mcnemar(-1, 2)).toThrow("counts items");
  });
});

describe("Holm's correction", () => {
  it("equals statsmodels' multipletests", () => {
    for (const [pValues, adjusted] of golden.holm) allNear(holm(pValues), adjusted);
    expect(holm([])).toEqual([]);
    expect(() => holm([0.5, 1.1])).toThrow("0 to 1, not 1.1");
    expect(() => holm([Number.NaN])).toThrow("not NaN");
  });
});

describe("Cohen's kappa", () => {
  it("equals statsmodels' cohens_kappa and scikit-learn's cohen_kappa_score", () => {
    for (const [table, kappa, low, high] of golden.kappa) {
      const ours = cohenKappa(table);
      // Where all agree the variance is 0 but for rounding, of which a root is taken.
      const isDegenerate = Math.abs(high - low) < 1e-6;
      allNear([ours.kappa!], [kappa]);
      if (!isDegenerate) allNear([ours.low!, ours.high!], [low, high], 1e-9);
      else expect(ours.high! - ours.low!).toBeLessThan(1e-6);
    }
    expect(
      cohenKappa([
        [45, 5],
        [10, 40],
      ]).kappa,
    ).toBeCloseTo(0.7, 12);
  });

  it("is nothing where there is one label alone, and refuses what is no table", () => {
    expect(
      cohenKappa([
        [30, 0],
        [0, 0],
      ]),
    ).toMatchObject({ kappa: null, low: null, agreement: 1, items: 30 });
    expect(
      cohenKappa([
        [0, 30],
        [0, 0],
      ]).kappa,
    ).toBe(0);
    for (const table of [
      [],
      [[1, 2]],
      [
        [1, -1],
        [0, 1],
      ],
    ])
      expect(() => cohenKappa(table)).toThrow("square table");
    expect(() => cohenKappa([[0]])).toThrow("at least one item");
  });
});

describe("the cluster bootstrap", () => {
  it("equals NumPy's draws and percentiles, and SciPy's bootstrap where every cluster is one item", () => {
    let withScipy = 0;
    for (const [values, clusters, options, low, high, scipy] of golden.bootstrap) {
      const ours = clusterBootstrap(values, clusters, options);
      allNear([ours.low, ours.high], [low, high]);
      if (scipy !== null) {
        withScipy++;
        allNear([ours.low, ours.high], scipy);
      }
    }
    expect(withScipy).toBe(2);
  });

  it("is wider where threads share their fate, and the same twice", () => {
    const values = Array.from({ length: 120 }, (_, i) => (Math.floor(i / 12) % 2 === 0 ? 1 : 0));
    const threads = clusterBootstrap(
      values,
      values.map((_, i) => `t${Math.floor(i / 12)}`),
    );
    const alone = clusterBootstrap(
      values,
      values.map((_, i) => `t${i}`),
    );
    expect(threads.high - threads.low).toBeGreaterThan(2.5 * (alone.high - alone.low)); // √12 in theory
    expect(threads).toMatchObject({ estimate: 0.5, clusters: 10, resamples: 1000, seed: 12345, level: 0.95 });
    expect(
      clusterBootstrap(
        values,
        values.map((_, i) => `t${i}`),
      ),
    ).toEqual(alone);
  });

  it("refuses what cannot be drawn", () => {
    expect(() => clusterBootstrap([], [])).toThrow("0 values");
    expect(() => clusterBootstrap([1], [])).toThrow("1 values, 0 clusters");
    expect(() => clusterBootstrap([1], ["a"], { resamples: 0 })).toThrow("resamples");
  });
});

describe("the smallest effect that would be seen", () => {
  it("equals statsmodels' sample sizes for paired shares, and turns them round", () => {
    for (const [difference, discordant, options, n] of golden.effect.pairs) {
      allNear([pairsNeeded(difference, discordant, options)], [n], 1e-10);
      allNear([detectableShare(n, discordant, options)!], [difference], 1e-8);
    }
  });

  it("gives the known sizes for a win rate against 50 %", () => {
    const needed = [0.52, 0.53, 0.55, 0.6].map((rate) => Math.ceil(pairsNeeded(2 * rate - 1, 1)));
    expect(needed).toEqual([4904, 2178, 783, 194]);
  });

  it("says when nothing could be seen", () => {
    expect(detectableShare(100, 0)).toBeNull();
    expect(detectableShare(5, 0.1)).toBeNull();
    expect(() => detectableShare(0, 0.5)).toThrow("at least one item");
    expect(() => detectableShare(9, 1.5)).toThrow("lies in 0 to 1");
  });
});

describe("the length-controlled win rate", () => {
  const pair = (score: number, difference: number, cluster = `${score}/${difference}`): LengthPair => ({
    score,
    difference,
    cluster,
  });
  const fitted = (pairs: readonly LengthPair[]) => {
    const fit = controlLength(pairs);
    if ("reason" in fit) throw new Error(fit.reason);
    return fit;
  };
  const rows = golden.lengthControl.map(([pairs]) =>
    pairs.map(([score, difference, cluster]) => pair(score, difference, cluster)),
  );

  it("equals statsmodels' GLM with cluster-robust errors", () => {
    golden.lengthControl.forEach(([, theta, phi, error, low, high], i) => {
      const fit = fitted(rows[i]);
      allNear([fit.theta, fit.phi, fit.thetaError, fit.low, fit.high], [theta, phi, error, low, high], 1e-8);
    });
  });

  it("is the raw rate at equal length, and turns over with the systems", () => {
    const even = [1, 1, 1, 0.5, 0].map((score, i) => pair(score, 0, `${i}`));
    expect(fitted(even).rate).toBeCloseTo(3.5 / 5, 12);
    const swapped = rows[2].map(({ score, difference, cluster }) => pair(1 - score, -difference, cluster));
    expect(fitted(swapped).rate).toBeCloseTo(1 - fitted(rows[2]).rate, 12);
    expect(fitted(swapped).phi).toBeCloseTo(fitted(rows[2]).phi, 10);
  });

  it("takes from a system what it wins by length alone", () => {
    // Ours is mostly longer; it wins 9 of 10 when longer and 1 of 10 when shorter, so it is no better at equal length.
    const pairs = Array.from({ length: 400 }, (_, i) => {
      const isLonger = i % 4 !== 0;
      return pair((Math.floor(i / 4) % 10 === 3) === isLonger ? 0 : 1, isLonger ? 200 : -200, `${i}`);
    });
    const raw = pairs.reduce((sum, { score }) => sum + score, 0) / pairs.length;
    expect(raw).toBeGreaterThan(0.6);
    expect(Math.abs(fitted(pairs).rate - 0.5)).toBeLessThan(0.06);
  });

  it("gives no number where there is none", () => {
    expect(controlLength([pair(1, 10), pair(1, -20), pair(1, 5)])).toMatchObject({
      reason: expect.stringContaining("no finite solution"),
    });
    expect(controlLength([pair(1, 10), pair(0, -20), pair(1, 5)])).toMatchObject({
      reason: expect.stringContaining("no finite solution"),
    });
    expect(controlLength([pair(1, 10, "a"), pair(0, 10, "b")])).toMatchObject({
      reason: expect.stringContaining("same 10 characters"),
    });
    expect(() => controlLength([])).toThrow("at least one pair");
  });
});

describe("the corrected rate", () => {
  const counts = { passed: 400, of: 500, truePositives: 90, positives: 100, trueNegatives: 85, negatives: 100 };

  it("is Rogan and Gladen's", () => {
    expect(roganGladen(0.8, 0.9, 0.85)).toBeCloseTo(0.8666667, 7);
    expect(correctRate(counts)).toMatchObject({ rate: expect.closeTo(0.8666667, 7), level: 0.95 });
  });

  it("has an interval that holds the truth 95 times in 100, calibration drawn anew each time", () => {
    for (const [truth, sensitivity, specificity, of, labels] of [
      [0.6, 0.9, 0.8, 400, 60],
      [0.9, 0.8, 0.95, 1000, 40],
      [0.15, 0.95, 0.7, 200, 100],
    ]) {
      const random = createRandom(`coverage ${truth}`);
      const draw = (n: number, p: number) =>
        Array.from({ length: n }, () => +(random.next() < p)).reduce((sum, hit) => sum + hit, 0);
      let held = 0;
      let simplyHeld = 0; // by an interval that knows nothing of the judge's errors
      const tries = 400;
      for (let i = 0; i < tries; i++) {
        const passed = draw(of, truth * sensitivity + (1 - truth) * (1 - specificity));
        const drawn = {
          truePositives: draw(labels, sensitivity),
          positives: labels,
          trueNegatives: draw(labels, specificity),
          negatives: labels,
        };
        const found = correctRate({ passed, of, ...drawn });
        if (!("reason" in found) && found.low <= truth && truth <= found.high) held++;
        const simple = wilson(passed, of);
        if (simple.low <= truth && truth <= simple.high) simplyHeld++;
      }
      expect(held / tries).toBeGreaterThan(0.925); // 0.95 less two standard errors of 400 tries
      expect(simplyHeld).toBeLessThan(held);
    }
  });

  it("is wider for fewer labels, and stays in 0 to 1", () => {
    const width = (scale: number) => {
      const few = {
        ...counts,
        truePositives: 90 * scale,
        positives: 100 * scale,
        trueNegatives: 85 * scale,
        negatives: 100 * scale,
      };
      const found = correctRate(few);
      return "reason" in found ? Number.NaN : found.high - found.low;
    };
    expect(width(0.2)).toBeGreaterThan(1.3 * width(1));
    const low = correctRate({ ...counts, passed: 10 });
    expect(low).toMatchObject({ rate: 0, low: 0, uncut: expect.closeTo(-0.1733333, 6) });
  });

  it("says why there is none", () => {
    const reason = (change: Partial<typeof counts>) =>
      (correctRate({ ...counts, ...change }) as { reason: string }).reason;
    expect(reason({ truePositives: 10 })).toContain("tells nothing");
    expect(reason({ truePositives: 0, positives: 0 })).toContain("sensitivity is unknown");
    expect(reason({ trueNegatives: 0, negatives: 0 })).toContain("specificity is unknown");
    expect(reason({ passed: 0, of: 0 })).toContain("no verdict");
    expect(() => correctRate({ ...counts, passed: 501 })).toThrow("501 of 500");
  });
});
