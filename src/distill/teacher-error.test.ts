import { describe, expect, it } from "vitest";
import { readErrorBody, readRetryAfter } from "./teacher-error.ts";

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
});
