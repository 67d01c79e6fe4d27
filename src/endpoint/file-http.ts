/** HTTP for the files of a batch: a request's body may be a file of hundreds of megabytes, and so may the answer; both stream from and to the disk. */
import { createReadStream } from "node:fs";
import type { ClientRequest, IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { type ByteWriter, writeFileBeside } from "../formats/index.ts";
import { readAnswerText } from "./answer-bytes.ts";
import type { HttpAnswer } from "./exchange.ts";
import { openRoute } from "./route.ts";

/** A body: JSON text, or one file in a multipart form between `before` and `after`. */
export type FileHttpBody =
  | { readonly json: string }
  | {
      readonly contentType: string;
      readonly before: string;
      readonly path: string;
      readonly sizeBytes: number;
      readonly after: string;
    };

export interface FileHttpCall {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: FileHttpBody;
  /** A success is written to this file, whole or not at all and with a line end at its end; `text` is then empty. */
  readonly saveTo?: string;
  /** The connection is given up when nothing moves for so long. */
  readonly idleMs: number;
  readonly signal?: AbortSignal;
}

export interface FileHttp {
  /** Rejects with the signal's reason, or with an error whose code says what broke ("TIMEOUT", "ECONNRESET", …). */
  send(call: FileHttpCall): Promise<HttpAnswer>;
  close(): void;
}

const LONGEST_TEXT_BYTES = 16 << 20; // a page of a list is far smaller

/** Keeps connections to one server. */
export function openFileHttp(baseUrl: string): FileHttp {
  const route = openRoute(baseUrl);
  return {
    close: () => route.close(),
    async send({ method, url, headers, body, saveTo, idleMs, signal }) {
      signal?.throwIfAborted();
      const request = route.open(new URL(url), { method, headers: { ...headers, ...describe(body) } });
      const cut = () => request.destroy(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
      signal?.addEventListener("abort", cut, { once: true });
      request.setTimeout(idleMs, () => request.destroy(withCode("TIMEOUT", `nothing moved for ${idleMs} ms`)));
      try {
        const response = await exchange(request, body);
        const answer = { status: response.statusCode ?? 0, headers: response.headers };
        if (saveTo === undefined || answer.status !== 200) return { ...answer, text: await readText(response) };
        await writeFileBeside(saveTo, (writer) => copy(response, writer));
        return { ...answer, text: "" };
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw error;
      } finally {
        signal?.removeEventListener("abort", cut);
      }
    },
  };
}

function describe(body: FileHttpBody | undefined): Record<string, string | number> {
  if (!body) return {};
  if ("json" in body) return { "content-type": "application/json", "content-length": Buffer.byteLength(body.json) };
  const frame = Buffer.byteLength(body.before) + Buffer.byteLength(body.after);
  return { "content-type": body.contentType, "content-length": frame + body.sizeBytes };
}

/** Sends the body; a server may answer (and refuse) before it has all of it. */
function exchange(request: ClientRequest, body: FileHttpBody | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", resolve);
    sendBody(request, body).catch(reject); // of no effect once there is a response
  });
}

async function sendBody(request: ClientRequest, body: FileHttpBody | undefined): Promise<void> {
  if (!body) request.end();
  else if ("json" in body) request.end(body.json);
  else {
    request.write(body.before);
    await pipeline(createReadStream(body.path, { highWaterMark: 1 << 18 }), request, { end: false });
    request.end(body.after);
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response) {
    sizeBytes += chunk.length;
    if (sizeBytes > LONGEST_TEXT_BYTES)
      throw withCode("TOO_LARGE", `the answer is larger than ${LONGEST_TEXT_BYTES} bytes`);
    chunks.push(chunk);
  }
  checkWhole(response);
  return readAnswerText(Buffer.concat(chunks), response.headers["content-encoding"], LONGEST_TEXT_BYTES);
}

async function copy(response: IncomingMessage, writer: ByteWriter): Promise<void> {
  let last = NEWLINE;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (chunk.length === 0) continue;
    last = chunk[chunk.length - 1];
    await writer.write(chunk);
  }
  checkWhole(response);
  if (last !== NEWLINE) await writer.write(Buffer.of(NEWLINE));
}

const NEWLINE = 0x0a;

function checkWhole(response: IncomingMessage): void {
  if (!response.complete) throw withCode("ECONNRESET", "the answer was cut");
}

function withCode(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
