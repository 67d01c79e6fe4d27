/** A line of a batch's output or error file: {custom_id, response: {status_code, body} | null, error: {code, message} | null}. */

/** What a line says of its request. */
export type AnswerLine =
  /** A success; `text` is the body of a chat completion. */
  | { readonly kind: "answer"; readonly text: string }
  /** A refusal or failure of this one request. */
  | { readonly kind: "error"; readonly status: number; readonly text: string }
  /** It was never worked on: the window closed, or the batch was cancelled. */
  | { readonly kind: "expired" };

/** Reads a line; null where it is no line of a batch's files. */
export function readAnswerLine(bytes: Uint8Array): { customId: string; line: AnswerLine } | null {
  let value: { custom_id?: unknown; response?: unknown; error?: unknown };
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || typeof value.custom_id !== "string") return null;
  const line = readLine(value.response, value.error);
  return line && { customId: value.custom_id, line };
}

function readLine(response: unknown, error: unknown): AnswerLine | null {
  if (isRecord(response) && typeof response.status_code === "number") {
    const { status_code: status, body } = response;
    const text = JSON.stringify(body ?? null);
    return status >= 200 && status < 300 ? { kind: "answer", text } : { kind: "error", status, text };
  }
  if (!isRecord(error)) return null;
  const { code } = error;
  if (typeof code === "string" && /expired|cancel/i.test(code)) return { kind: "expired" };
  return { kind: "error", status: 500, text: JSON.stringify({ error }) }; // the provider's own failure has no status
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
