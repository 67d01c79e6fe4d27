/** Long work in small steps, so that the same code runs at once, or in slices between which timers, signals and progress get a turn. */

/** Work that yields after every step. */
export type Steps<T> = Generator<void, T>;

/** Does all steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Milliseconds of work between two turns of the event loop. */
const SLICE_MS = 25;

/** Does all steps, giving way to the event loop about every 25 ms; `onStep` hears how many are done. Throws what `signal` is aborted with. */
export async function finishInSlices<T>(
  steps: Steps<T>,
  options: { signal?: AbortSignal; onStep?: (done: number) => void } = {},
): Promise<T> {
  const { signal, onStep } = options;
  signal?.throwIfAborted();
  for (let done = 0, sinceMs = performance.now(); ; done++) {
    const step = steps.next();
    if (step.done) {
      onStep?.(done);
      return step.value;
    }
    if (performance.now() - sinceMs < SLICE_MS) continue;
    onStep?.(done + 1);
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    sinceMs = performance.now();
  }
}
