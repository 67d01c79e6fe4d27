/**
 * Rate limiting between the loop and an endpoint: every HTTP request asks the pacer first and reports back after. It keeps the
 * requests in flight (paper §3.2.1), the requests and tokens a minute (§3.2.2) and the pauses that the endpoint asks for
 * (§3.2.3), for all callers together. Who waits holds nothing and is served in the order of coming. A pacer that shares its
 * budgets with other machines can take its place behind the same two calls.
 */
import type { IncomingHttpHeaders } from "node:http";
import { type Clock, createAlarm, systemClock } from "./clock.ts";
import { addToLastMinute, createLastMinute, lastMinuteTotal } from "./limits.ts";
import { type LimitKind, readAnnouncedLimit } from "./limits-headers.ts";
import { type Allowance, createAllowance, type LimitSource, type Taken } from "./pacer-allowance.ts";
import { createConcurrency, type Flight } from "./pacer-concurrency.ts";

/** What a request will need, known before it is sent. */
export interface PacedRequest {
  readonly model: string;
  /** Prompt tokens (estimated) plus the most that the answer may have. */
  readonly estimatedTokens: number;
  /** Goes before all that wait, and through a hold. */
  readonly isUrgent?: boolean;
}

/** An endpoint's wish for fewer requests. */
export interface Pushback {
  /** A limit of requests or tokens was met, or one that it does not name; it has too much to do; it did not answer in time. */
  readonly kind: LimitKind | "rate" | "overload" | "timeout";
  /** The limit, where the refusal names it. */
  readonly perMinute: number | null;
}

/** What came of it. */
export interface PacedOutcome {
  /** HTTP status; null where no whole answer came. */
  readonly status: number | null;
  readonly headers: IncomingHttpHeaders | null;
  readonly retryAfterMs: number | null;
  /** Tokens billed; null where unknown. */
  readonly tokens: number | null;
  readonly latencyMs: number;
  readonly pushback: Pushback | null;
}

/** Admits requests to one endpoint. Nothing is held while a caller waits for its next try. */
export interface Pacer {
  /** Waits until the request may be sent; rejects with the signal's reason. */
  admit(request: PacedRequest, signal?: AbortSignal): Promise<PacerTicket>;
  /** Admits only urgent requests until the function that comes back is called. */
  hold(): () => void;
  /** How things stand now. */
  state(): PacerState;
}

/** The right to send one request. `settle` gives it back and must be called exactly once, whatever happened. */
export interface PacerTicket {
  settle(outcome: PacedOutcome): void;
}

/** What holds the next request back: the first answer is awaited, the endpoint is tested or asked for a pause, or a limit is reached. */
export type Binding = "first answer" | "test" | "pause" | "concurrency" | LimitKind;

/** One limit and its use. */
export interface LimitState {
  /** null where no limit is known. */
  readonly perMinute: number | null;
  readonly source: LimitSource | null;
  readonly lastMinute: number;
}

/** A snapshot for the progress line. */
export interface PacerState {
  readonly inFlight: number;
  readonly waiting: number;
  /** How many may be in flight now, and at most. */
  readonly concurrency: { readonly limit: number; readonly most: number };
  readonly requests: LimitState;
  readonly tokens: LimitState;
  /** Milliseconds that the shared pause still lasts; 0 where there is none. */
  readonly pausedMs: number;
  /** null where nothing waits. */
  readonly binds: Binding | null;
  /** Answers of "too many requests" so far. */
  readonly refusals: number;
}

export interface PacerOptions {
  readonly concurrency: number;
  /** null, the default: learned. */
  readonly requestsPerMinute?: number | null;
  readonly tokensPerMinute?: number | null;
  /** The shared pause after a refusal that names no time: the first one, doubled with each refusal that follows, and the longest. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  readonly clock?: Clock;
}

/** A pacer of this process alone. */
export function createPacer(options: PacerOptions): Pacer {
  const { concurrency: most, requestsPerMinute = null, tokensPerMinute = null, clock = systemClock } = options;
  const { backoffMs, maxBackoffMs } = options;
  const startMs = clock.now();
  const concurrency = createConcurrency(most);
  const requests = createAllowance(requestsPerMinute, startMs);
  const tokens = createAllowance(tokensPerMinute, startMs);
  const answered = createLastMinute(startMs);
  const tokenShare = createShare();
  const queue = new Set<Waiter>(); // insertion order is arrival order; a caller that gives up leaves in O(1)
  const alarm = createAlarm(clock, pump);
  let inFlight = 0;
  let holds = 0;
  let everAnswered = false;
  let firstMs: number | null = null;
  let announcesLimits = false;
  let pausedUntilMs = 0;
  let refusals = 0;
  let refusalsInARow = 0;
  let refusedShare = 0; // refusals against requests sent, the newest counting most; f / (1 + f) where a fraction f is refused
  let lastRefusalMs = Number.NEGATIVE_INFINITY;

  /** What holds `waiter` back, and for how long (for ever: until something is settled); null: nothing. */
  function hindrance(request: PacedRequest, nowMs: number): { by: Binding; waitMs: number } | null {
    const { estimatedTokens, isUrgent } = request;
    if (holds > 0 && !isUrgent) return { by: "test", waitMs: Number.POSITIVE_INFINITY };
    if (inFlight >= concurrency.limit)
      return { by: everAnswered ? "concurrency" : "first answer", waitMs: Number.POSITIVE_INFINITY };
    if (nowMs < pausedUntilMs) return { by: "pause", waitMs: pausedUntilMs - nowMs };
    const requestMs = requests.waitMs(ONE_REQUEST, nowMs);
    const tokenMs = tokens.waitMs(tokenShare.need(estimatedTokens), nowMs);
    if (requestMs <= 0 && tokenMs <= 0) return null;
    return requestMs >= tokenMs ? { by: "requests", waitMs: requestMs } : { by: "tokens", waitMs: tokenMs };
  }

  function pump(): void {
    const nowMs = clock.now();
    for (const waiter of queue) {
      if (waiter.signal?.aborted) continue; // it leaves by itself
      const hindered = hindrance(waiter.request, nowMs);
      if (hindered) {
        alarm.set(hindered.waitMs);
        return;
      }
      queue.delete(waiter);
      waiter.admitted(issue(waiter.request, nowMs));
    }
    alarm.set(Number.POSITIVE_INFINITY);
  }

  function enqueue(waiter: Waiter): void {
    const others = waiter.request.isUrgent ? [...queue] : [];
    for (const other of others) queue.delete(other);
    queue.add(waiter);
    for (const other of others) queue.add(other);
  }

  const shareWeight = () => 1 / Math.max(LEAST_WINDOW, concurrency.limit); // refusals come back before answers: look as far as all in flight

  function issue({ estimatedTokens }: PacedRequest, nowMs: number): PacerTicket {
    inFlight++;
    refusedShare -= refusedShare * shareWeight();
    firstMs ??= nowMs;
    const ticket: Ticket = {
      atMs: nowMs,
      epoch: concurrency.epoch,
      request: requests.take(ONE_REQUEST, nowMs),
      tokens: tokens.take(tokenShare.need(estimatedTokens), nowMs),
    };
    let open = true;
    return {
      settle(outcome) {
        if (!open) return;
        open = false;
        settle(ticket, outcome);
      },
    };
  }

  function settle(ticket: Ticket, outcome: PacedOutcome): void {
    const nowMs = clock.now();
    const busy = inFlight >= concurrency.limit;
    inFlight--;
    const end = describeEnd(outcome);
    const used = tokensUsed(ticket.tokens.most, outcome);
    if (outcome.tokens !== null) tokenShare.add(outcome.tokens / ticket.tokens.most);
    requests.settle(ticket.request, 1); // a refused request counts as well
    tokens.settle(ticket.tokens, used);
    learn(ticket, outcome, nowMs);
    if (end === "answered") {
      addToLastMinute(answered, 1, nowMs);
      if (ticket.atMs > lastRefusalMs) refusalsInARow = 0;
    }
    const heard = outcome.status !== null;
    if (heard && end !== "refused") everAnswered = true;
    concurrency.settle({ end, heard, latencyMs: outcome.latencyMs, epoch: ticket.epoch, announcesLimits, busy });
    if (outcome.pushback) yieldTo(outcome.pushback, ticket, outcome.retryAfterMs, nowMs);
    pump();
  }

  function learn(ticket: Ticket, { headers, latencyMs }: PacedOutcome, nowMs: number): void {
    if (!headers) return;
    for (const [kind, allowance, taken] of [
      ["requests", requests, ticket.request],
      ["tokens", tokens, ticket.tokens],
    ] as [LimitKind, Allowance, Taken][]) {
      const announced = readAnnouncedLimit(headers, kind, nowMs);
      if (!announced) continue;
      announcesLimits = true;
      allowance.learn(announced, { taken, latencyMs, nowMs });
    }
  }

  /** Lowers the limit after a refusal: once for all requests that were under way together. */
  function yieldTo(pushback: Pushback, ticket: Ticket, retryAfterMs: number | null, nowMs: number): void {
    const { kind, perMinute } = pushback;
    if (retryAfterMs !== null) pausedUntilMs = Math.max(pausedUntilMs, nowMs + retryAfterMs);
    if (kind === "timeout" || kind === "overload") return;
    refusals++;
    refusedShare += (1 - refusedShare) * shareWeight();
    const isTaught = [requests, tokens].some((allowance) => allowance.limit(nowMs)?.source === "refusals");
    const saysMore = retryAfterMs !== null || perMinute !== null || announcesLimits;
    if (!saysMore && everAnswered && refusedShare < (isTaught ? TAUGHT_SHARE : BURST_SHARE)) return; // one alone is tried again by its caller
    if (ticket.atMs <= lastRefusalMs) return;
    lastRefusalMs = nowMs;
    refusalsInARow++;
    const measuredMs = Math.min(60_000, Math.max(1000, nowMs - (firstMs ?? nowMs)));
    const perMinuteSoFar = (total: number) => (total * 60_000) / measuredMs;
    if (kind === "tokens")
      tokens.refused({ perMinute, nowMs, answeredPerMinute: perMinuteSoFar(tokens.lastMinute(nowMs)) });
    else requests.refused({ perMinute, nowMs, answeredPerMinute: perMinuteSoFar(lastMinuteTotal(answered, nowMs)) });
    if (retryAfterMs !== null) return;
    const ceilingMs = Math.min(maxBackoffMs, backoffMs * 2 ** (refusalsInARow - 1));
    pausedUntilMs = Math.max(pausedUntilMs, nowMs + clock.random() * ceilingMs);
  }

  function describeLimit(allowance: Allowance, nowMs: number): LimitState {
    const limit = allowance.limit(nowMs);
    return {
      perMinute: limit?.perMinute ?? null,
      source: limit?.source ?? null,
      lastMinute: Math.round(allowance.lastMinute(nowMs)),
    };
  }

  return {
    admit(request, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        const giveUp = () => {
          queue.delete(waiter);
          reject(signal?.reason);
          pump();
        };
        const waiter: Waiter = {
          request,
          signal,
          admitted(ticket) {
            signal?.removeEventListener("abort", giveUp);
            resolve(ticket);
          },
        };
        signal?.addEventListener("abort", giveUp, { once: true });
        enqueue(waiter);
        if (queue.size === 1 || request.isUrgent) pump(); // else those before it wait already
      });
    },
    hold() {
      holds++;
      return () => {
        holds--;
        pump();
      };
    },
    state() {
      const nowMs = clock.now();
      const [next] = queue;
      return {
        inFlight,
        waiting: queue.size,
        concurrency: { limit: concurrency.limit, most },
        requests: describeLimit(requests, nowMs),
        tokens: describeLimit(tokens, nowMs),
        pausedMs: Math.max(0, pausedUntilMs - nowMs),
        binds: next ? (hindrance(next.request, nowMs)?.by ?? null) : null,
        refusals,
      };
    },
  };
}

interface Waiter {
  readonly request: PacedRequest;
  readonly signal: AbortSignal | undefined;
  admitted(ticket: PacerTicket): void;
}

/** A request under way. */
interface Ticket {
  readonly atMs: number;
  readonly epoch: number;
  readonly request: Taken;
  readonly tokens: Taken;
}

/** ours: a limit that is met refuses most of what comes: two in five of all in flight. Fewer are chance: a retry, and no lesson. */
const BURST_SHARE = 0.28;
const LEAST_WINDOW = 24;
/** ours: once a limit was learnt, fewer tell that the rate has grown past it again. */
const TAUGHT_SHARE = 0.15;

const ONE_REQUEST = { most: 1, likely: 1 };

function describeEnd({ status, pushback }: PacedOutcome): Flight["end"] {
  if (pushback) return pushback.kind === "timeout" || pushback.kind === "overload" ? "lost" : "refused";
  if (status === null) return "failed";
  if (status >= 400 && status < 500) return "refused";
  return status < 300 ? "answered" : "failed";
}

/** A refused request took no tokens; one that broke off may have. */
function tokensUsed(most: number, { tokens, status }: PacedOutcome): number {
  if (tokens !== null) return tokens;
  return status !== null && status >= 400 && status < 500 ? 0 : most;
}

/** Which share of the most that they might take requests did take, with a little to spare. */
function createShare() {
  let mean = 1;
  let count = 0;
  return {
    add(share: number): void {
      count++;
      mean += (share - mean) / Math.min(count, 50);
    },
    need: (most: number) => ({ most, likely: most * Math.min(1, mean * 1.1) }),
  };
}
