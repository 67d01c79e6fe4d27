/** The distributions that the tests and intervals stand on, to nearly the precision of a double; golden/significance holds SciPy's values. */
import { invariant } from "../../errors.ts";

/** P(Z ≤ z) of the standard normal. */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  if (z > 0) return 1 - normalCdf(-z);
  if (z < -38.5) return 0;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return z > -3 ? 0.5 - density * seriesAt(-z) : density * tailAt(-z);
}

/** ∑ z^(2k+1) / (2k+1)!!, so that Φ(z) = ½ + φ(z) · series (Marsaglia 2004, doi:10.18637/jss.v011.i04). */
function seriesAt(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; term > sum * 1e-17; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return sum;
}

/** The tail over the density: 1/(z + 1/(z + 2/(z + …))), Laplace's continued fraction, from its end. */
function tailAt(z: number): number {
  let value = z;
  for (let k = 160; k >= 1; k--) value = z + k / value;
  return 1 / value;
}

/** The z with P(Z ≤ z) = p. */
export function normalQuantile(p: number): number {
  invariant(p >= 0 && p <= 1, `a probability must lie in 0 to 1, not ${p}`);
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  if (p > 0.5) return -normalQuantile(1 - p); // the lower tail keeps its digits
  return bisect((z) => normalCdf(z) < p, -39, 0);
}

/** The z of a two-sided interval: 1.96 for 0.95. */
export function twoSidedZ(level: number): number {
  invariant(level > 0 && level < 1, `a level must lie between 0 and 1, not ${level}`);
  return -normalQuantile((1 - level) / 2);
}

/** P(X ≤ k) of n fair coins, summed from its largest term down. */
export function fairCoinCdf(k: number, n: number): number {
  invariant(
    Number.isInteger(k) && Number.isInteger(n) && n >= 0,
    `coins are counted in whole numbers, not ${k} of ${n}`,
  );
  if (k < 0) return 0;
  if (k >= n) return 1;
  if (2 * k >= n) return 1 - fairCoinCdf(n - k - 1, n);
  let logTop = -n * Math.LN2;
  for (let i = 1; i <= k; i++) logTop += Math.log((n - k + i) / i);
  let term = 1;
  let sum = 1;
  for (let i = k; i > 0 && term > 1e-18; i--) {
    term *= i / (n - i + 1);
    sum += term;
  }
  return Math.exp(logTop) * sum;
}

/** The point in [low, high] where `isBelow` turns from true to false, to the last bit. */
export function bisect(isBelow: (x: number) => boolean, low: number, high: number): number {
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
}
