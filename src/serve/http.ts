/** What every route does with a request: its body as JSON, the wish to go on, and what an abort means. */
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { UserError } from "../errors.ts";
import { ApiError, badField, brokenOff } from "./error.ts";

/** Refuses a body of more than `maxBytes` with 413. */
export function limitBody(maxBytes: number) {
  return bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new ApiError({ status: 413, message: `The body is larger than ${maxBytes} bytes.` });
    },
  });
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
