/** What every route does with a request: its body as JSON, the wish to go on, and what an abort means. */
import type { Context, Next } from "hono";
import { UserError } from "../errors.ts";
import { ApiError, badField, brokenOff } from "./error.ts";

/** ours: of a body that is refused so much is taken in and thrown away; who sends still more is cut off. */
const MOST_DISCARDED_BYTES = 64 << 20;

/**
 * Refuses a body of more than `maxBytes` with 413. It is read to its end first: a caller that sends before it reads (Python's HTTP
 * libraries) would else meet a cut connection and no word.
 */
export function limitBody(maxBytes: number) {
  return async (c: Context, next: Next): Promise<void> => {
    const { body, headers } = c.req.raw;
    const stated = Number(headers.get("content-length") ?? Number.NaN); // NaN: it comes in chunks, of any number
    if (body === null || stated <= maxBytes) return next();
    const pieces: Uint8Array[] = [];
    let sizeBytes = 0;
    const reader = body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      sizeBytes += read.value.length;
      if (sizeBytes <= maxBytes) pieces.push(read.value);
      if (sizeBytes > MOST_DISCARDED_BYTES) break;
    }
    if (sizeBytes > maxBytes)
      throw new ApiError({ status: 413, message: `The body is larger than ${maxBytes} bytes.` });
    c.req.raw = new Request(c.req.raw, { body: Buffer.concat(pieces) });
    return next();
  };
}

/** The body, parsed. Throws ApiError 415 for another content type, 400 for what is no JSON object; a field that is null counts as absent. */
export async function readFields(c: Context): Promise<Readonly<Record<string, unknown>>> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new ApiError({ status: 415, message: "Send the request as content-type: application/json." });
  }
  const body = parse(await c.req.text());
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new ApiError({ status: 400, message: "The body must be a JSON object." });
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError({ status: 400, message: "The body is not valid JSON." }); // the parser's message quotes the body
  }
}

/** Aborts when the caller leaves or the server closes; `gone` is for a stream, whose caller leaves later. */
export function callerSignal(c: Context, closing: AbortSignal): { signal: AbortSignal; gone: AbortController } {
  const gone = new AbortController();
  return { signal: AbortSignal.any([c.req.raw.signal, closing, gone.signal]), gone };
}

/** An abort before the answer stood: the caller is gone, or the server closes. Throws what it was given, or what that means over HTTP. */
export function explainAbort(error: unknown): never {
  throw error instanceof DOMException && error.name === "AbortError" ? brokenOff() : error;
}

/** Has a UserError of `task` name the field that it is about, as a 400. */
export function asField<T>(param: string, task: () => T, code?: string): T {
  try {
    return task();
  } catch (error) {
    if (error instanceof UserError) throw badField(param, error.message, code);
    throw error;
  }
}
