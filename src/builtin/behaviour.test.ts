import { describe, expect, it } from "vitest";
import { startScripted } from "../distill/distill.fixture.ts";
import { answerSchemas, buildMessages } from "../prompts/index.ts";
import { BUILTIN_MODEL } from "./completion.ts";

const body = JSON.stringify({
  model: BUILTIN_MODEL,
  messages: buildMessages({ kind: "generate", email: "Hi" }, { set: "default", redacted: false }),
  max_tokens: 100,
  response_format: { type: "json_schema", json_schema: { name: "x", schema: answerSchemas.default.generate.schema } },
});

async function post(baseUrl: string) {
  const startMs = performance.now();
  const response = await fetch(`${baseUrl}/chat/completions`, { method: "POST", body });
  const answer = await response.json();
  return { status: response.status, headers: response.headers, error: answer.error, ms: performance.now() - startMs };
}

describe("a server that rehearses another", () => {
  it("keeps its limits to itself when asked to, and how long to wait as well", async () => {
    const requestLimit = { perMinute: 60, burst: 1 };
    const { baseUrl } = await startScripted({ requestLimit, announcesLimits: false, retryAfter: false });
    const [first, second] = [await post(baseUrl), await post(baseUrl)];
    expect([first.status, second.status]).toEqual([200, 429]);
    for (const { headers } of [first, second]) {
      const names = [...headers.keys()].filter((name) => /ratelimit|retry/.test(name));
      expect(names).toEqual([]);
    }
    expect(second.error.message).not.toMatch(/try again/);
  });

  it("changes its limits while it runs", async () => {
    const teacher = await startScripted();
    expect((await post(teacher.baseUrl)).headers.get("x-ratelimit-limit-requests")).toBeNull();
    teacher.limit({ requestLimit: { perMinute: 120, burst: 1 } });
    expect((await post(teacher.baseUrl)).headers.get("x-ratelimit-limit-requests")).toBe("120");
    expect((await post(teacher.baseUrl)).status).toBe(429);
    teacher.limit({});
    expect((await post(teacher.baseUrl)).status).toBe(200);
  });

  it("counts the most that an answer may have while it is under way, and gives back the rest", async () => {
    const teacher = await startScripted({ latencyMs: 50, tokenLimit: { perMinute: 600, burst: 2000 } });
    const open = post(teacher.baseUrl);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { headers } = await open;
    const left = Number(headers.get("x-ratelimit-remaining-tokens"));
    expect(left).toBeGreaterThan(2000 - 1000);
    expect(headers.get("x-ratelimit-limit-tokens")).toBe("600");
  });

  it("works on so many requests at once and lets the others wait", async () => {
    const { baseUrl } = await startScripted({ latencyMs: 60, slots: 2 });
    const times = (await Promise.all(Array.from({ length: 6 }, () => post(baseUrl))))
      .map(({ ms }) => ms)
      .sort((a, b) => a - b);
    expect(times[1]).toBeGreaterThan(55);
    expect(times[5]).toBeGreaterThan(3 * 58); // the third pair
  });

  it.each([
    ["rateLimit", 429, "slow_down"],
    ["overload", 503, "server_is_overloaded"],
    ["quota", 429, "credit_balance_exhausted"],
    ["serverError", 500, null],
  ] as const)("fails by %s with %i", async (kind, status, code) => {
    const { baseUrl, requests } = await startScripted({ faults: { [kind]: 1 } });
    expect(await post(baseUrl)).toMatchObject({ status, error: { code } });
    expect(requests.byStatus).toEqual({ [status]: 1 });
  });

  it("is slow now and then", async () => {
    const { baseUrl } = await startScripted({ faults: { slow: 1, slowMs: 80 } });
    const { status, ms } = await post(baseUrl);
    expect(status).toBe(200);
    expect(ms).toBeGreaterThan(75);
  });
});
