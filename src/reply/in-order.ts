/** Many things at once, results in order: what batched sequences and endpoints share. */

/** Items that may be taken ahead of the first that is not done, per lane: bounds what is held for the order's sake. */
const AHEAD = 4;

/**
 * Gives each item to a free lane and yields the results in the order of the items. When the caller leaves, or a lane
 * fails, the signal that lanes hold aborts, and what is in progress is waited for.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  lanes: readonly ((item: Item, signal: AbortSignal) => Promise<Result>)[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Result, void> {
  const left = new AbortController();
  const cut = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const free = [...lanes];
  const started: { result: Promise<Result>; settled: boolean }[] = []; // the first is the next to be yielded
  let changed = () => {};
  let ended = false;

  function start(item: Item): void {
    const lane = free.pop()!;
    const entry = { result: lane(item, cut), settled: false };
    const settle = () => {
      entry.settled = true;
      free.push(lane);
      changed();
    };
    entry.result.then(settle, settle);
    started.push(entry);
  }

  try {
    while (true) {
      while (!ended && !cut.aborted && free.length > 0 && started.length < lanes.length * AHEAD) {
        const next = await source.next();
        if (next.done) ended = true;
        else start(next.value);
      }
      if (started.length === 0) return;
      if (started[0].settled) yield await started.shift()!.result;
      else {
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    }
  } finally {
    left.abort();
    await Promise.allSettled(started.map(({ result }) => result));
    await source.return?.();
  }
}
