/** How fast the person decides, in this visit; pauses are left out. */

/** ours: longer without a decision is a pause. */
const PAUSE_MS = 120_000;

/** Decisions in this visit and, from the fifth on, how many an hour at this pace. */
export function measurePace(decidedAtMs: readonly number[]): { decisions: number; perHour: number | null } {
  const decisions = decidedAtMs.length;
  let workedMs = 0;
  let gaps = 0;
  for (let i = 1; i < decisions; i++) {
    const gap = decidedAtMs[i] - decidedAtMs[i - 1];
    if (gap > PAUSE_MS) continue;
    workedMs += gap;
    gaps++;
  }
  return { decisions, perHour: gaps < 4 || workedMs === 0 ? null : Math.round((gaps * 3_600_000) / workedMs) };
}
