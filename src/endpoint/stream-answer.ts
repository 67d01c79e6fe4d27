/**
 * An answer that came as a stream of server-sent events, put together: some servers stream whatever is asked of them.
 *
 *     data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":null}]}
 *     data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}
 *     data: [DONE]
 */
import { type Choice, messageOf } from "./messages.ts";

/** Whether a body is such a stream. */
export function isStream(text: string): boolean {
  return /^\s*(:[^\n]*\n\s*|event:[^\n]*\n\s*|id:[^\n]*\n\s*)*data:/.test(text);
}

/** The body of the completion that a stream makes, or of the error in it; a stream without its end is given as it is, which is no JSON. */
export function joinStream(text: string): string {
  const message: Record<string, string> = {};
  let finish: string | null = null;
  let usage: unknown;
  let isWhole = false;
  for (const line of text.split(/\r?\n/)) {
    const data = /^data:\s*(?!\s)(.*)$/.exec(line)?.[1];
    if (data === undefined || data === "") continue;
    if (data === "[DONE]") {
      isWhole = true;
      continue;
    }
    let event: {
      choices?: Choice[];
      usage?: unknown;
      error?: unknown;
    };
    try {
      event = JSON.parse(data);
    } catch {
      return text; // cut within a line
    }
    if (event.error) return JSON.stringify({ error: event.error });
    if (event.usage) usage = event.usage;
    const choice = event.choices?.[0];
    for (const [key, value] of Object.entries((choice && messageOf(choice)) ?? {}))
      if (typeof value === "string") message[key] = key === "role" ? value : (message[key] ?? "") + value;
    if (typeof choice?.finish_reason === "string") finish = choice.finish_reason;
  }
  if (!isWhole && finish === null) return text;
  return JSON.stringify({ choices: [{ message, finish_reason: finish }], usage });
}
