/** What can go wrong with a call, sorted by what must happen next: try again, give up this mail, or stop the run. */
import type { IncomingHttpHeaders } from "node:http";
import { UserError } from "../errors.ts";
import { cutText } from "../formats/index.ts";
import { quoteAnswer, type Unusable } from "./brake.ts";
import { type EndpointName, settingOf } from "./endpoint-name.ts";
import { CARRIER_GONE, type HttpAnswer } from "./exchange.ts";
import { readReset } from "./limits-headers.ts";
import type { Pushback } from "./pacer.ts";

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
  /** The endpoint's wish for fewer requests; null where it is none. */
  readonly pushback: Pushback | null;
  /** False where whoever carried the request is gone (a worker): that says nothing of the endpoint. */
  readonly isOfEndpoint: boolean;

  constructor(
    message: string,
    details: {
      status: number | null;
      retryable: boolean;
      retryAfterMs?: number | null;
      attempts?: number;
      pushback?: Pushback | null;
      isOfEndpoint?: boolean;
    },
  ) {
    super(message);
    this.status = details.status;
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.attempts = details.attempts ?? 1;
    this.pushback = details.pushback ?? null;
    this.isOfEndpoint = details.isOfEndpoint ?? true;
  }
}

/** Whether an endpoint has ever sent an HTTP answer to this process: "silent" where it has not in several tries. */
export type Contact = "new" | "silent" | "reached";

/**
 * An account that cannot pay, by code or type: OpenAI's insufficient_quota, credit_balance_exhausted, billing_hard_limit_reached,
 * {organization,project}_{spend,usage}_limit_exceeded and what they may be called next; one-api's insufficient_user_quota.
 */
const quotaCode = /quota|credit|billing|arrear|(spend|usage)_limit|insufficient_(balance|funds)/i;
/** The same in words, where an endpoint has no code for it: Anthropic's 400, DeepSeek, OpenRouter. Gemini says "quota" of a mere rate limit. */
const quotaWords =
  /credit balance is too low|insufficient (balance|credits?|funds)|billing hard limit|account is (not active|in arrears|overdue)|account is in good standing|reached your specified API usage limits/i;
const keyWords = /(incorrect|invalid) api key|api key (is )?(not valid|invalid|expired|not found)/i;

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
  const { code, type, message, whole } = readErrorBody(answer.text);
  const { role, baseUrl, model, apiKeyEnv, hasKey } = endpoint;
  const setting = (part: Parameters<typeof settingOf>[1]) => settingOf(endpoint, part);
  const said = `${status} from ${baseUrl}${message ? `: ${message}` : ""}`;
  if (status === 402 || quotaCode.test(code) || quotaCode.test(type) || (status < 500 && quotaWords.test(message))) {
    return new UserError(
      `The ${role}'s account has no money or quota left (${said}). Add credit or raise the spending limit with the provider. ${KEPT}`,
    );
  }
  if (status < 500 && status !== 429 && isTransient(code, message))
    return new TeacherError(said, { status, retryable: true });
  if (status === 401 || code === "invalid_api_key" || (status === 400 && keyWords.test(message))) {
    const key = hasKey ? `The key in ${apiKeyEnv} is not accepted` : `The environment variable ${apiKeyEnv} is not set`;
    return new UserError(
      `The ${role} refuses access (${said}). ${key}: set ${apiKeyEnv} to a valid key for this endpoint, or name another variable with ${setting("apiKeyEnv")}. ${KEPT}`,
    );
  }
  const aboutThisMail =
    /flagged|moderation|content/i.test(`${message} ${code}`) || (worked && /^\s*</.test(answer.text)); // a firewall's page
  if (status === 403 && !aboutThisMail) {
    return new UserError(
      `The ${role} forbids this use (${said}). Check that the key in ${apiKeyEnv} may use the model "${model}" (${setting("model")}). ${KEPT}`,
    );
  }
  if (code === "model_not_found" || (status === 404 && saysNoModel(message))) {
    return new UserError(
      `The ${role} does not know the model "${model}" (${said}). Set ${setting("model")} to one that ${baseUrl}/models lists. ${KEPT}`,
    );
  }
  const isForeign = isPage(answer.text) && status >= 400 && status < 500 && status !== 408 && status !== 429;
  if ((status === 404 || status === 405 || isForeign) && !worked) return explainNoApi(said, endpoint);
  if (status >= 300 && status < 400) {
    return new UserError(
      `The ${role} at ${baseUrl} has moved (${status}) to ${answer.headers.location ?? "an address it does not name"}. Set ${setting("baseUrl")} to the new address up to and with /v1; where that is a page to log in at, do so first. ${KEPT}`,
    );
  }
  if (status === 429 && /request too large/i.test(message)) return new TeacherError(said, { status, retryable: false });
  if (status === 429 && announcesNothing(answer.headers)) {
    return new UserError(
      `The ${role}'s account may make no requests to the model "${model}": the limit that ${baseUrl} announces for it is 0. Choose another ${setting("model")}, or have the provider raise the limit. ${KEPT}`,
    );
  }
  const isPlace = worked && (status === 404 || status === 405 || status === 410); // no mail changes where the API is: a gateway's slip
  if (isPlace) return new TeacherError(said, { status, retryable: true });
  if (status === 429 || status === 408 || status === 409 || status === 425 || status >= 500) {
    const retryAfterMs =
      readRetryAfter(answer.headers) ?? (status === 429 ? readStatedWait(`${whole} ${answer.text}`) : null);
    const period = status === 429 ? periodOf(`${whole} ${answer.text}`, retryAfterMs) : null;
    if (period !== null) {
      const then = period === "day" ? "tomorrow" : `next ${period}`;
      return new UserError(
        `The ${role}'s account has used up what it may ask of "${model}" in a ${period} (${said}). Run the same command again ${then}, or have the provider raise the limit. ${KEPT}`,
      );
    }
    if (retryAfterMs !== null && retryAfterMs > LONGEST_WAIT_MS) {
      const minutes = Math.ceil(retryAfterMs / 60_000);
      return new UserError(
        `The ${role} asks to wait ${minutes} minutes (${said}). Run the same command again after that. ${KEPT}`,
      );
    }
    const pushback = readPushback(status, { type, code, message });
    return new TeacherError(said, { status, retryable: true, retryAfterMs, pushback });
  }
  return new TeacherError(said, { status, retryable: false });
}

/** Whether an error is the endpoint's passing trouble in the dress of a refusal: Groq's answer that missed the schema, OpenRouter's word for what its provider said, a model that is being loaded. */
export function isTransient(code: string, message: string): boolean {
  return code === "json_validate_failed" || passingWords.test(message);
}

const passingWords =
  /failed to (generate|validate) json|provider returned error|model is (still |currently )?(being )?load(ing|ed)\b|loading model|temporarily unavailable|(please )?(try|retry) again (later|shortly|in a (few|moment|minute))/i;

/** The day, week or month that a limit is of; null for one of a minute. Gemini names such a limit and a wait of seconds all the same; Groq's and OpenAI's waits are true. */
function periodOf(text: string, retryAfterMs: number | null): string | null {
  const [, named] = /\b(dai|week|month)ly (?:quota|(?:\w+ )?limit)|quota .{0,40}\bdaily\b/i.exec(text) ?? [null, null];
  if (named !== null) return /week|month/i.exec(named ?? "")?.[0].toLowerCase() ?? "day";
  if (/PerDay/.test(text)) return "day";
  return retryAfterMs === null && (/\b(requests|tokens) per day\b/i.test(text) || /\b[RT]PD\b/.test(text))
    ? "day"
    : null;
}

/** Whether a body is a page for people. */
export function isPage(text: string): boolean {
  return /^\s*</.test(text);
}

function saysNoModel(message: string): boolean {
  const at = message.search(/\bmodel\b/i);
  return at !== -1 && /\b(?:not found|not exist|does not exist|unknown)\b/i.test(message.slice(at));
}

/** The error for an address at which something else than an API answers. */
export function explainNoApi(said: string, endpoint: EndpointName): UserError {
  return new UserError(
    `There is no chat-completions API at ${endpoint.baseUrl} (${said}). Set ${settingOf(endpoint, "baseUrl")} to the endpoint's address up to and with /v1; where it is right, look what stands before it: a proxy, or a page that wants a login. ${KEPT}`,
  );
}

/** The error for an endpoint whose answers, one after another, are no completions. */
export function explainUnreadable(
  last: Unusable,
  endpoint: EndpointName,
  { unreadable, worked }: { unreadable: number; worked: boolean },
): UserError {
  const which = worked ? `the last ${unreadable} are` : `the first ${unreadable} are`;
  const { role, baseUrl, model } = endpoint;
  const setting = settingOf(endpoint, "baseUrl");
  return new UserError(
    `The ${role} "${model}" at ${baseUrl} gives answers that cannot be read: ${which} no chat completion; the last one: ${last.defect}, it said ${quoteAnswer(last.answer)}. See in the server's log why it breaks off, or set ${setting} to an address that speaks OpenAI's chat completions, whole or as a stream (data: …, at the end data: [DONE]). ${KEPT}`,
  );
}

/** Which limit was met. OpenAI: type "requests" or "tokens", and in words "… tokens per min (TPM): Limit 30000, Used 28961, …". */
function readPushback(status: number, error: { type: string; code: string; message: string }): Pushback | null {
  const { type, code, message } = error;
  if (status === 408) return { kind: "timeout", perMinute: null };
  if (status === 503 || status === 529) return { kind: "overload", perMinute: null };
  if (status !== 429) return null;
  const stated = /\bper min\w*\b.*?\blimit:? ?([\d,]+)/i.exec(message)?.[1];
  const perMinute = stated ? Number(stated.replaceAll(",", "")) : null;
  if (type === "tokens" || /tokens? per|\bTPM\b|token rate limit/i.test(message)) return { kind: "tokens", perMinute };
  if (type === "requests" || /requests? per|\bRPM\b/i.test(message)) return { kind: "requests", perMinute };
  return { kind: code === "slow_down" ? "requests" : "rate", perMinute };
}

/** "Please try again in 1m2.5s", "retry after 20 seconds", "wait about 2 minutes", Gemini's "retryDelay": "34s", a field retry_after; null where none names a time. */
function readStatedWait(message: string): number | null {
  const delay = /"retryDelay":\s*"([\d.]+s)"/.exec(message)?.[1];
  if (delay !== undefined) return readReset(delay, Date.now());
  const [, isMs, field] = /"retry_?after(_ms)?(?:_seconds)?":\s*"?([\d.]+)/i.exec(message) ?? [];
  if (field !== undefined) return Number(field) * (isMs ? 1 : 1000);
  const [, text, unit] =
    /(?:try again|retry|wait)(?: (?:in|after|for|about|at least|another))* ([\d.]+(?:[a-zµ]+[\d.hmsµun]*)?)(?: (second|minute|hour)s?)?/i.exec(
      message,
    ) ?? [];
  if (text === undefined) return null;
  if (unit) return Number(text) * unitMs[unit.toLowerCase() as keyof typeof unitMs];
  return readReset(text.replace(/\.$/, ""), Date.now());
}

const unitMs = { second: 1000, minute: 60_000, hour: 3_600_000 };

/** A limit of 0: the model is not in the account's plan (Mistral answers every request so). */
function announcesNothing(headers: IncomingHttpHeaders): boolean {
  return ["x-ratelimit-limit-requests", "x-ratelimit-limit-req-minute"].some((name) => headers[name] === "0");
}

/** The error for a request that got no whole answer: refused, reset, timed out, cut. */
export function explainNetwork(error: unknown, endpoint: EndpointName, contact: Contact): UserError | TeacherError {
  const { code, message } = networkCause(error);
  const what = code ? `${code}: ${message}` : message;
  if (contact === "silent" && code === "TIMEOUT") {
    return new UserError(
      `The ${endpoint.role} "${endpoint.model}" at ${endpoint.baseUrl} is too slow, or silent (${what}, several times). A large or reasoning model may need longer: raise distill.timeoutMs, such as distill.timeoutMs=300000; else check ${settingOf(endpoint, "baseUrl")}. ${KEPT}`,
    );
  }
  if (contact === "silent" || (contact === "new" && !transientCodes.has(code))) {
    return new UserError(
      `The ${endpoint.role} at ${endpoint.baseUrl} cannot be reached (${what}). ${adviseOnReach(code, endpoint)}`,
    );
  }
  const pushback: Pushback | null = code === "TIMEOUT" ? { kind: "timeout", perMinute: null } : null;
  const isOfEndpoint = code !== CARRIER_GONE;
  const details = { status: null, retryable: true, pushback, isOfEndpoint };
  return new TeacherError(`no answer from ${endpoint.baseUrl} (${what})`, details);
}

function adviseOnReach(code: string, endpoint: EndpointName): string {
  const baseUrl = settingOf(endpoint, "baseUrl");
  if (code === "EPROTO") return `It speaks no TLS there: check the port, or write http:// in ${baseUrl}.`;
  if (/CERT|VERIFY|SELF_SIGNED/.test(code))
    return `Its certificate is not trusted here: name the file of its authority in the environment variable NODE_EXTRA_CA_CERTS, or check the address (${baseUrl}).`;
  return `Check that the address is right (${baseUrl}) and that the server runs.`;
}

const transientCodes = new Set<string>([CARRIER_GONE, "TIMEOUT", "TOO_LARGE", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/** The code and words of a failed connection; Node gathers the tries on several addresses in one error without words. */
function networkCause(error: unknown): { code: string; message: string } {
  const { code, message, errors } = error as { code?: unknown; message?: string; errors?: readonly Error[] };
  if (code === "EPROTO") return { code, message: /SSL routines:\w*:([\w ]+)/.exec(message ?? "")?.[1] ?? "no TLS" };
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
export function readErrorBody(text: string): {
  code: string;
  type: string;
  param: string;
  message: string;
  /** The message before it was shortened. */
  whole: string;
} {
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
      whole: message,
    };
  } catch {
    const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1];
    const whole = title ?? (/^\s*</.test(text) ? "an HTML page" : text);
    return { code: "", type: "", param: "", message: shorten(whole), whole };
  }
}

/** The status of an error that comes inside a success: its code where that is one (OpenRouter), else what its words say; null where there is none. */
export function readErrorStatus(text: string): number | null {
  let body: { error?: unknown; object?: unknown; choices?: unknown } | null;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null) return null;
  const error = body.error || (body.object === "error" ? body : null); // vLLM's older form
  if (!error) return null;
  const given = typeof error === "object" ? (error as Record<string, unknown>) : {};
  const code = [given.code, given.status, given.status_code].map(Number).find((value) => value >= 400 && value < 600);
  if (code !== undefined && Number.isInteger(code)) return code;
  const { code: name, type, message } = readErrorBody(text);
  const said = `${name} ${type} ${message}`;
  if (quotaCode.test(said) || quotaWords.test(said) || /rate.?limit|too many requests|throttl/i.test(said)) return 429;
  return /overload|unavailable|at capacity|time[d ]?.?out|internal.?(server )?error|server.?error|upstream|gateway/i.test(
    said,
  )
    ? 503
    : null;
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${cutText(line, 300)}…` : line;
}
