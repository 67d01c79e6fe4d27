import { describe, expect, it } from "vitest";
import { makeEmail, makeRecipe, makeRun, readResults, readRows, startScripted } from "../distill.fixture.ts";
import { distillEmails } from "../distill.ts";
import type { AttemptRow } from "../journal-rows.ts";
import { joinRun } from "./join.ts";
import type { Timing } from "./store.ts";
import { hasRedis, spawnCoordinator, spawnWorker, startRedis } from "./workers.fixture.ts";

const mails = (count: number) => Array.from({ length: count }, (_, i) => makeEmail(i));
const name = "test";
/** A third of what machines some way apart are given; those of one test see each other at once. */
const timing: Timing = { leaseMs: 3000, beatMs: 400, sweepMs: 300, limboMs: 1500 };
const named = ({ baseUrl }: { baseUrl: string }) => ({ teacher: { baseUrl, apiKeyEnv: "POCKETREPLY_TEST_KEY" } });

/** A worker in this process that names the teacher's endpoint and stays until the run ends. */
function joinQuietly(redis: { url: string }, teacher: { baseUrl: string }) {
  const { signal } = new AbortController();
  return joinRun({ url: redis.url, name, timing, named: named(teacher), signal, onNotice: () => {} });
}

/** What one process alone makes of so many mails. */
async function distilAlone(count: number) {
  const teacher = await startScripted();
  const run = await makeRun(mails(count));
  const report = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl) });
  return { report, results: await readResults(run.paths), calls: teacher.requests.total };
}

/** The calls in the journal, each named once. */
async function readCalls(path: string): Promise<string[]> {
  const rows = await readRows<AttemptRow>(path);
  return rows.filter((row) => row.outcome).map((row) => `${row.emailId}/${row.kind}/${row.round}/${row.repeat}`);
}

/** Resolves when so many requests have come in. */
async function reach(teacher: { requests: { total: number } }, total: number): Promise<void> {
  while (teacher.requests.total < total) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Notices, and a wait for one of them. */
function listen() {
  const notices: string[] = [];
  return {
    notices,
    onNotice: (text: string) => void notices.push(text),
    async until(pattern: RegExp): Promise<void> {
      while (!notices.some((text) => pattern.test(text))) await new Promise((resolve) => setTimeout(resolve, 20));
    },
  };
}

describe.skipIf(!hasRedis)("a run on several machines", { timeout: 120_000 }, () => {
  it("makes the same rows as one process, within one limit, without a key in Redis and with nothing left there", async () => {
    const alone = await distilAlone(60);
    const redis = await startRedis();
    const client = await redis.client();
    const seen: string[] = [];
    const monitor = await client.monitor();
    monitor.on("monitor", (_time: string, args: string[]) => seen.push(args.join(" ")));
    process.env.POCKETREPLY_TEST_KEY = "sk-test-secret";
    const teacher = await startScripted({
      apiKey: "sk-test-secret",
      latencyMs: 20,
      requestLimit: { perMinute: 3000, burst: 50 },
    });
    const run = await makeRun(mails(60));
    const workers = [0, 1].map(() => joinQuietly(redis, teacher));
    const report = await distillEmails({
      ...run,
      recipe: makeRecipe(teacher.baseUrl),
      workers: { url: redis.url, name, timing, onNotice: () => {} },
    });
    const shares = await Promise.all(workers);
    delete process.env.POCKETREPLY_TEST_KEY;
    monitor.disconnect();

    expect(await readResults(run.paths)).toEqual(alone.results);
    expect(report.calls).toEqual(alone.report.calls);
    expect(teacher.requests.byStatus[200]).toBe(alone.calls);
    expect(teacher.requests.byStatus[429] ?? 0).toBeLessThanOrEqual(1);
    const calls = await readCalls(run.paths.attempts);
    expect(new Set(calls).size).toBe(calls.length);
    for (const share of shares) expect(share.calls).toBeGreaterThan(alone.calls / 10);

    expect(seen.some((line) => line.includes("report number"))).toBe(true); // the monitor does see the mail go by
    expect(seen.filter((line) => line.includes("sk-test-secret"))).toEqual([]);
    const left = await client.keys("*");
    expect(left).toEqual([`pocketreply:{${name}}:run`]);
    expect(await client.pttl(left[0])).toBeGreaterThan(0);
  });

  it("loses nothing when a worker is killed in the middle of its calls, and repeats only those", async () => {
    const alone = await distilAlone(40);
    const redis = await startRedis();
    const teacher = await startScripted({ latencyMs: 150 });
    const run = await makeRun(mails(40));
    const recipe = makeRecipe(teacher.baseUrl, { concurrency: 8 });
    const victim = spawnWorker({ url: redis.url, name, timing }, named(teacher));
    const client = await redis.client();
    const connections = async () =>
      String(await client.client("LIST"))
        .trim()
        .split("\n").length;
    await expect.poll(connections, { timeout: 60_000 }).toBeGreaterThan(1); // it waits for the run
    const { onNotice, until, notices } = listen();
    const running = distillEmails({ ...run, recipe, workers: { url: redis.url, name, timing, onNotice } });
    await until(/has joined/);
    const before = teacher.requests.total;
    await reach(teacher, before + 20);
    victim.kill();
    expect(await victim.exit).toBe("SIGKILL");
    const report = await running;

    expect(await readResults(run.paths)).toEqual(alone.results);
    const calls = await readCalls(run.paths.attempts);
    expect(new Set(calls).size).toBe(calls.length);
    const repeated = teacher.requests.total - alone.calls;
    expect(repeated).toBeGreaterThan(0); // else it was killed idle, and the test shows nothing
    expect(report.retries).toBeGreaterThanOrEqual(repeated); // a call may have been lost before it reached the server
    expect(report.retries).toBeLessThanOrEqual(8);
    expect(notices.some((text) => /is gone/.test(text))).toBe(true);
  });

  it("goes on after the coordinator was killed: answers that came meanwhile are not paid again", async () => {
    const alone = await distilAlone(40);
    const redis = await startRedis();
    const teacher = await startScripted({ latencyMs: 150 });
    const run = await makeRun(mails(40));
    const recipe = makeRecipe(teacher.baseUrl, { concurrency: 8 });
    const signal = new AbortController().signal;
    const { onNotice, notices } = listen();
    const worker = joinRun({ url: redis.url, name, timing, named: named(teacher), signal, onNotice });
    const coordinator = spawnCoordinator({ ...run, recipe }, { url: redis.url, name, timing });
    await reach(teacher, 40);
    coordinator.kill();
    expect(await coordinator.exit).toBe("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 400)); // the worker's calls come back to nobody
    const client = await redis.client();
    expect(await client.hlen(`pocketreply:{${name}}:paid`)).toBeGreaterThan(0);

    const cut = teacher.requests.byStatus.none ?? 0; // the calls in the coordinator's own hands
    expect(cut).toBeLessThanOrEqual(8);
    await distillEmails({ ...run, recipe, workers: { url: redis.url, name, timing, onNotice: () => {} } });
    const share = await worker;
    expect(share.calls).toBeGreaterThan(0);
    expect(await readResults(run.paths)).toEqual(alone.results);
    const calls = await readCalls(run.paths.attempts);
    expect(new Set(calls).size).toBe(calls.length);
    // Asked again are the calls that the coordinator itself had in its hands: unanswered, or answered and not yet in the journal.
    expect(teacher.requests.total - alone.calls).toBeLessThanOrEqual(8);
    expect(notices).toContain(`teacher: builtin-rules at ${teacher.baseUrl}`);
  });

  it("waits while Redis is away, and goes on when it comes back empty", async () => {
    const alone = await distilAlone(30);
    const redis = await startRedis();
    const teacher = await startScripted({ latencyMs: 50 });
    const run = await makeRun(mails(30));
    const recipe = makeRecipe(teacher.baseUrl, { concurrency: 4 });
    const { onNotice, notices } = listen();
    const worker = joinQuietly(redis, teacher);
    const running = distillEmails({ ...run, recipe, workers: { url: redis.url, name, timing, onNotice } });
    await reach(teacher, 30);
    await redis.restart(300);
    await running;
    await worker;
    expect(await readResults(run.paths)).toEqual(alone.results);
    const calls = await readCalls(run.paths.attempts);
    expect(new Set(calls).size).toBe(calls.length);
    // An answer that lay in Redis when it died is asked for again: at most what was in flight.
    expect(teacher.requests.total - alone.calls).toBeLessThanOrEqual(4);
    expect(notices.some((text) => /is gone; waiting/.test(text))).toBe(true);
    expect(notices.some((text) => /is back/.test(text))).toBe(true);
  });

  it("lets a worker with a wrong key or none go, and does without it", async () => {
    const redis = await startRedis();
    const teacher = await startScripted({ apiKey: "right", latencyMs: 20 });
    const run = await makeRun(mails(10));
    const recipe = makeRecipe(teacher.baseUrl);
    process.env.POCKETREPLY_TEST_KEY = "right";
    const running = distillEmails({ ...run, recipe, workers: { url: redis.url, name, timing, onNotice: () => {} } });
    await reach(teacher, 1);
    const join = () => joinQuietly(redis, teacher);
    delete process.env.POCKETREPLY_TEST_KEY;
    await expect(join()).rejects.toThrow(/^A key is missing on this machine: POCKETREPLY_TEST_KEY \(for the teacher/);
    process.env.POCKETREPLY_TEST_KEY = "wrong";
    await expect(join()).rejects.toThrow(/refuses this machine's key \(401\)\. Set POCKETREPLY_TEST_KEY here/);
    const report = await running;
    delete process.env.POCKETREPLY_TEST_KEY;
    expect(report.accepted + report.rejected).toBe(10);
    expect(report.retries).toBe(0);
  });

  it("sends only where its own command line says, with the key named there, whatever stands in Redis", async () => {
    const redis = await startRedis();
    const evil = await startScripted({ latencyMs: 1 });
    const teacher = await startScripted({ apiKey: "right", latencyMs: 400 });
    const client = await redis.client();
    process.env.POCKETREPLY_TEST_KEY = "right";
    process.env.POCKETREPLY_OTHER_KEY = "a password of this machine";
    const run = await makeRun(mails(6));
    const running = distillEmails({
      ...run,
      recipe: makeRecipe(teacher.baseUrl),
      workers: { url: redis.url, name, timing, onNotice: () => {} },
    });
    await reach(teacher, 1);
    // Whoever can write to Redis puts another address and variable into the notice.
    const [key] = await client.keys("*run*");
    const notice = JSON.parse((await client.get(key))!);
    expect(JSON.stringify(notice)).not.toContain("POCKETREPLY_TEST_KEY");
    const endpoints = [
      { ...notice.endpoints[0], baseUrl: evil.baseUrl, apiKeyEnv: "POCKETREPLY_OTHER_KEY", needsKey: true },
    ];
    await client.set(key, JSON.stringify({ ...notice, endpoints }));
    const stop = new AbortController();
    const join = (own: object) =>
      joinRun({ url: redis.url, name, timing, ...own, signal: stop.signal, onNotice: () => {} }).catch(
        (error: Error) => error.message,
      );
    expect(await join({})).toMatch(
      /^The run "test" asks its teacher builtin-rules at \S+, and this worker was not told to send there\..*teacher\.baseUrl=/,
    );
    expect(await join({ named: { teacher: { baseUrl: evil.baseUrl, apiKeyEnv: null } } })).toMatch(
      /was not told which variable holds the key for it/,
    );
    const worker = join({ named: named(teacher) });
    const report = await running;
    stop.abort(new Error("done"));
    await worker;
    delete process.env.POCKETREPLY_TEST_KEY;
    delete process.env.POCKETREPLY_OTHER_KEY;
    expect(report.accepted + report.rejected).toBe(6);
    expect(evil.requests.total).toBe(0);
  });

  it("stops by a budget of money that all machines share, with a judge of its own", async () => {
    const redis = await startRedis();
    const teacher = await startScripted({ latencyMs: 10 });
    const run = await makeRun(mails(40));
    const plain = makeRecipe(teacher.baseUrl, { budgetUsd: 0.02 });
    const endpoint = { ...plain.teacher, price: { input: 2, cachedInput: null, output: 10 } };
    const recipe = { ...plain, teacher: endpoint, judge: { ...endpoint, apiKeyEnv: "POCKETREPLY_OTHER_KEY" } };
    const worker = joinQuietly(redis, teacher);
    const report = await distillEmails({
      ...run,
      recipe,
      workers: { url: redis.url, name, timing, onNotice: () => {} },
    });
    await worker;
    expect(report.stopped?.rule).toBe("budgetUsd");
    expect(report.costUsd).toBeLessThanOrEqual(0.02);
    expect(report.undecided).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasRedis)("what can be wrong with --workers", () => {
  const join = (url: string) =>
    joinRun({ url, name, signal: new AbortController().signal, onNotice: () => {} }).catch((error) => error.message);

  it("is told by the first connection", async () => {
    expect(await join("localhost:6379")).toMatch(/^--workers is "localhost:6379", which is no address of a Redis\./);
    expect(await join("redis://u:pw@host/zero")).toMatch(/^--workers is "redis:\/\/…@host\/zero"/);
    expect(await join("redis://127.0.0.1:1/0")).toMatch(
      /^Redis at 127\.0\.0\.1:1\/0 cannot be reached \(.*ECONNREFUSED/,
    );
    const locked = await startRedis("--requirepass", "secret");
    expect(await join(locked.url)).toMatch(/does not let us in \(NOAUTH.*REDIS_PASSWORD/);
    expect(await join(locked.url.replace("//", "//:nope@"))).toMatch(/does not let us in \(WRONGPASS/);
    const few = await startRedis("--databases", "1");
    expect(await join(few.url.replace("/0", "/7"))).toMatch(/has no such database/);
  });

  it("a second coordinator of the same name is turned away", async () => {
    const redis = await startRedis();
    const teacher = await startScripted({ latencyMs: 100 });
    const recipe = makeRecipe(teacher.baseUrl, { concurrency: 2 });
    const [first, second] = [await makeRun(mails(5)), await makeRun(mails(5))];
    const workers = { url: redis.url, name, timing, onNotice: () => {} };
    const running = distillEmails({ ...first, recipe, workers });
    await reach(teacher, 1);
    await expect(distillEmails({ ...second, recipe, workers })).rejects.toThrow(
      /^Another process leads the run "test" already, on \S+\. To work for it: --join test\./,
    );
    await running;
  });
});
