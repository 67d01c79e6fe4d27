/**
 * How many threads a pass of llama.cpp takes beside other work. Its threads wait for each other at barriers some hundred times a token, so on
 * busy cores each waits for the one that the system has set aside: two threads then answer slower than one, and take twice the share. What
 * the passes themselves tell is enough: their threads spin, so on cores of their own they use all the time that passes.
 */

/** The share of the time that passes which a thread gets, below which threads are given up, and from which more are tried. */
const [busyBelow, freeFrom] = [0.8, 0.93];
/** Passes are put together to so much time: less would see the system's slices of some milliseconds. */
const windowMs = 60;
/** Threads are given up after so many such windows in a row: one falls short now and then on idle cores too. */
const busyWindows = 2;
/** More threads are tried after the first, each time they were not kept twice as late, and at last every so often. */
const [firstRetryMs, lastRetryMs] = [1000, 60_000];
/** How long the probe before the first pass spins. */
const probeMs = 24;

/** The number of threads for the next pass, and what is told of the last. */
export interface ThreadChoice {
  readonly threads: number;
  /** A pass is over: the time that passed, and the processor time of all threads together. */
  took(wallMs: number, cpuMs: number): void;
}

/** Between 1 and `most` threads, where one thread got `share` of the time at the start. */
export function chooseThreads(most: number, share: number): ThreadChoice {
  let threads = fewer(most, share);
  let [wall, cpu] = [0, 0];
  let [sinceMs, retryMs, isTrial] = [0, firstRetryMs, false];
  let busy = 0;
  const take = (next: number, trial: boolean) => {
    threads = next;
    isTrial = trial;
    sinceMs = 0;
    busy = 0;
  };
  return {
    get threads() {
      return threads;
    },
    took(wallMs, cpuMs) {
      wall += wallMs;
      cpu += cpuMs;
      sinceMs += wallMs;
      if (wall < windowMs) return;
      const got = Math.min(1, cpu / (wall * threads));
      [wall, cpu] = [0, 0];
      busy = got < busyBelow ? busy + 1 : 0;
      if (busy > 0 && threads > 1) {
        if (busy < busyWindows) return;
        retryMs = isTrial ? Math.min(lastRetryMs, 2 * retryMs) : firstRetryMs;
        take(fewer(threads, got), false);
      } else if (got >= freeFrom && threads < most && sinceMs >= retryMs) take(Math.min(most, 2 * threads), true);
      else if (isTrial && sinceMs >= retryMs) [isTrial, retryMs] = [false, firstRetryMs]; // they are kept
    },
  };
}

/** As many as together get the time of whole cores. */
function fewer(threads: number, share: number): number {
  return share >= busyBelow ? threads : Math.max(1, Math.floor(threads * share));
}

/** The share of the time that one thread gets, found by spinning for a moment. */
export function probeShare(): number {
  const [start, before] = [performance.now(), process.cpuUsage()];
  while (performance.now() - start < probeMs);
  const { user, system } = process.cpuUsage(before);
  return Math.min(1, (user + system) / 1000 / (performance.now() - start));
}
