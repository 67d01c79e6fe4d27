/** An answer as server-sent events, each a JSON object, ended by `[DONE]`. */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import { ApiError, brokenOff, errorBody } from "./error.ts";

/** Takes one event. */
export type Emit = (event: object) => void;

/**
 * Streams what `answer` emits as it comes. What goes wrong before the first event is thrown, for an ordinary error response; later it is an
 * event with an error, and no `[DONE]`. Aborts `gone` when the client leaves.
 */
export async function streamEvents(
  c: Context,
  { answer, gone }: { answer: (emit: Emit) => Promise<void>; gone: AbortController },
): Promise<Response> {
  let waiting: object[] = [];
  let outcome: { error: unknown } | "done" | undefined;
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
  answer((event) => {
    waiting.push(event);
    wake();
  }).then(
    () => settle("done"),
    (error: unknown) => settle({ error }),
  );
  await started;
  if (waiting.length === 0 && typeof outcome === "object") throw outcome.error;

  return streamSSE(c, async (events) => {
    events.onAbort(() => gone.abort());
    const send = (data: unknown) => events.writeSSE({ data: JSON.stringify(data) });
    while (true) {
      const ready = waiting;
      waiting = [];
      for (const event of ready) await send(event);
      if (waiting.length > 0) continue;
      if (outcome !== undefined) break;
      await change();
    }
    if (typeof outcome === "object")
      await send(errorBody(outcome.error instanceof ApiError ? outcome.error : brokenOff()));
    else await events.writeSSE({ data: "[DONE]" });
  });
}
