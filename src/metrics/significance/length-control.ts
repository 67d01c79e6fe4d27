/**
 * A win rate at equal length: logit P(win) = θ + φ·tanh(Δ / sd(Δ)), Δ the difference in characters, read off at Δ = 0. The small
 * form of AlpacaEval's length control (Dubois et al. 2024, arXiv:2404.04475 §3), fitted by Newton's method; the variance is
 * robust to clusters, as statsmodels' `cov_type="cluster"` gives it.
 */
import { UserError } from "../../errors.ts";
import { twoSidedZ } from "./distributions.ts";

/** One compared pair. */
export interface LengthPair {
  /** 1 a win, 0.5 a tie, 0 a loss. */
  readonly score: number;
  /** Characters of ours minus those of the other. */
  readonly difference: number;
  /** Pairs of one cluster are not independent. */
  readonly cluster: string;
}

/** The fit; `rate` is σ(theta). */
export interface LengthFit {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly theta: number;
  readonly thetaError: number;
  /** 0 where all pairs are of equal length. */
  readonly phi: number;
  readonly clusters: number;
}

/** The fit, or why there is none: a regression whose best fit lies at infinity is not forced into a number. */
export function controlLength(pairs: readonly LengthPair[], level = 0.95): LengthFit | { readonly reason: string } {
  if (pairs.length === 0) throw new UserError("A length-controlled rate needs at least one pair.");
  const mean = pairs.reduce((sum, { difference }) => sum + difference, 0) / pairs.length;
  const squares = pairs.reduce((sum, { difference }) => sum + (difference - mean) ** 2, 0);
  const sd = Math.sqrt(squares / Math.max(1, pairs.length - 1));
  if (sd === 0 && mean !== 0)
    return {
      reason: `every pair differs by the same ${Math.abs(mean)} characters, so length cannot be told from quality`,
    };
  const x = pairs.map(({ difference }) => (sd === 0 ? 0 : Math.tanh(difference / sd)));
  const fit = fitLogistic(pairs, x, sd > 0);
  if (fit === null)
    return { reason: "wins and losses are told apart by length, or by nothing: the regression has no finite solution" };
  const { theta, phi, inverse } = fit;
  const { variance, clusters } = robustVariance({ pairs, x, theta, phi, inverse });
  const error = Math.sqrt(variance);
  const half = twoSidedZ(level) * error;
  return {
    rate: sigma(theta),
    low: sigma(theta - half),
    high: sigma(theta + half),
    level,
    theta,
    thetaError: error,
    phi,
    clusters,
  };
}

const MAX_STEPS = 50;
/** A coefficient this large means a rate of 1 − 1e-9 or a perfect separation: there is no finite best fit behind it. */
const LARGEST_COEFFICIENT = 20;

interface Fit {
  readonly theta: number;
  readonly phi: number;
  /** The inverse of the information matrix: [θθ, θφ, φφ]. */
  readonly inverse: readonly [number, number, number];
}

/** Maximum likelihood by Newton's method; null where it runs away. Without `hasSlope`, φ stays 0. */
function fitLogistic(pairs: readonly LengthPair[], x: readonly number[], hasSlope: boolean): Fit | null {
  let theta = 0;
  let phi = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    let [gradient0, gradient1, h00, h01, h11] = [0, 0, 0, 0, 0];
    pairs.forEach(({ score }, i) => {
      const p = sigma(theta + phi * x[i]);
      gradient0 += score - p;
      gradient1 += (score - p) * x[i];
      h00 += p * (1 - p);
      h01 += p * (1 - p) * x[i];
      h11 += p * (1 - p) * x[i] * x[i];
    });
    const determinant = hasSlope ? h00 * h11 - h01 * h01 : h00;
    if (!(determinant > 1e-12)) return null;
    const inverse: [number, number, number] = hasSlope
      ? [h11 / determinant, -h01 / determinant, h00 / determinant]
      : [1 / h00, 0, 0];
    const [stepTheta, stepPhi] = [
      inverse[0] * gradient0 + inverse[1] * gradient1,
      inverse[1] * gradient0 + inverse[2] * gradient1,
    ];
    theta += stepTheta;
    phi += stepPhi;
    if (Math.abs(theta) > LARGEST_COEFFICIENT || Math.abs(phi) > LARGEST_COEFFICIENT) return null;
    if (Math.abs(stepTheta) + Math.abs(stepPhi) < 1e-12) return { theta, phi, inverse };
  }
  return null;
}

/** The sandwich variance of θ over clusters, with statsmodels' correction G/(G−1) · (n−1)/(n−k); of one cluster, over pairs. */
function robustVariance(options: {
  pairs: readonly LengthPair[];
  x: readonly number[];
  theta: number;
  phi: number;
  inverse: readonly [number, number, number];
}): { variance: number; clusters: number } {
  const { pairs, x, theta, phi, inverse } = options;
  const scores = new Map<string, [number, number]>();
  pairs.forEach(({ score, cluster }, i) => {
    const residual = score - sigma(theta + phi * x[i]);
    const sum = scores.get(cluster) ?? [0, 0];
    scores.set(cluster, [sum[0] + residual, sum[1] + residual * x[i]]);
  });
  let [m00, m01, m11] = [0, 0, 0];
  for (const [a, b] of scores.values()) {
    m00 += a * a;
    m01 += a * b;
    m11 += b * b;
  }
  const [a, b] = inverse; // the row of θ
  const variance = a * a * m00 + 2 * a * b * m01 + b * b * m11;
  const groups = scores.size;
  const parameters = inverse[2] === 0 ? 1 : 2;
  const correction =
    groups > 1 && pairs.length > parameters
      ? ((groups / (groups - 1)) * (pairs.length - 1)) / (pairs.length - parameters)
      : 1;
  return { variance: variance * correction, clusters: groups };
}

function sigma(t: number): number {
  return 1 / (1 + Math.exp(-t));
}
