/** A completion as server-sent events, ended by `[DONE]`. */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { ReplyResult } from "../reply/index.ts";
import { type CompletionHead, lastChunk, textChunk, usageChunk } from "./completion.ts";
import { ApiError, brokenOff, errorBody } from "./error.ts";

/**
 * Streams what `answer` says as it says it. What goes wrong before the first word is thrown, for an ordinary error
 * response; later it is an event with an error. Aborts `gone` when the client leaves.
 */
export async function streamCompletion(options: {
  c: Context;
  head: CompletionHead;
  answer: (onText: (text: string) => void) => Promise<ReplyResult>;
  includeUsage: boolean;
  gone: AbortController;
}): Promise<Response> {
  const { c, head, answer, includeUsage, gone } = options;
  let pieces: string[] = [];
  let outcome: { result: ReplyResult } | { error: unknown } | undefined;
  let wake = () => {};
  const change = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const settle = (value: typeof outcome) => {
    outcome = value;
    wake();
  };
  const started = change();
  answer((text) => {
    pieces.push(text);
    wake();
  }).then(
    (result) => settle({ result }),
    (error: unknown) => settle({ error }),
  );
  await started;
  if (outcome !== undefined && "error" in outcome) throw outcome.error;

  return streamSSE(c, async (events) => {
    events.onAbort(() => gone.abort());
    const send = (data: unknown) => events.writeSSE({ data: JSON.stringify(data) });
    await send(textChunk(head, { role: "assistant", content: "" }));
    while (true) {
      const content = pieces.join("");
      pieces = [];
      if (content !== "") await send(textChunk(head, { content }));
      else if (outcome !== undefined) break;
      else await change();
    }
    if ("error" in outcome || outcome.result.stopped === "abort") {
      const error = "error" in outcome && outcome.error instanceof ApiError ? outcome.error : brokenOff();
      await send(errorBody(error));
      return;
    }
    await send(lastChunk(head, outcome.result));
    if (includeUsage) await send(usageChunk(head, outcome.result));
    await events.writeSSE({ data: "[DONE]" });
  });
}
