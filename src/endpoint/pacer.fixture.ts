/** An endpoint in simulated time: limits, headers, latency and queues, as they look from a pacer. */
import { createBucket as createServerBucket, type RateLimit, rateLimitHeaders } from "../builtin/limits.ts";
import type { SimulatedClock } from "./clock.fixture.ts";
import type { PacedOutcome, Pacer, Pushback } from "./pacer.ts";

/** The recipe's pauses after a refusal that names no time. */
export const PAUSES = { backoffMs: 500, maxBackoffMs: 30_000 };

export interface SimulatedEndpoint {
  /** One request from its admission to its end. */
  call(request: { promptTokens: number; maxTokens: number; answerTokens: number }): Promise<PacedOutcome>;
  limit(limits: { requestLimit?: RateLimit; tokenLimit?: RateLimit }): void;
  /** When each request came in and what it took in the end. */
  readonly taken: { readonly atMs: number; readonly tokens: number; readonly refused: boolean }[];
  readonly refusals: number;
  readonly mostInFlight: number;
}

export function createEndpoint(options: {
  clock: SimulatedClock;
  requestLimit?: RateLimit;
  tokenLimit?: RateLimit;
  /** Names its limits in headers; true by default. */
  announces?: boolean;
  /** Tells how long to wait; true by default. */
  retryAfter?: boolean;
  latencyMs?: (answerTokens: number) => number;
  /** Requests that it works on at once; the others wait. */
  slots?: number;
  /** The way there and back: anything up to this. */
  jitterMs?: number;
  timeoutMs?: number;
  /** This share of requests is refused by chance, with nothing said of a limit. */
  sporadic?: number;
}): SimulatedEndpoint {
  const { clock, announces = true, retryAfter = true, latencyMs = () => 200, slots = 1e9, jitterMs = 10 } = options;
  const { timeoutMs = Number.POSITIVE_INFINITY, sporadic = 0 } = options;
  const make = (limit: RateLimit | undefined) => (limit ? createServerBucket(limit, () => clock.now()) : null);
  let requestBucket = make(options.requestLimit);
  let tokenBucket = make(options.tokenLimit);
  const taken: { atMs: number; tokens: number; refused: boolean }[] = [];
  const freeAt = new Array<number>(Math.min(slots, 1000)).fill(0);
  let refusals = 0;
  let inFlight = 0;
  let mostInFlight = 0;

  const way = () => clock.sleep(clock.random() * jitterMs);
  const headers = () =>
    announces
      ? { ...rateLimitHeaders("requests", requestBucket), ...rateLimitHeaders("tokens", tokenBucket) }
      : ({} as Record<string, string>);

  async function answer(promptTokens: number, maxTokens: number, answerTokens: number) {
    await way();
    const most = promptTokens + maxTokens;
    if (clock.random() < sporadic) {
      refusals++;
      await way();
      const pushback: Pushback = { kind: "rate", perMinute: null };
      return { status: 429, headers: headers(), retryAfterMs: null, tokens: null, pushback };
    }
    const requestMs = requestBucket?.take(1) ?? 0;
    const tokenMs = requestMs > 0 ? 0 : (tokenBucket?.take(most) ?? 0);
    if (tokenMs > 0) requestBucket?.refund(1);
    const waitMs = requestMs || tokenMs;
    if (waitMs > 0) {
      refusals++;
      taken.push({ atMs: clock.now(), tokens: 0, refused: true });
      const result = { status: 429, headers: headers(), retryAfterMs: retryAfter ? waitMs : null, tokens: null };
      await way();
      const kind = requestMs > 0 ? "requests" : "tokens";
      return { ...result, pushback: { kind, perMinute: null } as Pushback };
    }
    taken.push({ atMs: clock.now(), tokens: promptTokens + answerTokens, refused: false });
    let slot = 0;
    if (slots <= freeAt.length) for (let i = 1; i < slots; i++) if (freeAt[i] < freeAt[slot]) slot = i;
    const startMs = slots <= freeAt.length ? Math.max(clock.now(), freeAt[slot]) : clock.now();
    const endMs = startMs + latencyMs(answerTokens);
    if (slots <= freeAt.length) freeAt[slot] = endMs; // goes on even when nobody waits for it any more
    const waitedMs = endMs - clock.now();
    if (waitedMs > timeoutMs) {
      await clock.sleep(timeoutMs);
      const pushback: Pushback = { kind: "timeout", perMinute: null };
      return { status: null, headers: null, retryAfterMs: null, tokens: null, pushback };
    }
    await clock.sleep(waitedMs);
    tokenBucket?.refund(maxTokens - answerTokens);
    const result = { status: 200, headers: headers(), retryAfterMs: null, tokens: promptTokens + answerTokens };
    await way();
    return { ...result, pushback: null };
  }

  return {
    taken,
    limit(limits) {
      requestBucket = make(limits.requestLimit);
      tokenBucket = make(limits.tokenLimit);
    },
    get refusals() {
      return refusals;
    },
    get mostInFlight() {
      return mostInFlight;
    },
    async call({ promptTokens, maxTokens, answerTokens }) {
      mostInFlight = Math.max(mostInFlight, ++inFlight);
      const startMs = clock.now();
      try {
        return { ...(await answer(promptTokens, maxTokens, answerTokens)), latencyMs: clock.now() - startMs };
      } finally {
        inFlight--;
      }
    },
  };
}

/** Sends `count` requests through the pacer as the client does, each until it is answered. Returns when each was first admitted, in their order. */
export async function sendAll(options: {
  clock: SimulatedClock;
  pacer: Pacer;
  endpoint: SimulatedEndpoint;
  count: number;
  request?: (i: number) => { promptTokens: number; maxTokens: number; answerTokens: number };
}): Promise<{ admitted: number[]; endMs: number; done: number }> {
  const { clock, pacer, endpoint, count } = options;
  const { request = () => ({ promptTokens: 100, maxTokens: 100, answerTokens: 50 }) } = options;
  const admitted: number[] = [];
  let done = 0;
  let endMs = 0;
  async function send(i: number): Promise<void> {
    const call = request(i);
    for (let tries = 0; ; tries++) {
      const ticket = await pacer.admit({ model: "m", estimatedTokens: call.promptTokens + call.maxTokens });
      if (tries === 0) admitted.push(i);
      const outcome = await endpoint.call(call);
      ticket.settle(outcome);
      if (outcome.status === 200) break;
      await clock.sleep((outcome.retryAfterMs ?? 0) + clock.random() * 500);
    }
    done++;
    endMs = clock.now();
  }
  const all = Promise.all(Array.from({ length: count }, (_, i) => send(i)));
  await clock.run();
  await all;
  return { admitted, endMs, done };
}
