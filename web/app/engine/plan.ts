/** How the engine is run on this device: with one thread, unless a measurement here found more of them faster, and never with as many as once crashed. */

/** More than one thread wants a page that is isolated from other origins, and cores that are free. */
export interface EnginePlan {
  readonly threads: number;
}

/** What runs everywhere. */
export const SAFE_PLAN: EnginePlan = { threads: 1 };

export interface Speed {
  readonly promptPerSecond: number;
  readonly replyPerSecond: number;
}

/** ours: phones have four fast cores at most, and threads wait for the slowest. */
const THREADS = [2, 4];
/** ours: what threads have to gain, for they take the cores from all else, and the battery. */
const LEAST_GAIN = 1.2;

/** What is worth measuring, the safe plan first. */
export function plansToTry(device: { cores: number; isIsolated: boolean; barred: readonly number[] }): EnginePlan[] {
  const { cores, isIsolated, barred } = device;
  const more = isIsolated ? THREADS.filter((threads) => threads <= cores && !barred.includes(threads)) : [];
  return [SAFE_PLAN, ...more.map((threads) => ({ threads }))];
}

/** A plan with what it was measured at. */
export interface Measured {
  readonly plan: EnginePlan;
  readonly speed: Speed;
}

/**
 * The fastest of `plans`, the first of which has to work. `measure` gets the time after which a plan is no better, and gives null where it was
 * passed or the plan failed; then nothing beyond it is tried.
 */
export async function choosePlan(
  plans: readonly EnginePlan[],
  measure: (plan: EnginePlan, mostMs: number | null) => Promise<Speed | null>,
): Promise<Measured | null> {
  let best: Measured | null = null;
  for (const plan of plans) {
    const mostMs: number | null = best === null ? null : (1000 * waitSeconds(best.speed)) / LEAST_GAIN;
    const speed = await measure(plan, mostMs);
    if (speed === null || (mostMs !== null && 1000 * waitSeconds(speed) > mostMs)) break;
    best = { plan, speed };
  }
  return best;
}

/** Tokens of the text that is measured with: a short mail, and a sentence. */
export const MEASURED = { promptTokens: 60, replyTokens: 24 } as const;

function waitSeconds({ promptPerSecond, replyPerSecond }: Speed): number {
  return MEASURED.promptTokens / promptPerSecond + MEASURED.replyTokens / replyPerSecond;
}
