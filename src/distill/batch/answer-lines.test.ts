import { describe, expect, it } from "vitest";
import { readAnswerLine } from "./answer-lines.ts";
import { isQueueFull, readQueueLimit } from "./api.ts";
import { customIdOf, emailIdOf } from "./request-file.ts";

const read = (value: unknown) => readAnswerLine(Buffer.from(typeof value === "string" ? value : JSON.stringify(value)));

describe("a line of a batch's files", () => {
  it("is an answer, an error with a status, or never worked on", () => {
    const body = { choices: [] };
    // The forms of OpenAI's guide to the Batch API.
    expect(
      read({ id: "r", custom_id: "a", response: { status_code: 200, request_id: "x", body }, error: null }),
    ).toEqual({
      customId: "a",
      line: { kind: "answer", text: '{"choices":[]}' },
    });
    const error = { message: "no", type: "invalid_request_error" };
    expect(read({ custom_id: "a", response: { status_code: 400, body: { error } }, error: null })?.line).toEqual({
      kind: "error",
      status: 400,
      text: JSON.stringify({ error }),
    });
    const expired = { code: "batch_expired", message: "This request could not be executed before the window expired." };
    expect(read({ custom_id: "a", response: null, error: expired })?.line).toEqual({ kind: "expired" });
    expect(read({ custom_id: "a", response: null, error: { code: "server_error", message: "x" } })?.line).toMatchObject(
      {
        kind: "error",
        status: 500,
      },
    );
  });

  it("is none where it is cut, no object, without a name, or says nothing", () => {
    for (const value of ['{"custom_id":"a","resp', "[]", "null", "7", { response: null }, { custom_id: 7 }])
      expect(read(value), JSON.stringify(value)).toBeNull();
    expect(read({ custom_id: "a", response: null, error: null })).toBeNull();
  });
});

describe("the name of a request", () => {
  const sent = { id: "0123/4567", digest: "89abcdef0123" };
  const call = { step: "call", data: { kind: "generate", email: "" }, round: 0, repeat: 0 } as const;

  it("gives the mail back, whatever its id, and stays short", () => {
    const name = customIdOf(call, sent, []);
    expect(name).toBe("0123/4567/89abcdef/generate/0/0/0");
    expect(emailIdOf(name)).toBe("0123/4567");
    expect(customIdOf(call, { ...sent, id: "0123456789abcdef" }, []).length).toBeLessThanOrEqual(64);
  });

  it("is another after a failure, a repeat, or a change of the mail", () => {
    const failed = { kind: "generate", round: 0, outcome: "unanswered" } as const;
    const other = { kind: "judge", round: 0, outcome: "unanswered" } as const;
    const names = [
      customIdOf(call, sent, []),
      customIdOf(call, sent, [failed]),
      customIdOf({ ...call, repeat: 1 }, sent, []),
      customIdOf(call, { ...sent, digest: "ffffffff" }, []),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(customIdOf(call, sent, [other])).toBe(names[0]);
  });
});

describe("a full queue", () => {
  it("is told by code or words, with its limit", () => {
    // As in github.com/openai/openai-python/issues/2084.
    const message =
      "Enqueued token limit reached for gpt-4o-mini in organization org-1. Limit: 2,000,000 enqueued tokens. Please try again once some in_progress batches have been completed.";
    expect(isQueueFull("token_limit_exceeded", "")).toBe(true);
    expect(isQueueFull("", message)).toBe(true);
    expect(readQueueLimit(message)).toBe(2_000_000);
    expect(isQueueFull("rate_limit_exceeded", "Rate limit reached for gpt-4o on tokens per min.")).toBe(false);
    expect(readQueueLimit("Too much is enqueued.")).toBeNull();
  });
});
