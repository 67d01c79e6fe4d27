/** From rows of a training to points of a curve. Pure. */
import type { TrainingRow } from "../../src/view/training-api.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a row stands: in epochs, as the paper's figures, once an epoch's length is known; else in steps. */
export function epochsOf(rows: readonly TrainingRow[]): { x: (row: TrainingRow) => number; unit: "epoch" | "step" } {
  const second = rows.find(({ epoch, loss, skipped }) => epoch === 1 && (loss !== undefined || skipped !== undefined));
  if (second === undefined) return { x: ({ step }) => step, unit: "step" };
  const perEpoch = second.step - 1; // steps count from 1
  return { x: ({ step }) => step / perEpoch, unit: "epoch" };
}

/** The points of a figure that rows have. */
export function pointsOf(
  rows: readonly TrainingRow[],
  x: (row: TrainingRow) => number,
  pick: (row: TrainingRow) => number | undefined,
): Point[] {
  return rows.flatMap((row) => {
    const y = pick(row);
    return y === undefined || !Number.isFinite(y) ? [] : [{ x: x(row), y }];
  });
}

export function tokensPerSecond({ tokens, seconds }: TrainingRow): number | undefined {
  return tokens !== undefined && seconds !== undefined && seconds > 0 ? tokens / seconds : undefined;
}

/** An exponential mean over about `span` points, unbiased at the beginning (as Adam's moments are). */
export function smooth(points: readonly Point[], span = 20): Point[] {
  const keep = 1 - 1 / span;
  let mean = 0;
  let weight = 0;
  return points.map(({ x, y }) => {
    mean = keep * mean + (1 - keep) * y;
    weight = keep * weight + (1 - keep);
    return { x, y: mean / weight };
  });
}

/** At most about `most` points: of each stretch its lowest and its highest, so that no peak is lost. */
export function thin(points: readonly Point[], most = 1000): readonly Point[] {
  if (points.length <= most) return points;
  const stretch = Math.ceil((2 * points.length) / most);
  const kept: Point[] = [];
  for (let from = 0; from < points.length; from += stretch) {
    const part = points.slice(from, from + stretch);
    const low = part.reduce((a, b) => (b.y < a.y ? b : a));
    const high = part.reduce((a, b) => (b.y > a.y ? b : a));
    kept.push(...(low.x < high.x ? [low, high] : low === high ? [low] : [high, low]));
  }
  return kept;
}

/** Round values from `low` to `high` for an axis: steps of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, about = 5): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= raw)!;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
