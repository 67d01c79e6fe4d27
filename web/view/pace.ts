/** How fast the person decides, in this visit, and when the goal is reached at that pace; pauses are left out. */

/** ours: longer without a decision is a pause. */
const PAUSE_MS = 120_000;

/** Decisions in this visit and, from the fifth on, how many seconds one takes at this pace. */
export function measurePace(decidedAtMs: readonly number[]): { decisions: number; secondsEach: number | null } {
  const decisions = decidedAtMs.length;
  let workedMs = 0;
  let gaps = 0;
  for (let i = 1; i < decisions; i++) {
    const gap = decidedAtMs[i] - decidedAtMs[i - 1];
    if (gap > PAUSE_MS) continue;
    workedMs += gap;
    gaps++;
  }
  return { decisions, secondsEach: gaps < 4 || workedMs === 0 ? null : workedMs / gaps / 1000 };
}

/** "12 s each, done in 32 min": what is left of the goal at this pace. */
export function paceInWords(secondsEach: number, left: number): string {
  const each = secondsEach < 10 ? secondsEach.toFixed(1) : String(Math.round(secondsEach));
  const minutes = Math.ceil((secondsEach * left) / 60);
  const rest = minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
  return `${each} s each${left > 0 ? `, done in ${rest}` : ""}`;
}
