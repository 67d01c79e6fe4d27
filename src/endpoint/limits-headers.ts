/**
 * The limits that an endpoint announces with its answers, in the dialects there are:
 *
 *   OpenAI, Groq, Azure, GitHub   x-ratelimit-{limit,remaining,reset}-{requests,tokens}, and from the last two
 *                                 x-ratelimit-renewalperiod-{requests,tokens}: the seconds that the limit is for
 *   Anthropic                     anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset}
 *   Mistral                       x-ratelimit-{limit,remaining}-{req,tokens}-minute
 *   Cerebras                      x-ratelimit-{limit,remaining,reset}-{requests,tokens}-minute
 *
 * A reset is a Go duration (6m0s, 59ms), seconds, seconds or milliseconds since 1970, or a date; it says when the bucket is
 * full again. Groq's and OpenAI's free tier's request limit is for a day under the same name: only the reset tells.
 */
import type { IncomingHttpHeaders } from "node:http";

/** One limit as announced. */
export interface AnnouncedLimit {
  readonly limit: number;
  /** null where it is not said. */
  readonly remaining: number | null;
  /** Until the bucket is full again; null where it is not said. */
  readonly resetMs: number | null;
  /** How long a time the limit is for. */
  readonly windowMs: number;
}

export type LimitKind = "requests" | "tokens";

type Names = readonly [limit: string, remaining: string, reset: string, period: string];

const dialects: Readonly<Record<LimitKind, readonly Names[]>> = {
  requests: listNames("requests", "req"),
  tokens: listNames("tokens", "tokens"),
};

function listNames(kind: LimitKind, short: string): Names[] {
  const openai = (name: string) =>
    ["limit", "remaining", "reset", "renewalperiod"].map((part) => `x-ratelimit-${part}-${name}`) as unknown as Names;
  const anthropic = ["limit", "remaining", "reset", "period"].map((part) => `anthropic-ratelimit-${kind}-${part}`);
  return [openai(kind), openai(`${kind}-minute`), openai(`${short}-minute`), anthropic as unknown as Names];
}

/** The limit of this kind; null where none is announced or it cannot be read (Azure sends -1 for none). */
export function readAnnouncedLimit(
  headers: IncomingHttpHeaders,
  kind: LimitKind,
  nowMs: number,
): AnnouncedLimit | null {
  const names = dialects[kind].find(([limit]) => headers[limit] !== undefined);
  if (!names) return null;
  const [limit, remaining, reset, period] = names.map((name) => headers[name] as string | undefined);
  const most = readNumber(limit);
  if (most === null || most < 0) return null;
  const left = readNumber(remaining);
  const announced = {
    limit: most,
    remaining: left === null || left < 0 ? null : left,
    resetMs: reset === undefined ? null : readReset(reset, nowMs),
  };
  const seconds = readNumber(period);
  return { ...announced, windowMs: seconds ? seconds * 1000 : inferWindowMs(announced) };
}

function readNumber(text: string | undefined): number | null {
  if (text === undefined || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** A bucket for one minute is full again within the minute; a longer reset means a longer window: what is gone comes back in that time. */
function inferWindowMs({ limit, remaining, resetMs }: Omit<AnnouncedLimit, "windowMs">): number {
  if (resetMs === null || remaining === null || resetMs <= 61_000 || remaining >= limit) return 60_000;
  return Math.max(60_000, (resetMs * limit) / (limit - remaining));
}

const durationPart = /(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s|d)/gy;
const unitMs: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** Milliseconds from now to a reset in any of its notations; null where it cannot be read. */
export function readReset(text: string, nowMs: number): number | null {
  const trimmed = text.trim();
  const number = readNumber(trimmed);
  if (number !== null) {
    if (number < 0) return null;
    if (number >= 1e12) return Math.max(0, number - nowMs);
    if (number >= 1e9) return Math.max(0, number * 1000 - nowMs);
    return number * 1000;
  }
  let ms = 0;
  let end = 0;
  for (const [part, value, unit] of trimmed.matchAll(durationPart)) {
    ms += Number(value) * unitMs[unit];
    end += part.length;
  }
  if (end > 0 && end === trimmed.length) return ms;
  const date = Date.parse(trimmed);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}
