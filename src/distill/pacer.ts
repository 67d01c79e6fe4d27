/**
 * The seam between the loop and an endpoint: every HTTP request asks the pacer first and reports back after. Here it
 * counts requests in flight; budgets per minute, shared pauses and budgets shared between machines take its place
 * behind the same two calls.
 */
import type { IncomingHttpHeaders } from "node:http";
import { createSemaphore } from "./semaphore.ts";

/** What a request will need, known before it is sent. */
export interface PacedRequest {
  readonly model: string;
  /** Prompt tokens (estimated) plus the most that the answer may have. */
  readonly estimatedTokens: number;
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
}

/** Admits requests to one endpoint. Nothing is held while a caller waits for its next try. */
export interface Pacer {
  /** Waits until the request may be sent; rejects with the signal's reason. */
  admit(request: PacedRequest, signal?: AbortSignal): Promise<PacerTicket>;
}

/** The right to send one request. `settle` gives it back and must be called exactly once, whatever happened. */
export interface PacerTicket {
  settle(outcome: PacedOutcome): void;
}

/**
 * At most `concurrency` requests in flight (paper §3.2.1). Until the endpoint has answered once, and not with a refusal,
 * requests go one at a time: a wrong key, an empty account or a dead server then costs one call, not fifty.
 */
export function createPacer(options: { concurrency: number }): Pacer {
  const semaphore = createSemaphore(1);
  return {
    async admit(_request, signal) {
      const release = await semaphore.acquire(signal);
      return {
        settle({ status }) {
          const refused = status !== null && status >= 400 && status < 429;
          if (status !== null && !refused) semaphore.limit = options.concurrency;
          release();
        },
      };
    },
  };
}
