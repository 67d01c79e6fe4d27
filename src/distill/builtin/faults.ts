/** The ways in which a teacher's server fails, made on purpose for tests and for the rehearsal of a paid run. */
import type { ServerResponse } from "node:http";
import { createRandom } from "../../random.ts";

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
  readonly seed?: number;
}

export type FaultKind = Exclude<keyof FaultRates, "seed">;

const faultKinds: readonly FaultKind[] = [
  "serverError",
  "hang",
  "reset",
  "cutBody",
  "html",
  "notJson",
  "empty",
  "chatter",
];

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
export function sendFault(kind: Exclude<FaultKind, "chatter">, response: ServerResponse, body: string): number | null {
  switch (kind) {
    case "serverError":
      response.writeHead(500, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          error: {
            message: "The server had an error while processing your request.",
            type: "server_error",
            param: null,
            code: null,
          },
        }),
      );
      return 500;
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
