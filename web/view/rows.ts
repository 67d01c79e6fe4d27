/**
 * The rows of one query, of which only some are here: pages come as they are looked at, and those not looked at for the
 * longest time go. Rows that are here are shown until newer ones have come.
 */
import type { RowPage, RowSummary } from "../../src/view/api.ts";
import type { Place } from "./fetch.ts";

/** ours: a page is some screens long; 30 of them take about 2 MB. */
export const PAGE_ROWS = 100;
const PAGES_KEPT = 30;
/** ours: a fast scroll passes pages that nobody sees; few at once, and those in sight are always next. */
const PAGES_IN_FLIGHT = 3;
const RETRY_MS = 3000;

export interface Rows {
  /** null until the first page has come. */
  readonly total: number | null;
  /** Why the last page did not come. */
  readonly error: string | null;
  at(index: number): RowSummary | undefined;
  /** The place of a mail among the rows that are here, or -1. */
  indexOf(id: string): number;
  /** Says what is in sight: what of it is not here, or old, is fetched. */
  want(first: number, last: number): void;
  load(index: number): Promise<RowSummary | undefined>;
  /** Asks for the place of a mail that is not here; -1 where the query leaves it out. */
  locate(id: string): Promise<number>;
  /** The run has this version now; what is in sight is fetched again where it is older. `all`: whatever its version. */
  refresh(version: number, all?: boolean): void;
  /** Shows a row as it is now. */
  put(row: RowSummary): void;
  close(): void;
}

interface Page {
  readonly rows: readonly RowSummary[];
  /** Not older than this version. */
  readonly version: number;
}

export function openRows(options: {
  fetchPage: (place: Place & { size: number }, signal: AbortSignal) => Promise<RowPage>;
  onChange: () => void;
  retryMs?: number;
}): Rows {
  const { fetchPage, onChange, retryMs = RETRY_MS } = options;
  const pages = new Map<number, Page>(); // the one looked at last stands last
  const inFlight = new Map<number, Promise<void>>();
  const stop = new AbortController();
  let wanted: readonly number[] = [];
  let total: number | null = null;
  let error: string | null = null;
  let version = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const isDue = (number: number) => (pages.get(number)?.version ?? -1) < version || !pages.has(number);

  function pump(): void {
    for (const number of wanted) {
      if (inFlight.size >= PAGES_IN_FLIGHT) return;
      const beyond = total !== null && number > 0 && number * PAGE_ROWS >= total;
      if (!inFlight.has(number) && !beyond && isDue(number)) void fetchOne(number);
    }
  }

  function fetchOne(number: number): Promise<void> {
    const asked = version;
    const fetched = fetchPage({ from: number * PAGE_ROWS, size: PAGE_ROWS }, stop.signal)
      .then((page) => {
        inFlight.delete(number);
        keep(number, page, asked);
        pump();
      })
      .catch((reason: unknown) => {
        inFlight.delete(number);
        fail(reason);
      });
    inFlight.set(number, fetched);
    return fetched;
  }

  function keep(number: number, page: RowPage, asked: number): void {
    if (stop.signal.aborted) return;
    pages.delete(number);
    pages.set(number, { rows: page.rows, version: Math.max(page.version, asked) });
    total = page.total;
    error = null;
    for (const old of [...pages.keys()]) {
      const isBeyond = old > 0 && old * PAGE_ROWS >= total;
      if (isBeyond || (pages.size > PAGES_KEPT && !wanted.includes(old) && old !== number)) pages.delete(old);
    }
    onChange();
  }

  function fail(reason: unknown): void {
    if (stop.signal.aborted) return;
    error = reason instanceof Error ? reason.message : String(reason);
    clearTimeout(retry);
    retry = setTimeout(pump, retryMs);
    onChange();
  }

  function at(index: number): RowSummary | undefined {
    return pages.get(Math.floor(index / PAGE_ROWS))?.rows[index % PAGE_ROWS];
  }

  return {
    get total() {
      return total;
    },
    get error() {
      return error;
    },
    at,
    indexOf(id) {
      for (const [number, { rows }] of pages) {
        const place = rows.findIndex((row) => row.id === id);
        if (place >= 0) return number * PAGE_ROWS + place;
      }
      return -1;
    },
    want(first, last) {
      const from = Math.floor(Math.max(0, first) / PAGE_ROWS);
      const to = Math.floor(Math.max(0, last) / PAGE_ROWS);
      wanted = Array.from({ length: to - from + 1 }, (_, i) => from + i);
      for (const number of wanted) {
        const page = pages.get(number);
        if (!page) continue;
        pages.delete(number);
        pages.set(number, page);
      }
      pump();
    },
    async load(index) {
      const number = Math.floor(index / PAGE_ROWS);
      if (at(index) === undefined) await (inFlight.get(number) ?? fetchOne(number));
      return at(index);
    },
    async locate(id) {
      const asked = version;
      const page = await fetchPage({ around: id, size: PAGE_ROWS }, stop.signal).catch(() => null);
      const place = page?.rows.findIndex((row) => row.id === id) ?? -1;
      if (page === null || place < 0) return -1;
      if (page.from % PAGE_ROWS === 0) keep(page.from / PAGE_ROWS, page, asked);
      else await fetchOne(Math.floor((page.from + place) / PAGE_ROWS));
      return page.from + place;
    },
    refresh(now, all = false) {
      version = now;
      if (all) for (const [number, { rows }] of pages) pages.set(number, { rows, version: -1 });
      pump();
    },
    put(row) {
      for (const [number, page] of pages) {
        if (!page.rows.some(({ id }) => id === row.id)) continue;
        pages.set(number, { ...page, rows: page.rows.map((old) => (old.id === row.id ? row : old)) });
      }
      onChange();
    },
    close() {
      clearTimeout(retry);
      stop.abort();
    },
  };
}
