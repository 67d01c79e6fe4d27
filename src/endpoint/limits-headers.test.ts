import { describe, expect, it } from "vitest";
import { readAnnouncedLimit, readReset } from "./limits-headers.ts";

const now = Date.parse("2026-11-22T10:00:00Z");
const read = (headers: Record<string, string>) => [
  readAnnouncedLimit(headers, "requests", now),
  readAnnouncedLimit(headers, "tokens", now),
];

describe("limits in headers", () => {
  it("of OpenAI", () => {
    const headers = {
      "x-ratelimit-limit-requests": "5000",
      "x-ratelimit-limit-tokens": "160000",
      "x-ratelimit-remaining-requests": "4999",
      "x-ratelimit-remaining-tokens": "159976",
      "x-ratelimit-reset-requests": "12ms",
      "x-ratelimit-reset-tokens": "9ms",
    };
    expect(read(headers)).toEqual([
      { limit: 5000, remaining: 4999, resetMs: 12, windowMs: 60_000 },
      { limit: 160_000, remaining: 159_976, resetMs: 9, windowMs: 60_000 },
    ]);
  });

  it("of Groq and OpenAI's free tier, where the request limit is for a day under the same name", () => {
    const groq = {
      "x-ratelimit-limit-requests": "14400",
      "x-ratelimit-remaining-requests": "14370",
      "x-ratelimit-reset-requests": "3m0s",
      "x-ratelimit-limit-tokens": "18000",
      "x-ratelimit-remaining-tokens": "17997",
      "x-ratelimit-reset-tokens": "7.66s",
    };
    expect(read(groq)).toEqual([
      { limit: 14_400, remaining: 14_370, resetMs: 180_000, windowMs: 86_400_000 },
      { limit: 18_000, remaining: 17_997, resetMs: 7660, windowMs: 60_000 },
    ]);
    const free = {
      "x-ratelimit-limit-requests": "200",
      "x-ratelimit-remaining-requests": "199",
      "x-ratelimit-reset-requests": "7m12s",
    };
    expect(read(free)[0]).toMatchObject({ windowMs: 86_400_000 });
  });

  it("of Azure and GitHub, which say how long a time they are for, or -1 for none", () => {
    const azure = {
      "x-ratelimit-limit-requests": "10",
      "x-ratelimit-remaining-requests": "9",
      "x-ratelimit-reset-requests": "3",
      "x-ratelimit-renewalperiod-requests": "10",
      "x-ratelimit-limit-tokens": "-1",
      "x-ratelimit-remaining-tokens": "-1",
      "x-ratelimit-reset-tokens": "0",
    };
    expect(read(azure)).toEqual([{ limit: 10, remaining: 9, resetMs: 3000, windowMs: 10_000 }, null]);
    expect(read({ "x-ratelimit-remaining-requests": "79" })).toEqual([null, null]);
  });

  it("of Anthropic, Mistral and Cerebras", () => {
    const anthropic = {
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "49",
      "anthropic-ratelimit-requests-reset": "2026-11-22T10:00:01Z",
    };
    expect(read(anthropic)).toEqual([{ limit: 50, remaining: 49, resetMs: 1000, windowMs: 60_000 }, null]);
    const mistral = {
      "x-ratelimit-limit-req-minute": "50",
      "x-ratelimit-remaining-req-minute": "49",
      "x-ratelimit-limit-tokens-minute": "50000",
      "x-ratelimit-remaining-tokens-minute": "47300",
    };
    expect(read(mistral)).toEqual([
      { limit: 50, remaining: 49, resetMs: null, windowMs: 60_000 },
      { limit: 50_000, remaining: 47_300, resetMs: null, windowMs: 60_000 },
    ]);
    const cerebras = { "x-ratelimit-limit-requests-minute": "30", "x-ratelimit-remaining-requests-minute": "29" };
    expect(read(cerebras)[0]).toMatchObject({ limit: 30, remaining: 29 });
  });

  it("that say nothing or nonsense are none", () => {
    expect(read({})).toEqual([null, null]);
    expect(read({ "x-ratelimit-limit-requests": "many" })[0]).toBeNull();
    expect(read({ "x-ratelimit-limit-requests": "10", "x-ratelimit-remaining-requests": "x" })[0]).toMatchObject({
      limit: 10,
      remaining: null,
      resetMs: null,
    });
  });

  it.each([
    ["6m0s", 360_000],
    ["59ms", 59],
    ["1h2m3.5s", 3_723_500],
    ["1d", 86_400_000],
    ["120µs", 0.12],
    ["0", 0],
    ["1.5", 1500],
    [String(now / 1000 + 5), 5000],
    [String(now + 5000), 5000],
    [String(now / 1000 - 5), 0],
    ["Sun, 22 Nov 2026 10:00:07 GMT", 7000],
    ["soon", null],
    ["12 parsecs", null],
    ["-1", null],
    ["", null],
  ])("a reset of %j", (text, ms) => {
    expect(readReset(text, now)).toEqual(ms === null ? null : expect.closeTo(ms, 6));
  });
});
