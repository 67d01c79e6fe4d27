import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { pasteable } from "../../errors.ts";
import { makeEmail, makeRecipe, makeRun, readResults, startScripted } from "../distill.fixture.ts";
import { distillEmails } from "../distill.ts";
import { connectStore } from "./connection.ts";
import { printable, readAnswer, readCall, readNotice } from "./foreign.ts";
import { joinRun } from "./join.ts";
import { PROTOCOL, type Timing } from "./store.ts";
import { work } from "./work.ts";
import { hasRedis, startRedis } from "./workers.fixture.ts";

const endpoint = { role: "teacher", baseUrl: "https://api.example.org/v1", model: "m", needsKey: true };
const notice = { protocol: PROTOCOL, session: "s", state: "running", endpoints: [endpoint], capacity: 4 };
const call = { role: "teacher", body: "{}", timeoutMs: 1000, maxBytes: 1000 };
/** Values that stand where another is expected. */
const odd: readonly unknown[] = [
  ...[null, true, "", "x", 0, -1, 0.5, 1e308, 2 ** 53, [], [1], {}, { length: 2e9 }, { toString: "x" }],
];
const forge = (whole: object, key: string, value: unknown) => JSON.stringify({ ...whole, [key]: value });

describe("what lies in Redis", () => {
  it("is read against its form: a notice", () => {
    expect(readNotice(JSON.stringify(notice), "mine")).toEqual(notice);
    expect(readNotice(JSON.stringify({ ...notice, apiKeyEnv: "HOME", headers: { a: "b" } }), "mine")).toEqual(notice);
    const named = { ...endpoint, apiKeyEnv: "HOME", headers: { host: "evil" }, extraBody: {}, proxy: "http://evil" };
    expect(readNotice(forge(notice, "endpoints", [named]), "mine").endpoints).toEqual([endpoint]);
    expect(() => readNotice(forge(notice, "protocol", PROTOCOL + 1), "mine")).toThrow("led by another version");
    const texts = [
      ...["", "{", "null", "[]", '"x"', "1", '{"__proto__": {"state": "running"}}'],
      ...odd.flatMap((value) => ["state", "endpoints", "capacity"].map((key) => forge(notice, key, value))),
      ...odd.map((value) => forge(notice, "endpoints", [value])),
      ...odd.flatMap((value) =>
        ["role", "baseUrl"].map((key) => forge(notice, "endpoints", [{ ...endpoint, [key]: value }])),
      ),
      ...["__proto__", "constructor", "toString"].map((role) => forge(notice, "endpoints", [{ ...endpoint, role }])),
      forge(notice, "endpoints", [endpoint, endpoint]),
      forge(notice, "endpoints", [{ ...endpoint, model: "gpt\u001b[2J\u001b[1;1Htype your password" }]),
      forge(notice, "endpoints", [{ ...endpoint, baseUrl: "https://a\nteacher.apiKeyEnv=AWS_SECRET_ACCESS_KEY" }]),
      forge(notice, "endpoints", [{ ...endpoint, model: "m\u202e" }]),
    ];
    for (const text of texts)
      expect([text, expectRefusal(() => readNotice(text, "mine"))]).toEqual([
        text,
        expect.stringMatching(/^What lies in Redis for the run "mine" is no notice of one/),
      ]);
  });

  it("is read against its form: a call, and an answer", () => {
    expect(readCall(JSON.stringify(call))).toEqual(call);
    expect(
      readCall(JSON.stringify({ ...call, baseUrl: "http://evil", headers: {}, path: "../../etc/passwd" })),
    ).toEqual(call);
    for (const value of odd)
      for (const key of ["role", "timeoutMs", "maxBytes"])
        expect([value, key, readCall(forge(call, key, value))]).toEqual([value, key, null]);
    for (const value of odd.filter((value) => typeof value !== "string"))
      expect(readCall(forge(call, "body", value))).toBeNull();
    for (const role of ["judge ", "__proto__", "constructor"]) expect(readCall(forge(call, "role", role))).toBeNull();
    for (const text of ["", "[]", "null", "1", '"x"', "{}"])
      expect([readCall(text), readAnswer(text)]).toEqual([null, null]);

    const answer = { status: 200, headers: { "set-cookie": ["a"], date: "now" }, text: "{}" };
    expect(readAnswer(JSON.stringify(answer))).toEqual(answer);
    expect(readAnswer(JSON.stringify({ code: "ECONNRESET", message: "x" }))).toEqual({
      code: "ECONNRESET",
      message: "x",
    });
    for (const value of odd) expect(readAnswer(forge(answer, "status", value))).toBeNull();
    for (const value of odd.filter((value) => typeof value !== "string"))
      expect(readAnswer(forge(answer, "text", value))).toBeNull();
    for (const headers of [null, 1, "x", { a: 1 }, { a: { b: "c" } }, { a: null }])
      expect(readAnswer(JSON.stringify({ ...answer, headers }))).toBeNull();
    const polluted = readAnswer('{"status": 200, "text": "", "headers": {"__proto__": "x", "constructor": "y"}}');
    expect(polluted).toMatchObject({ status: 200 });
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it("is shown as one line that moves no cursor, and quoted where it may be pasted", () => {
    expect(printable("host\u001b]0;x\u0007-1")).toBe("host\uFFFD]0;x\uFFFD-1");
    expect(pasteable("teacher.baseUrl=https://api.openai.com/v1")).toBe("teacher.baseUrl=https://api.openai.com/v1");
    expect(pasteable("teacher.baseUrl=https://a/?v=1&reboot")).toBe("'teacher.baseUrl=https://a/?v=1&reboot'");
    expect(pasteable("$(id)'`id`")).toBe("'$(id)'\\''`id`'");
  });
});

function expectRefusal(run: () => unknown): string {
  try {
    return `took ${JSON.stringify(run())}`;
  } catch (error) {
    return (error as Error).message;
  }
}

const timing: Timing = { leaseMs: 3000, beatMs: 400, sweepMs: 300, limboMs: 1500 };
const name = "foreign";

describe.skipIf(!hasRedis)("a run in whose Redis somebody else writes", { timeout: 120_000 }, () => {
  it("goes on beside forged calls and answers of every shape, and sends none of them elsewhere", async () => {
    const redis = await startRedis();
    const client = await redis.client();
    const evil = await startScripted({ latencyMs: 1 });
    const teacher = await startScripted({ latencyMs: 60 });
    const mails = Array.from({ length: 20 }, (_, i) => makeEmail(i));
    const [run, alone] = [await makeRun(mails), await makeRun(mails)];
    await distillEmails({ ...alone, recipe: makeRecipe((await startScripted()).baseUrl) });
    const recipe = makeRecipe(teacher.baseUrl, { concurrency: 4 });
    const workers = { url: redis.url, name, timing, onNotice: () => {} };
    const running = distillEmails({ ...run, recipe, workers });
    const named = { teacher: { baseUrl: teacher.baseUrl, apiKeyEnv: null } };
    const worker = joinRun({ ...workers, named, signal: new AbortController().signal });
    while (teacher.requests.total < 2) await new Promise((resolve) => setTimeout(resolve, 5));

    const key = (part: string) => `pocketreply:{${name}}:${part}`;
    const forged = [
      ...["", "null", "[]", "1", '{"__proto__": {}}'],
      ...odd.flatMap((value) => Object.keys(call).map((field) => forge(call, field, value))),
      ...["judge", "__proto__", "constructor"].map((role) => forge(call, "role", role)),
      JSON.stringify({ ...call, timeoutMs: 0, baseUrl: evil.baseUrl, apiKeyEnv: "HOME" }),
    ].filter((text) => readCall(text) === null || readCall(text)?.role === "judge"); // a true call would be asked, at our cost
    for (const [i, text] of forged.entries()) {
      await client.hset(key("calls"), `../../forged-${i}`, text);
      await client.rpush(key("queue"), `../../forged-${i}`);
    }
    // Answers to what is waited for: each is asked for again.
    for (const id of await client.hkeys(key("calls")))
      if (!id.startsWith("..")) {
        await client.hset(key("paid"), id, '{"status": 200, "headers": null, "text": 5}');
        await client.publish(key("answers"), id);
      }
    const report = await running;
    const share = await worker;

    expect(report.accepted + report.rejected).toBe(20);
    expect(await readResults(run.paths)).toEqual(await readResults(alone.paths));
    expect(share.calls).toBeGreaterThan(0);
    expect(evil.requests.total).toBe(0);
    expect(await client.hkeys(key("calls"))).toEqual([]);
  });

  it("ends a worker in one line where the notice is none", async () => {
    const redis = await startRedis();
    const client = await redis.client();
    const join = () =>
      joinRun({ url: redis.url, name, timing, signal: new AbortController().signal, onNotice: () => {} });
    await client.set(`pocketreply:{${name}}:run`, JSON.stringify({ ...notice, endpoints: null }));
    await expect(join()).rejects.toThrow(/^What lies in Redis for the run "foreign" is no notice of one \(endpoints\)/);
    await client.del(`pocketreply:{${name}}:run`);
    await client.hset(`pocketreply:{${name}}:run`, "a", "b");
    await expect(join()).rejects.toThrow(/^Redis at \S+ refuses a command of this run \(WRONGTYPE/);
    await client.del(`pocketreply:{${name}}:run`);
    const baseUrl = "https://evil.example/$(id>/tmp/x)";
    await client.set(`pocketreply:{${name}}:run`, forge(notice, "endpoints", [{ ...endpoint, baseUrl }]));
    await expect(join()).rejects.toThrow(`add 'teacher.baseUrl=${baseUrl}' teacher.apiKeyEnv=VARIABLE`);
  });

  it("leaves no key in Redis where the endpoint shows what it was sent", async () => {
    process.env.POCKETREPLY_TEST_KEY = "sk-shown-by-a-debug-page";
    const server = createServer((request, response) => {
      response.writeHead(500, { "x-seen": request.headers.authorization });
      response.end(JSON.stringify({ error: { message: `failed with ${JSON.stringify(request.headers)}` } }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      delete process.env.POCKETREPLY_TEST_KEY;
      server.close();
    });
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const redis = await startRedis();
    const store = await connectStore({ url: redis.url, name, onNotice: () => {}, timing });
    await store.run("ask", "a", JSON.stringify(call));
    const stop = new AbortController();
    const own = {
      ...endpoint,
      role: "teacher",
      baseUrl,
      apiKeyEnv: "POCKETREPLY_TEST_KEY",
      headers: { "x-team": "team-secret-7" },
    } as const;
    const working = work({
      store,
      run: name,
      worker: "w",
      endpoints: [own],
      capacity: 1,
      signal: stop.signal,
      yieldsOwnFaults: false,
    });
    let answer: string | null = null;
    while (answer === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      answer = await store.redis.hget(store.keys.failed, "a");
    }
    stop.abort(new Error("done"));
    await working;
    store.close();
    expect(answer).toContain("Bearer …");
    expect(answer).toContain('"x-seen":"Bearer …"');
    expect(answer).not.toMatch(/sk-shown|team-secret/);
  });
});
