/** What can go wrong with a call, sorted by what must happen next: try again, give up this mail, or stop the run. */
import type { IncomingHttpHeaders } from "node:http";
import { UserError } from "../errors.ts";
import type { HttpAnswer } from "./exchange.ts";

/** A call that failed. Retryable: the endpoint's fault, the same request may succeed later. Not retryable: this one request will always fail. */
export class TeacherError extends Error {
  override name = "TeacherError";
  /** HTTP status; null where no answer came. */
  readonly status: number | null;
  readonly retryable: boolean;
  /** How long the endpoint asks to wait; null where it does not say. */
  readonly retryAfterMs: number | null;
  /** Tries made so far, this one included. */
  readonly attempts: number;

  constructor(
    message: string,
    details: { status: number | null; retryable: boolean; retryAfterMs?: number | null; attempts?: number },
  ) {
    super(message);
    this.status = details.status;
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.attempts = details.attempts ?? 1;
  }
}

/** An endpoint as messages to the person name it. */
export interface EndpointName {
  readonly role: "teacher" | "judge";
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKeyEnv: string;
  readonly hasKey: boolean;
}

/** Whether an endpoint has ever sent an HTTP answer to this process: "silent" where it has not in several tries. */
export type Contact = "new" | "silent" | "reached";

/** OpenAI's codes for an account that cannot pay (reference: error codes of the API, 429 with type insufficient_quota). */
const quotaCodes = new Set([
  "insufficient_quota",
  "credit_balance_exhausted",
  "organization_spend_limit_exceeded",
  "project_spend_limit_exceeded",
  "organization_usage_limit_exceeded",
  "billing_hard_limit_reached",
]);

/** Longer than this is no pause but the end of a working day: the run stops and says when to come back. */
const LONGEST_WAIT_MS = 15 * 60_000;

const KEPT =
  "Everything so far is kept: run the same command again and it goes on where it stopped, without paying twice.";

/** The error for an HTTP answer that is not a success: UserError stops the run, TeacherError concerns this call. */
export function explainStatus(
  answer: HttpAnswer,
  endpoint: EndpointName,
  worked: boolean, // whether it has given a usable answer before
): UserError | TeacherError {
  const { status } = answer;
  const { code, type, message } = readErrorBody(answer.text);
  const { role, baseUrl, model, apiKeyEnv, hasKey } = endpoint;
  const said = `${status} from ${baseUrl}${message ? `: ${message}` : ""}`;
  if (status === 402 || quotaCodes.has(code) || quotaCodes.has(type)) {
    return new UserError(
      `The ${role}'s account has no money or quota left (${said}). Add credit or raise the spending limit with the provider, then run the same command again. ${KEPT}`,
    );
  }
  if (status === 401) {
    const key = hasKey ? `The key in ${apiKeyEnv} is not accepted` : `The environment variable ${apiKeyEnv} is not set`;
    return new UserError(
      `The ${role} refuses access (${said}). ${key}: set ${apiKeyEnv} to a valid key for this endpoint, or name another variable with ${role}.apiKeyEnv. ${KEPT}`,
    );
  }
  if (status === 403 && !/flagged|moderation/i.test(message)) {
    return new UserError(
      `The ${role} forbids this use (${said}). Check that the key in ${apiKeyEnv} may use the model "${model}" (${role}.model). ${KEPT}`,
    );
  }
  if (
    code === "model_not_found" ||
    (status === 404 && /\bmodel\b.*\b(not found|not exist|does not exist|unknown)\b/is.test(message))
  ) {
    return new UserError(
      `The ${role} does not know the model "${model}" (${said}). Set ${role}.model to one that ${baseUrl}/models lists. ${KEPT}`,
    );
  }
  if ((status === 404 || status === 405) && !worked) {
    return new UserError(
      `There is no chat-completions API at ${baseUrl} (${said}). Set ${role}.baseUrl to the endpoint's address up to and with /v1.`,
    );
  }
  if (status >= 300 && status < 400) {
    return new UserError(
      `The ${role} at ${baseUrl} has moved (${status}) to ${answer.headers.location ?? "an address it does not name"}. Set ${role}.baseUrl to the new address up to and with /v1.`,
    );
  }
  if (status === 429 || status === 408 || status === 409 || status >= 500) {
    const retryAfterMs = readRetryAfter(answer.headers);
    if (retryAfterMs !== null && retryAfterMs > LONGEST_WAIT_MS) {
      const minutes = Math.ceil(retryAfterMs / 60_000);
      return new UserError(
        `The ${role} asks to wait ${minutes} minutes (${said}). Run the same command again after that. ${KEPT}`,
      );
    }
    return new TeacherError(said, { status, retryable: true, retryAfterMs });
  }
  return new TeacherError(said, { status, retryable: false });
}

/** The error for a request that got no whole answer: refused, reset, timed out, cut. */
export function explainNetwork(error: unknown, endpoint: EndpointName, contact: Contact): UserError | TeacherError {
  const { code, message } = networkCause(error);
  const what = code ? `${code}: ${message}` : message;
  if (contact === "silent" || (contact === "new" && !transientCodes.has(code))) {
    return new UserError(
      `The ${endpoint.role} at ${endpoint.baseUrl} cannot be reached (${what}). Check that the address is right (${endpoint.role}.baseUrl) and that the server runs.`,
    );
  }
  return new TeacherError(`no answer from ${endpoint.baseUrl} (${what})`, { status: null, retryable: true });
}

const transientCodes = new Set(["TIMEOUT", "TOO_LARGE", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/** The code and words of a failed connection; Node gathers the tries on several addresses in one error without words. */
function networkCause(error: unknown): { code: string; message: string } {
  const { code, message, errors } = error as { code?: unknown; message?: string; errors?: readonly Error[] };
  return {
    code: typeof code === "string" ? code : "",
    message: message || errors?.[0]?.message || "connection failed",
  };
}

/** `retry-after-ms`, else `retry-after` as seconds or as a date; null where neither is there or readable. */
export function readRetryAfter(headers: IncomingHttpHeaders, now = Date.now()): number | null {
  const ms = Number.parseFloat(String(headers["retry-after-ms"] ?? ""));
  if (Number.isFinite(ms)) return Math.max(0, ms);
  const text = headers["retry-after"];
  if (text === undefined) return null;
  if (/^\s*\d+(\.\d+)?\s*$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** Code, type and words of an error body: OpenAI's shape, its neighbours', or plain text; HTML gives only its title. */
export function readErrorBody(text: string): { code: string; type: string; param: string; message: string } {
  const asString = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) : "");
  try {
    const body = JSON.parse(text) as { error?: unknown; message?: unknown; detail?: unknown };
    const error = (typeof body.error === "object" && body.error !== null ? body.error : body) as Record<
      string,
      unknown
    >;
    const message = asString(error.message) || asString(body.error) || asString(body.detail) || text;
    return {
      code: asString(error.code),
      type: asString(error.type),
      param: asString(error.param),
      message: shorten(message),
    };
  } catch {
    const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1];
    return { code: "", type: "", param: "", message: shorten(title ?? (/^\s*</.test(text) ? "an HTML page" : text)) };
  }
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
