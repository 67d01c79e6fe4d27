import { describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import {
  explainNetwork,
  explainStatus,
  readErrorBody,
  readErrorStatus,
  readRetryAfter,
  type TeacherError,
} from "./teacher-error.ts";

const endpoint = {
  role: "teacher",
  baseUrl: "https://api.example/v1",
  model: "m1",
  apiKeyEnv: "TEACHER_KEY",
  hasKey: true,
} as const;

function explain(
  status: number,
  error: object | string,
  { headers = {}, worked = true } = {},
): UserError | TeacherError {
  const text = typeof error === "string" ? error : JSON.stringify({ error });
  return explainStatus({ status, headers, text }, endpoint, worked);
}

describe("headers and bodies", () => {
  it("Retry-After is read as milliseconds, seconds or a date", () => {
    expect(readRetryAfter({ "retry-after-ms": "12.5" })).toBe(12.5);
    expect(readRetryAfter({ "retry-after": "1.5" })).toBe(1500);
    expect(readRetryAfter({ "retry-after": "Thu, 01 Jan 2026 00:00:10 GMT" }, Date.parse("2026-01-01T00:00:00Z"))).toBe(
      10_000,
    );
    expect(readRetryAfter({ "retry-after": "Thu, 01 Jan 2026 00:00:00 GMT" }, Date.parse("2026-01-01T00:00:05Z"))).toBe(
      0,
    );
    expect(readRetryAfter({ "retry-after": "soon" })).toBeNull();
    expect(readRetryAfter({})).toBeNull();
  });

  it("an error is read in every shape", () => {
    expect(readErrorBody('{"error":{"message":"m","type":"t","code":"c","param":"p"}}')).toEqual({
      message: "m",
      whole: "m",
      type: "t",
      code: "c",
      param: "p",
    });
    expect(readErrorBody('{"object":"error","message":"m","code":404}')).toMatchObject({ message: "m", code: "404" }); // vLLM
    expect(readErrorBody('{"error":"model not loaded"}').message).toBe("model not loaded"); // Ollama
    expect(readErrorBody('{"detail":"Not Found"}').message).toBe("Not Found"); // FastAPI
    expect(readErrorBody("<html><title>502 Bad\n Gateway</title>").message).toBe("502 Bad Gateway");
    expect(readErrorBody("x".repeat(1000)).message).toHaveLength(301);
    expect(readErrorBody("").message).toBe("");
  });

  it("an error inside a success has its own status", () => {
    expect(readErrorStatus('{"error":{"code":402,"message":"Insufficient credits"}}')).toBe(402);
    expect(readErrorStatus('{"error":{"code":"429"}}')).toBe(429);
    expect(readErrorStatus('{"object":"error","message":"engine is dead","code":503}')).toBe(503); // vLLM's older form
    for (const text of ['{"error":"no"}', '{"error":{"code":1301}}', '{"choices":[]}', "{", "null", '{"error":null}'])
      expect(readErrorStatus(text)).toBeNull();
  });

  it.each([
    [429, { message: "Rate limit reached for requests", type: "rate_limit_error" }],
    [429, { message: "You exceeded your current quota", code: "insufficient_quota" }],
    [429, { message: "Too Many Requests", code: "too_fast" }],
    [503, { type: "overloaded_error", message: "Overloaded" }],
    [503, "upstream connect error or disconnect/reset before headers"],
    [503, { message: "Internal server error" }],
  ])("an error inside a success without a status is a %i by its words: %j", (status, error) => {
    expect(readErrorStatus(JSON.stringify({ error }))).toBe(status);
  });
});

describe("the quota family stops the run", () => {
  it.each([
    [429, { type: "insufficient_quota", code: "insufficient_quota", message: "You exceeded your current quota" }],
    [429, { type: "insufficient_quota", code: "credit_balance_exhausted" }],
    [429, { type: "insufficient_quota", code: "organization_spend_limit_exceeded" }],
    [429, { type: "insufficient_quota", code: "project_spend_limit_exceeded" }],
    [429, { type: "insufficient_quota", code: "organization_usage_limit_exceeded" }],
    [429, { type: "insufficient_quota", code: null }],
    [400, { type: "invalid_request_error", code: "billing_hard_limit_reached", message: "Billing hard limit" }],
    [429, { code: "billing_not_active", message: "Your account is not active" }],
    [402, { message: "Insufficient Balance", type: "unknown_error", code: "invalid_request_error" }], // DeepSeek
    [403, { type: "one_api_error", code: "insufficient_user_quota", message: "user quota is not enough" }], // one-api
    [400, { type: "invalid_request_error", message: "Your credit balance is too low to access the Anthropic API." }],
  ])("%i %j", (status, error) => {
    const explained = explain(status, error);
    expect(explained).toBeInstanceOf(UserError);
    expect(explained.message).toMatch(/no money or quota left .*Add credit.*Everything so far is kept/s);
  });

  it("but a rate limit that speaks of quota does not", () => {
    const gemini = explain(429, {
      code: 429,
      status: "RESOURCE_EXHAUSTED",
      message: "You exceeded your current quota. Please retry in 23.5s.",
    });
    expect(gemini).toMatchObject({ retryable: true, retryAfterMs: 23_500, pushback: { kind: "rate" } });
    const azure = explain(429, {
      code: "429",
      message:
        "Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current pricing tier. Please retry after 7 seconds.",
    });
    expect(azure).toMatchObject({ retryable: true, retryAfterMs: 7000, pushback: { kind: "tokens" } });
  });
});

describe("rate limits name what was met", () => {
  const tpm =
    "Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30,000, Used 28961, Requested 1487. Please try again in 896ms. Visit the docs.";
  it.each([
    [{ type: "tokens", code: "rate_limit_exceeded", message: tpm }, { kind: "tokens", perMinute: 30_000 }, 896],
    [
      {
        type: "requests",
        code: "rate_limit_exceeded",
        message: "… on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.",
      },
      { kind: "requests", perMinute: 3 },
      20_000,
    ],
    [
      { type: "requests", message: "on requests per day (RPD): Limit 200, Used 200. Please try again in 7m12s." },
      { kind: "requests", perMinute: null },
      432_000,
    ],
    [
      { type: "rate_limit_error", code: "slow_down", message: "Slow down" },
      { kind: "requests", perMinute: null },
      null,
    ],
    [{ message: "Too Many Requests" }, { kind: "rate", perMinute: null }, null],
  ])("%j", (error, pushback, retryAfterMs) => {
    expect(explain(429, error)).toMatchObject({ retryable: true, pushback, retryAfterMs });
  });

  it("a header says it better than words; a refused request that is too large is refused for good", () => {
    expect(explain(429, { type: "tokens", message: tpm }, { headers: { "retry-after": "3" } })).toMatchObject({
      retryAfterMs: 3000,
    });
    const large = explain(429, {
      type: "tokens",
      code: "rate_limit_exceeded",
      message: "Request too large for m1 … Limit 30000, Requested 50000.",
    });
    expect(large).toMatchObject({ retryable: false, pushback: null });
  });

  it("a limit of none stops the run", () => {
    const error = explain(
      429,
      { message: "Rate limit exceeded" },
      { headers: { "x-ratelimit-limit-req-minute": "0" } },
    );
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/no requests to the model "m1": the limit .* is 0\. Choose another teacher\.model/);
  });

  it("overload and time-outs push back too, other failures do not", () => {
    expect(explain(503, { code: "server_is_overloaded" })).toMatchObject({ pushback: { kind: "overload" } });
    expect(explain(529, { type: "overloaded_error" })).toMatchObject({ pushback: { kind: "overload" } });
    expect(explain(500, {})).toMatchObject({ retryable: true, pushback: null });
    const timeout = Object.assign(new Error("no whole answer"), { code: "TIMEOUT" });
    expect(explainNetwork(timeout, endpoint, "reached")).toMatchObject({ pushback: { kind: "timeout" } });
    const reset = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    expect(explainNetwork(reset, endpoint, "reached")).toMatchObject({ retryable: true, pushback: null });
  });
});

describe("one mail is refused, or all of them", () => {
  it.each([
    [400, { code: "context_length_exceeded", message: "maximum context length is 8192 tokens" }],
    [400, { code: "content_filter", message: "The response was filtered" }],
    [400, { code: "content_policy_violation", message: "Your request was rejected by our safety system" }],
    [403, { message: "Your input was flagged by moderation" }],
    [403, "<html><title>Attention Required!</title></html>"],
    [413, { message: "Payload too large" }],
    [422, { message: "invalid" }],
  ])("%i %j concerns this mail", (status, error) => {
    expect(explain(status, error)).toMatchObject({ name: "TeacherError", retryable: false, status });
  });

  it.each([
    [401, { message: "no" }, /The key in TEACHER_KEY is not accepted/],
    [400, { code: "invalid_api_key", message: "Incorrect API key provided" }, /TEACHER_KEY is not accepted/],
    [
      400,
      { code: 400, status: "INVALID_ARGUMENT", message: "API key not valid. Please pass a valid API key." },
      /TEACHER_KEY/,
    ],
    [403, { message: "Country not supported" }, /forbids this use/],
  ])("%i %j concerns the key", (status, error, message) => {
    const explained = explain(status, error);
    expect(explained).toBeInstanceOf(UserError);
    expect(explained.message).toMatch(message);
  });

  it("a page of a firewall before anything worked concerns the endpoint", () => {
    expect(explain(403, "<html><title>Denied</title></html>", { worked: false })).toBeInstanceOf(UserError);
  });
});

describe("passing trouble in the dress of a refusal", () => {
  it.each([
    [400, { message: "Provider returned error", code: 400 }],
    [400, { message: "Model is still loading, try again in a few seconds" }],
    [401, { message: "Authentication service temporarily unavailable" }],
    [404, "<html><title>404 Not Found</title></html>"],
    [404, { message: "Not Found" }],
    [410, ""],
  ])("%i %j is tried again once the endpoint has answered", (status, error) => {
    expect(explain(status, error)).toMatchObject({ name: "TeacherError", retryable: true });
  });

  it("before it has answered there is no API at such an address", () => {
    expect(explain(404, { message: "Not Found" }, { worked: false })).toBeInstanceOf(UserError);
  });
});
