/**
 * One HTTP request and its whole answer, under one time limit. node:http with kept connections, not fetch: measured on the
 * whole loop with a loopback teacher, fetch makes half as many calls a second.
 */
import type { IncomingHttpHeaders } from "node:http";
import { readAnswerText } from "./answer-bytes.ts";
import { openRoute } from "./route.ts";

/** An answer as it came. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The code of a request that went another way than straight to the endpoint, and whoever carried it is gone. */
export const CARRIER_GONE = "CARRIER_GONE";

/** Kept connections to one endpoint. */
export interface Connections {
  /** Rejects with the signal's reason, with an error whose code says what broke, or with code "TIMEOUT", "TOO_LARGE" or CARRIER_GONE. */
  post(call: {
    body: string;
    headers: Readonly<Record<string, string>>;
    timeoutMs: number;
    maxBytes: number;
    signal?: AbortSignal;
    /** Names the call where its answer may come from elsewhere (another machine, an earlier session); a plain connection has no use for it. */
    id?: string;
  }): Promise<HttpAnswer>;
  close(): void;
}

export function openConnections(url: string): Connections {
  const route = openRoute(url);
  const target = new URL(url);
  return {
    close: () => route.close(),
    post: ({ body, headers, timeoutMs, maxBytes, signal }) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const bytes = Buffer.from(body, "utf8");
        const request = route.open(target, {
          method: "POST",
          headers: { ...headers, "content-type": "application/json", "content-length": bytes.length },
        });
        const fail = (error: unknown) => {
          settle();
          reject(error); // before destroy, which would report a mere reset
          request.destroy();
        };
        const cut = () => fail(signal?.reason);
        const timer = setTimeout(() => fail(withCode("TIMEOUT", `no whole answer within ${timeoutMs} ms`)), timeoutMs);
        const settle = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", cut);
        };
        signal?.addEventListener("abort", cut, { once: true });
        request.on("error", fail);
        request.on("response", (response) => {
          const chunks: Buffer[] = [];
          let sizeBytes = 0;
          response.on("error", fail);
          response.on("data", (chunk: Buffer) => {
            sizeBytes += chunk.length;
            if (sizeBytes > maxBytes) fail(withCode("TOO_LARGE", `the answer is larger than ${maxBytes} bytes`));
            else chunks.push(chunk);
          });
          response.on("end", () => {
            settle();
            const { statusCode: status = 0, headers } = response;
            try {
              const text = readAnswerText(Buffer.concat(chunks), headers["content-encoding"], maxBytes);
              resolve({ status, headers, text });
            } catch (error) {
              reject(error);
            }
          });
        });
        request.end(bytes);
      }),
  };
}

function withCode(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
