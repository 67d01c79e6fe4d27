/** Many pieces of work, so many at once, their results as they come, in passes: what must wait is done again when all else is through. */

/** What work gives back that must be done again later. */
export const LATER = Symbol("later");

/**
 * Does `work` on `places` items at once; a result holds its place until it is taken. Items that came back LATER go first in the next
 * pass, which begins when the source has no more (for now: it is asked again) and `endPass` has let it. When `stop` aborts, by a
 * failure of `work` for one, no further item is begun; the results under way come first, then its reason is thrown.
 */
export async function* inPasses<Item, Result>(options: {
  items: Iterable<Item> | AsyncIterable<Item>;
  places: number;
  stop: AbortController;
  work: (item: Item) => Promise<Result | typeof LATER>;
  /** Throws where another pass would be of no use. */
  endPass: () => Promise<void>;
}): AsyncGenerator<Result, void> {
  const { items, places, stop, work, endPass } = options;
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let open: Item[] = [];
  try {
    for (;;) {
      const later: Item[] = [];
      const next = () => (open.length > 0 ? { done: false as const, value: open.shift()! } : source.next());
      const pass = asTheyCome(next, { places, stop, work: async (item) => ({ item, result: await work(item) }) });
      for await (const { item, result } of pass) {
        if (result === LATER) later.push(item);
        else yield result as Result; // checked on the line before
      }
      if (later.length === 0) return;
      await endPass();
      open = later;
    }
  } finally {
    await source.return?.();
  }
}

type Next<Item> = IteratorResult<Item, unknown> | Promise<IteratorResult<Item, unknown>>;

async function* asTheyCome<Item, Result>(
  next: () => Next<Item>,
  { places, stop, work }: { places: number; stop: AbortController; work: (item: Item) => Promise<Result> },
): AsyncGenerator<Result, void> {
  const results: Result[] = [];
  let running = 0;
  let isPulling = false;
  let isEmpty = false;
  let wake = () => {};
  const fail = (error: unknown) => stop.abort(error); // the first error is the one that counts

  async function pull(): Promise<void> {
    isPulling = true;
    try {
      const { done, value } = await next();
      if (done) isEmpty = true;
      else if (!stop.signal.aborted) void begin(value);
    } catch (error) {
      fail(error);
    }
    isPulling = false;
    wake();
  }

  async function begin(item: Item): Promise<void> {
    running++;
    try {
      results.push(await work(item));
    } catch (error) {
      fail(error);
    }
    running--;
    wake();
  }

  for (;;) {
    const hasRoom = running + results.length < places;
    if (!isPulling && !isEmpty && hasRoom && !stop.signal.aborted) void pull();
    if (results.length > 0) yield results.shift()!;
    else if (running === 0 && !isPulling && (isEmpty || stop.signal.aborted)) break;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
  stop.signal.throwIfAborted();
}
