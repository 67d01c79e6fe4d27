/**
 * How much of the machine's processor time others take. Threads that spin for a moment between two operations are there at once for the next,
 * which is worth an eighth of a training's speed on idle cores; beside one other busy process the same spinning costs a quarter.
 */
import { cpus } from "node:os";

/** Processor time so far, in ms: of all cores, and this process's own. */
export interface ProcessorTime {
  readonly atMs: number;
  readonly busyMs: number;
  readonly ownMs: number;
}

/** What the system counts; containers see all of the machine. */
function processorTime(): ProcessorTime {
  const { user, system } = process.cpuUsage();
  const busy = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return {
    atMs: performance.now(),
    busyMs: busy.reduce((sum, ms) => sum + ms, 0),
    ownMs: (user + system) / 1000,
  };
}

/** Cores that others keep busy: below the first the cores count as idle, from the second on as busy, and between the two as before. */
const [idleBelow, busyFrom] = [0.2, 0.4];

/** The system counts in steps of 10 ms, so a shorter while tells nothing. */
const shortestMs = 200;

/** Tells whether others leave the cores alone, as far as the time since the last answer shows; they do not where that is not known. */
export function watchOthers(read: () => ProcessorTime = processorTime): () => boolean {
  let last = read();
  let idle = false;
  return () => {
    const now = read();
    const passedMs = now.atMs - last.atMs;
    if (passedMs < shortestMs) return idle;
    const others = (now.busyMs - last.busyMs - (now.ownMs - last.ownMs)) / passedMs;
    idle = now.busyMs > 0 && others < (idle ? busyFrom : idleBelow);
    last = now;
    return idle;
  };
}
