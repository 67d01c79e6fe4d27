/** The ways in which a teacher's server fails, made on purpose for tests and for the rehearsal of a paid run. */
import type { ServerResponse } from "node:http";
import { createRandom } from "../random.ts";

/** How often, as fractions of all requests; each request suffers at most one. */
export interface FaultRates {
  /** 500 with a JSON error. */
  readonly serverError?: number;
  /** No answer at all: the client has to time out. */
  readonly hang?: number;
  /** The connection is cut before any answer. */
  readonly reset?: number;
  /** Half of the answer, then the connection is cut. */
  readonly cutBody?: number;
  /** 200 with an HTML page. */
  readonly html?: number;
  /** 200 with something that is not JSON. */
  readonly notJson?: number;
  /** 200 with nothing. */
  readonly empty?: number;
  /** A good answer whose content is chatter instead of JSON: the model's fault, not the server's. */
  readonly chatter?: number;
  /** 429 although no limit was met, with nothing said about how long to wait. */
  readonly rateLimit?: number;
  /** 503: too much to do. */
  readonly overload?: number;
  /** 429 of an empty account. */
  readonly quota?: number;
  /** A good answer that comes `slowMs` later. */
  readonly slow?: number;
  readonly slowMs?: number;
  readonly seed?: number;
}

export type FaultKind = Exclude<keyof FaultRates, "seed" | "slowMs">;

const faultKinds: readonly FaultKind[] = [
  "serverError",
  "hang",
  "reset",
  "cutBody",
  "html",
  "notJson",
  "empty",
  "chatter",
  "rateLimit",
  "overload",
  "quota",
  "slow",
];

/** A fault in the place of the answer. */
export type BreakingFault = Exclude<FaultKind, "chatter" | "slow">;

/** Errors in OpenAI's words. */
export const errors = {
  serverError: {
    status: 500,
    message: "The server had an error while processing your request.",
    type: "server_error",
    code: null,
  },
  rateLimit: { status: 429, message: "Rate limit reached.", type: "rate_limit_error", code: "slow_down" },
  overload: {
    status: 503,
    message: "The engine is currently overloaded, please try again later.",
    type: "service_unavailable_error",
    code: "server_is_overloaded",
  },
  quota: {
    status: 429,
    message: "You exceeded your current quota, please check your plan and billing details.",
    type: "insufficient_quota",
    code: "credit_balance_exhausted",
  },
} as const;

/** Draws the fault of each request in turn; null for none. */
export function createFaults(rates: FaultRates): () => FaultKind | null {
  const random = createRandom(rates.seed ?? 1);
  return () => {
    let draw = random.next();
    for (const kind of faultKinds) {
      draw -= rates[kind] ?? 0;
      if (draw < 0) return kind;
    }
    return null;
  };
}

/** Fails instead of sending `body`. Returns the status that went out; null where none did. */
export function sendFault(kind: BreakingFault, response: ServerResponse, body: string): number | null {
  switch (kind) {
    case "serverError":
    case "rateLimit":
    case "overload":
    case "quota": {
      const { status, ...error } = errors[kind];
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { param: null, ...error } }));
      return status;
    }
    case "hang":
      return null;
    case "reset":
      response.socket?.destroy();
      return null;
    case "cutBody":
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
      response.write(body.slice(0, body.length >> 1), () => response.socket?.destroy());
      return null;
    case "html":
      response.writeHead(200, { "content-type": "text/html" });
      response.end(
        "<!doctype html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>",
      );
      return 200;
    case "notJson":
      response.writeHead(200, { "content-type": "text/plain" });
      response.end("upstream connect error or disconnect/reset before headers");
      return 200;
    case "empty":
      response.writeHead(200, { "content-type": "application/json" });
      response.end();
      return 200;
    default:
      return kind satisfies never;
  }
}
