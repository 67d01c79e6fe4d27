import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BatchBehaviour } from "../../builtin/batches.ts";
import type { Recipe } from "../../recipe.ts";
import {
  makeEmail,
  makeRecipe,
  makeRun,
  readResults,
  readRows,
  scriptedAnswer,
  startScripted,
} from "../distill.fixture.ts";
import { distillEmails } from "../distill.ts";
import type { DistillReport } from "../distill-report.ts";
import type { AttemptRow } from "../journal-rows.ts";

const mails = (count: number) => Array.from({ length: count }, (_, i) => makeEmail(i));
const price = { input: 1, cachedInput: null, output: 4 };

/** A run folder with a place for batches. */
async function makeBatchRun(count: number) {
  const run = await makeRun(mails(count));
  const folder = dirname(run.emails);
  return {
    ...run,
    paths: { ...run.paths, batches: join(folder, "batches.json"), batchFiles: join(folder, "batches") },
  };
}

function inBatches(baseUrl: string, distill: Partial<Recipe["distill"]> = {}, batch: object = {}): Recipe {
  const recipe = makeRecipe(baseUrl, distill);
  const quick = { ...recipe.distill.batch, pollSeconds: 0.01, ...batch };
  return {
    ...recipe,
    teacher: { ...recipe.teacher, price },
    distill: { ...recipe.distill, mode: "batch", batch: quick },
  };
}

/** The same mails, call by call. */
async function distilOneByOne(count: number, distill: Partial<Recipe["distill"]> = {}) {
  const teacher = await startScripted();
  const run = await makeRun(mails(count));
  const recipe = makeRecipe(teacher.baseUrl, distill);
  const report = await distillEmails({ ...run, recipe: { ...recipe, teacher: { ...recipe.teacher, price } } });
  return { run, report, results: await readResults(run.paths) };
}

async function distilInBatches(
  count: number,
  batches: BatchBehaviour,
  { distill = {}, batch = {} }: { distill?: Partial<Recipe["distill"]>; batch?: object } = {},
) {
  const teacher = await startScripted({ batches });
  const run = await makeBatchRun(count);
  const recipe = inBatches(teacher.baseUrl, distill, batch);
  const report = await distillEmails({ ...run, recipe });
  return { teacher, run, recipe, report, results: await readResults(run.paths) };
}

/** A run that was stopped while its first batch was under way; the batch ends when it is released. */
async function leaveUnderWay(count: number) {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const stop = new AbortController();
  const teacher = await startScripted({
    batches: {
      hold: () => held,
      async onRequest(what) {
        if (what.startsWith("GET /v1/batches/")) stop.abort(new Error("stopped by hand"));
        return undefined;
      },
    },
  });
  const run = await makeBatchRun(count);
  const recipe = inBatches(teacher.baseUrl);
  await expect(distillEmails({ ...run, recipe, signal: stop.signal })).rejects.toThrow("stopped by hand");
  return { teacher, run, recipe, release };
}

/** Calls with an answer, each of which must stand in the journal once. */
async function answeredCalls(path: string): Promise<string[]> {
  const rows = (await readRows<AttemptRow>(path)).filter((row) => row.outcome === "ok" || row.outcome === "defect");
  return rows.map((row) => `${row.emailId}/${row.kind}/${row.round}/${row.repeat}`).sort();
}

/** Every request that went out is accounted for, once. */
function expectSums({ batch }: DistillReport): void {
  const { answered, failed, expired, missing, unclaimed, requests } = batch!;
  expect(answered + failed + expired + missing + unclaimed).toBe(requests);
}

describe("distill in batches", () => {
  it("gives byte for byte the rows of single calls, at half the price, and leaves nothing behind", async () => {
    const calm = await distilOneByOne(80);
    const { report, results, run, teacher } = await distilInBatches(80, {});
    expect(results).toEqual(calm.results);
    expect(await answeredCalls(run.paths.attempts)).toEqual(await answeredCalls(calm.run.paths.attempts));
    expect(report.calls).toEqual(calm.report.calls);
    expect(report.promptTokens).toBe(calm.report.promptTokens);
    expect(report.costUsd).toBeCloseTo(calm.report.costUsd! / 2, 10);
    expect(report.lostUsd).toBe(0);
    // generate, judge, and both again for each of three refinements
    expect(report.batch).toMatchObject({ waves: 8, batches: 8, requests: report.outcomes.ok, expired: 0, missing: 0 });
    expectSums(report);
    expect(await readdir(run.paths.batchFiles)).toEqual([]);
    const listed = await (await fetch(`${teacher.baseUrl}/files`)).json();
    expect(listed).toMatchObject({ data: [] });
    const rows = await readRows<AttemptRow>(run.paths.attempts);
    const single = await readRows<AttemptRow>(calm.run.paths.attempts);
    expect(Object.keys(rows[1])).toEqual(Object.keys(single[1]));
  });

  it("does nothing when it is complete, whichever way it is asked again", async () => {
    const { report, run, recipe, teacher } = await distilInBatches(5, {});
    const asked = teacher.requests.total;
    expect(await distillEmails({ ...run, recipe })).toEqual(report);
    const single = { ...recipe, distill: { ...recipe.distill, mode: "sync" as const } };
    expect(await distillEmails({ ...run, recipe: single })).toEqual(report);
    expect(teacher.requests.total).toBe(asked);
  });

  it("splits a wave by requests and by bytes", async () => {
    const calm = await distilOneByOne(24);
    const byRequests = await distilInBatches(24, { requestsPerFile: 7 }, { batch: { requestsPerFile: 7 } });
    expect(byRequests.results).toEqual(calm.results);
    expect(byRequests.report.batch!.batches).toBeGreaterThanOrEqual(2 * 4); // 7, 7, 7 and 3 in each of the first two waves

    const sizes: number[] = [];
    const teacher = await startScripted({
      batches: {
        async onRequest(what) {
          if (what !== "POST /v1/batches") return undefined;
          const { data } = (await (await fetch(`${teacher.baseUrl}/files`)).json()) as { data: { bytes: number }[] };
          sizes.push(data[0].bytes); // the newest
          return undefined;
        },
      },
    });
    const run = await makeBatchRun(24);
    await distillEmails({ ...run, recipe: inBatches(teacher.baseUrl, {}, { bytesPerFile: 40_000 }) });
    expect(await readResults(run.paths)).toEqual(calm.results);
    expect(sizes.length).toBeGreaterThan(8);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(40_000);
    expect(Math.max(...sizes)).toBeGreaterThan(30_000);
  });

  it("uses what an expired, a cancelled and a failed batch brought, and asks again for the rest", async () => {
    const calm = await distilOneByOne(40);
    const endings = ["expire", "cancel", "fail", "expire"] as const;
    const { report, results, run } = await distilInBatches(40, { ending: (n) => endings[n - 1] ?? "complete" });
    expect(results).toEqual(calm.results);
    expect(await answeredCalls(run.paths.attempts)).toEqual(await answeredCalls(calm.run.paths.attempts));
    expect(report.outcomes).toMatchObject({ ok: calm.report.outcomes.ok, unanswered: 0 });
    expect(report.batch!.expired).toBe(report.batch!.requests - report.outcomes.ok);
    expect(report.batch!.expired).toBeGreaterThanOrEqual(20 + 20); // half of the 40 of the first two waves
    expect(report.batch!.failedBatches).toBe(1);
    expectSums(report);
  });

  it("counts and repeats what is missing, failed or unreadable, and takes no line twice and none of another", async () => {
    const calm = await distilOneByOne(120);
    const faults = { serverError: 0.06, missing: 0.06, duplicate: 0.06, foreign: 0.06, malformed: 0.06, seed: 3 };
    const { report, results, run } = await distilInBatches(120, { faults }, { distill: { failedPasses: 9 } });
    expect(results).toEqual(calm.results);
    expect(await answeredCalls(run.paths.attempts)).toEqual(await answeredCalls(calm.run.paths.attempts));
    const { batch } = report;
    for (const name of ["failed", "missing", "duplicated", "foreign", "malformed"] as const)
      expect(batch![name], name).toBeGreaterThan(0);
    expect(batch!.missing).toBeGreaterThanOrEqual(batch!.malformed); // a line that cannot be read is missing
    expect(report.outcomes.unanswered).toBe(batch!.failed + batch!.missing);
    expect(report.lostUsd).toBeGreaterThan(0); // what was lost on the way may have been billed
    expectSums(report);
  });

  it("gives a mail up after distill.failedPasses failures, with the reason", async () => {
    const { report, run } = await distilInBatches(
      30,
      { faults: { serverError: 0.4, seed: 5 } },
      { distill: { failedPasses: 1 } },
    );
    expect(report.rejectedByReason.unanswered).toBeGreaterThan(0);
    expect(report.accepted + report.rejected).toBe(30);
    const rejected = await readRows<{ reason: string; detail: string }>(run.paths.rejected);
    expect(rejected.find(({ reason }) => reason === "unanswered")!.detail).toContain("500 from");
  });

  it("stops with the reason where waves bring nothing, and goes on later", async () => {
    let broken = true;
    const teacher = await startScripted({ batches: { ending: () => (broken ? "fail" : "complete") } });
    const run = await makeBatchRun(10);
    const recipe = inBatches(teacher.baseUrl);
    await expect(distillEmails({ ...run, recipe })).rejects.toThrow(
      /3 batch waves in a row brought no answer; the last failure: server_error The batch failed/,
    );
    broken = false;
    const report = await distillEmails({ ...run, recipe });
    expect(report.accepted + report.rejected).toBe(10);
  });

  it("makes no batch twice where the answer to its making is lost", async () => {
    const calm = await distilOneByOne(20);
    const created: string[] = [];
    const { results, report } = await distilInBatches(20, {
      onRequest: async (what) => {
        if (what !== "POST /v1/batches") return undefined;
        created.push(what);
        return created.length <= 2 ? "lose" : undefined;
      },
    });
    expect(results).toEqual(calm.results);
    expect(created.length).toBe(report.batch!.batches);
  });

  it("waits and sends smaller files where the queue of prompt tokens is full", async () => {
    const calm = await distilOneByOne(30);
    const { report, results } = await distilInBatches(
      30,
      { queueTokens: 6000, latencyMs: 100 },
      { batch: { requestsPerFile: 10 } },
    );
    expect(results).toEqual(calm.results);
    expect(report.batch!.queueFull).toBeGreaterThan(0);
    expect(report.outcomes.ok).toBe(calm.report.outcomes.ok);
    expect(report.batch!.requests - report.outcomes.ok).toBeLessThanOrEqual(report.batch!.queueFull * 10);
  });

  it("sends no private detail where mail is redacted", async () => {
    const bodies: string[] = [];
    const teacher = await startScripted({
      answer: (data) => {
        bodies.push(JSON.stringify(data));
        return scriptedAnswer(data);
      },
    });
    const run = await makeRun(
      Array.from({ length: 5 }, (_, i) =>
        makeEmail(i, `Dear team,\n\ncall me at +44 20 7946 0${i}58 or write to me${i}@secret.example.\n\nAda`),
      ),
    );
    const folder = dirname(run.emails);
    const paths = { ...run.paths, batches: join(folder, "batches.json"), batchFiles: join(folder, "batches") };
    await distillEmails({ ...run, paths, recipe: inBatches(teacher.baseUrl, { redact: "on" }) });
    expect(bodies.length).toBeGreaterThan(5);
    expect(bodies.join("\n")).not.toMatch(/secret\.example|7946/);
    expect(await readFile(run.paths.attempts, "utf8")).not.toMatch(/secret\.example|7946/);
  });
});

describe("a batch that is taken in for the second time", () => {
  it("journals only what the first time did not: a process was killed halfway", async () => {
    const calm = await distilOneByOne(30);
    let asked = 0;
    let snapshot: { state: string; requests: [string, string][] } | null = null;
    const teacher = await startScripted({
      answer(data) {
        asked++;
        return scriptedAnswer(data);
      },
      batches: {
        async onRequest(what) {
          if (!what.endsWith("/content") || snapshot) return undefined;
          const { batches, batchFiles } = run.paths;
          const names = (await readdir(batchFiles)).filter((name) => name.endsWith("requests.jsonl"));
          const read = async (name: string): Promise<[string, string]> => {
            const path = join(batchFiles, name);
            return [path, await readFile(path, "utf8")];
          };
          snapshot = { state: await readFile(batches, "utf8"), requests: await Promise.all(names.map(read)) };
          return undefined;
        },
      },
    });
    const run = await makeBatchRun(30);
    const recipe = inBatches(teacher.baseUrl, {}, { deleteFiles: false });
    await distillEmails({ ...run, recipe });
    expect(asked).toBe(calm.report.outcomes.ok);

    const lines = (await readFile(run.paths.attempts, "utf8")).split("\n");
    await writeFile(run.paths.attempts, `${lines.slice(0, 1 + 13).join("\n")}\n`); // the header and 13 of 30 first drafts
    await writeFile(run.paths.batches, snapshot!.state);
    for (const [path, text] of snapshot!.requests) await writeFile(path, text);
    await rm(run.paths.report);
    asked = 0;
    const report = await distillEmails({ ...run, recipe });
    expect(await readResults(run.paths)).toEqual(calm.results);
    expect(asked).toBe(calm.report.outcomes.ok - 30); // no draft of the first wave again
    expect(report.batch).toMatchObject({ answered: calm.report.outcomes.ok, unclaimed: 0, missing: 0 });

    const [path] = snapshot!.requests[0]; // and without the request file
    await writeFile(run.paths.attempts, `${lines.slice(0, 1 + 13).join("\n")}\n`);
    await writeFile(run.paths.batches, snapshot!.state);
    await rm(path, { force: true });
    await rm(run.paths.report);
    asked = 0;
    await distillEmails({ ...run, recipe });
    expect(await readResults(run.paths)).toEqual(calm.results);
    expect(asked).toBe(calm.report.outcomes.ok - 30);
  });

  it("keeps answers for mails that the sample no longer holds, and counts those for mails that changed", async () => {
    const { teacher, run, release } = await leaveUnderWay(12);
    release();
    const changed = mails(12).map((mail, i) => (i < 2 ? { ...mail, body: `${mail.body} Now!` } : mail));
    await writeFile(run.emails, changed.map((mail) => `${JSON.stringify(mail)}\n`).join(""));
    const report = await distillEmails({ ...run, recipe: inBatches(teacher.baseUrl, { sample: 6 }) });
    expect(report.emails.sampled).toBe(6);
    expect(report.accepted + report.rejected).toBe(6);
    expect(report.batch!.unclaimed).toBe(2);
    const rows = (await readRows<AttemptRow>(run.paths.attempts)).filter(({ kind }) => kind === "generate");
    expect(new Set(rows.map(({ emailId }) => emailId)).size).toBeGreaterThanOrEqual(10);
    expectSums(report);
  });
});

describe("stop rules of batches", () => {
  it("accept: the first in the order of the mails, none more than single calls take", async () => {
    const calm = await distilOneByOne(60, { accept: 20 });
    const { report, results } = await distilInBatches(60, {}, { distill: { accept: 20 } });
    expect(results).toEqual(calm.results);
    expect(report).toMatchObject({ accepted: 20, stopped: { rule: "accept" } });
    expect(report.outcomes.ok).toBe(calm.report.outcomes.ok);
  });

  it("budgetUsd: is never passed, and the run goes on when it is raised", async () => {
    const whole = await distilInBatches(40, {});
    const budgetUsd = whole.report.costUsd! / 2;
    const teacher = await startScripted();
    const run = await makeBatchRun(40);
    const part = await distillEmails({ ...run, recipe: inBatches(teacher.baseUrl, { budgetUsd }) });
    expect(part.stopped).toMatchObject({ rule: "budgetUsd" });
    expect(part.costUsd! + part.lostUsd).toBeLessThanOrEqual(budgetUsd);
    expect(part.accepted).toBeGreaterThan(0);
    const rest = await distillEmails({ ...run, recipe: inBatches(teacher.baseUrl, { budgetUsd: 1000 }) });
    expect(await readResults(run.paths)).toEqual(whole.results);
    expect(rest.outcomes.ok).toBe(whole.report.outcomes.ok);
  });

  it("budgetMinutes: leaves the batch under way, refuses single calls meanwhile, and takes it in later", async () => {
    const calm = await distilOneByOne(10);
    const { teacher, run, release } = await leaveUnderWay(10);
    const stopped = await distillEmails({ ...run, recipe: inBatches(teacher.baseUrl, { budgetMinutes: 1e-9 }) });
    expect(stopped).toMatchObject({ stopped: { rule: "budgetMinutes" }, undecided: 10, calls: { generate: 0 } });
    expect(existsSync(run.paths.batches)).toBe(true);
    const single = inBatches(teacher.baseUrl);
    const asked = teacher.requests.total;
    await expect(
      distillEmails({ ...run, recipe: { ...single, distill: { ...single.distill, mode: "sync" } } }),
    ).rejects.toThrow(/A batch with 10 requests of this run folder is under way/);
    expect(teacher.requests.total).toBe(asked);
    release();
    const report = await distillEmails({ ...run, recipe: inBatches(teacher.baseUrl) });
    expect(await readResults(run.paths)).toEqual(calm.results);
    expect(report.batch!.requests).toBe(calm.report.outcomes.ok); // the first batch was taken in, not made again
  });
});

describe("requests that are turned down", () => {
  const error = (message: string, code?: string) => ({ message, type: "invalid_request_error", code });

  it("for a parameter: they go out again without it, and every later one too", async () => {
    const calm = await distilOneByOne(12);
    const { results, report } = await distilInBatches(12, {
      refuse: (body) =>
        "temperature" in body
          ? { status: 400, error: error("Unsupported value: 'temperature' does not support 0.7 with this model.") }
          : null,
    });
    expect(results).toEqual(calm.results);
    expect(report.droppedParameters.teacher).toEqual(["temperature"]);
    expect(report.batch).toMatchObject({ failed: 12, requests: 12 + calm.report.outcomes.ok });
    expect(report.outcomes).toMatchObject({ ok: calm.report.outcomes.ok, refused: 0 });
  });

  it("by an endpoint that turns bad: the run stops, rejects nothing, and goes on later without paying twice", async () => {
    const calm = await distilOneByOne(40);
    let left = 10;
    const crashed = { status: 400, error: error("The model has crashed without additional information.") };
    const teacher = await startScripted({ batches: { refuse: () => (left-- > 0 ? null : crashed) } });
    const run = await makeBatchRun(40);
    const recipe = inBatches(teacher.baseUrl);
    await expect(distillEmails({ ...run, recipe })).rejects.toThrow(
      /turned down 30 requests of a batch and answered 10; the last refusal: 400 .*crashed.*No mail is rejected/s,
    );
    expect(await answeredCalls(run.paths.attempts)).toHaveLength(10);
    left = Number.POSITIVE_INFINITY;
    const report = await distillEmails({ ...run, recipe });
    expect(await readResults(run.paths)).toEqual(calm.results);
    expect(report.outcomes).toMatchObject({ ok: calm.report.outcomes.ok, refused: 0 });
    expect(report.batch!.requests).toBe(calm.report.outcomes.ok + 30);
  });

  it("or answered with nothing of use: the run stops after one batch, and says with what", async () => {
    const teacher = await startScripted({ batches: {}, answer: () => "As a language model I can help." });
    const run = await makeBatchRun(30);
    await expect(distillEmails({ ...run, recipe: inBatches(teacher.baseUrl) })).rejects.toThrow(
      /None of the 30 answers of a batch .*"As a language model I can help\."/s,
    );
    const rows = await readRows<AttemptRow & { lostUsd?: number }>(run.paths.attempts);
    expect(rows.filter(({ outcome }) => outcome === "defect")).toEqual([]);
    expect(rows.reduce((sum, row) => sum + (row.lostUsd ?? 0), 0)).toBeGreaterThan(0);
  });

  it("for an empty account: the run stops with what to do, keeps what came, and asks only for the rest", async () => {
    const calm = await distilOneByOne(12);
    let left = 7;
    const teacher = await startScripted({
      batches: {
        refuse: () =>
          left-- > 0 ? null : { status: 429, error: { ...error("No credit.", "credit_balance_exhausted") } },
      },
    });
    const run = await makeBatchRun(12);
    const recipe = inBatches(teacher.baseUrl);
    await expect(distillEmails({ ...run, recipe })).rejects.toThrow(/no money or quota left/);
    expect(await answeredCalls(run.paths.attempts)).toHaveLength(7);
    left = Number.POSITIVE_INFINITY;
    const report = await distillEmails({ ...run, recipe });
    expect(await readResults(run.paths)).toEqual(calm.results);
    expect(report.batch!.requests).toBe(calm.report.outcomes.ok + 5);
  });

  it("for an unknown model or a wrong key: the run stops and says so", async () => {
    const teacher = await startScripted({ apiKey: "right" });
    const run = await makeBatchRun(3);
    await expect(distillEmails({ ...run, recipe: inBatches(teacher.baseUrl) })).rejects.toThrow(
      /POCKETREPLY_TEST_KEY is not set/,
    );
    const open = await startScripted();
    const other = await makeBatchRun(3);
    const recipe = inBatches(open.baseUrl);
    await expect(
      distillEmails({ ...other, recipe: { ...recipe, teacher: { ...recipe.teacher, model: "gpt-0" } } }),
    ).rejects.toThrow(/does not know the model "gpt-0"/);
  });
});

describe("a batch that the provider does not know", () => {
  it("stops the run before anything is paid twice", async () => {
    const { teacher: first, run } = await leaveUnderWay(3);
    const state = (await readFile(run.paths.batches, "utf8")).replace(/"batchId": "[^"]*"/, '"batchId": "batch-gone"');
    await writeFile(run.paths.batches, state);
    const asked = first.requests.total;
    await expect(distillEmails({ ...run, recipe: inBatches(first.baseUrl) })).rejects.toThrow(
      /does not know the batch batch-gone\. Use the key of the same account/,
    );
    expect(first.requests.total).toBe(asked + 1);
  });
});

describe("endpoints without a Batch API", () => {
  it("says so", async () => {
    const server = createServer((_, response) => response.writeHead(404).end("{}"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const run = await makeBatchRun(2);
    await expect(distillEmails({ ...run, recipe: inBatches(`http://127.0.0.1:${port}/v1`) })).rejects.toThrow(
      /There is no Batch API at .*Use distill\.mode=sync/,
    );
    server.closeAllConnections();
    server.close();
  });
});
