/** What an answer of the assistant cost. */

/** Milliseconds from the call; null where it did not come to that. */
export interface Timings {
  readonly promptTokens: number;
  /** Tokens chosen one by one; forced words are not counted. */
  readonly newTokens: number;
  /** Until the mail was evaluated. */
  readonly prefillMs: number | null;
  /** Until the first new token. */
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
}

/** A clock of one answer. */
export interface Clock {
  promptTokens(count: number): void;
  prefilled(): void;
  token(): void;
  read(): Timings;
}

/** Starts a clock. */
export function createClock(): Clock {
  const start = performance.now();
  let [promptTokens, newTokens] = [0, 0];
  let [prefillMs, firstTokenMs]: (number | null)[] = [null, null];
  const passed = () => performance.now() - start;
  return {
    promptTokens: (count) => {
      promptTokens = count;
    },
    prefilled: () => {
      prefillMs = passed();
    },
    token: () => {
      newTokens++;
      firstTokenMs ??= passed();
    },
    read: () => ({ promptTokens, newTokens, prefillMs, firstTokenMs, totalMs: passed() }),
  };
}
