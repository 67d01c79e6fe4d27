import { appendFile, readFile, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Email, renderEmail } from "../mail/index.ts";
import {
  makeEmail,
  makeRecipe,
  makeRun,
  readResults,
  readRows,
  scriptedAnswer,
  startScripted,
} from "./distill.fixture.ts";
import { distillEmails } from "./distill.ts";
import type { AttemptRow } from "./journal.ts";
import { averageScore, type Feedback, type PromptData, type Scores } from "./prompts.ts";
import type { Preference, Rejected, Reply } from "./results.ts";

const mails = (count: number) => Array.from({ length: count }, (_, i) => makeEmail(i));

/** The paper's loop for one mail, written down once more in the plainest way. */
function expectedDrafts(email: Email, threshold = 0.8): { reply: string; scores: Scores }[] {
  const text = renderEmail(email);
  const ask = (data: PromptData) =>
    scriptedAnswer(data) as { response: string; refined_response: string; scores: Scores; feedback: Feedback };
  const drafts = [];
  let { response: reply } = ask({ kind: "generate", email: text });
  for (let round = 0; ; round++) {
    const { scores, feedback } = ask({ kind: "judge", email: text, reply });
    drafts.push({ reply, scores });
    if (averageScore(scores) >= threshold || round === 3) return drafts;
    reply = ask({ kind: "refine", email: text, reply, scores, feedback }).refined_response;
  }
}

describe("the loop over HTTP", () => {
  it("accepts, refines and rejects as the paper says, and reports what it did", async () => {
    const teacher = await startScripted();
    const run = await makeRun(mails(80));
    const report = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl) });
    const replies = await readRows<Reply>(run.paths.replies);
    const rejected = await readRows<Rejected>(run.paths.rejected);
    const preferences = await readRows<Preference>(run.paths.preferences);

    const expected = mails(80).map((email) => ({ id: email.id, drafts: expectedDrafts(email) }));
    const isGood = ({ drafts }: (typeof expected)[number]) => averageScore(drafts.at(-1)!.scores) >= 0.8;
    const good = expected.filter(isGood);
    expect(replies.map(({ id, reply, scores, attempts }) => ({ id, reply, scores, attempts }))).toEqual(
      good.map(({ id, drafts }) => ({ id, ...drafts.at(-1)!, attempts: drafts.length })),
    );
    expect(rejected.map(({ id, reason, attempts }) => [id, reason, attempts])).toEqual(
      expected.filter((mail) => !isGood(mail)).map(({ id }) => [id, "threshold", 4]),
    );
    expect(preferences.map(({ id, attempt, rejected, accepted }) => [id, attempt, rejected, accepted])).toEqual(
      good.flatMap(({ id, drafts }) =>
        drafts.slice(0, -1).map((draft, i) => [id, i + 1, draft.reply, drafts.at(-1)!.reply]),
      ),
    );
    expect(rejected.length).toBeGreaterThan(0); // else the script tests nothing
    expect(preferences.length).toBeGreaterThan(0);

    const drafts = expected.reduce((sum, mail) => sum + mail.drafts.length, 0);
    expect(report).toMatchObject({
      accepted: good.length,
      rejected: 80 - good.length,
      rejectedByReason: { threshold: 80 - good.length },
      calls: { generate: 80, judge: drafts, refine: drafts - 80 },
      outcomes: { ok: 2 * drafts, defect: 0, refused: 0, unanswered: 0 },
      retries: 0,
      emails: { total: 80, duplicates: 0, sampled: 80 },
    });
    expect(Object.values(report.acceptedByAttempt).reduce((sum, count) => sum + count, 0)).toBe(good.length);
    expect(JSON.parse(await readFile(run.paths.report, "utf8"))).toEqual(report);
    expect(teacher.requests.total).toBe(2 * drafts); // every call once
    expect(teacher.requests.mostInFlight).toBeLessThanOrEqual(50);
  });

  it("does nothing where the results are complete", async () => {
    const teacher = await startScripted();
    const run = await makeRun(mails(5));
    const recipe = makeRecipe(teacher.baseUrl);
    const report = await distillEmails({ ...run, recipe });
    const asked = teacher.requests.total;
    const attempts = await readFile(run.paths.attempts, "utf8");
    expect(await distillEmails({ ...run, recipe })).toEqual(report);
    expect(teacher.requests.total).toBe(asked);
    expect(await readFile(run.paths.attempts, "utf8")).toBe(attempts);
  });

  it("writes the same bytes with 1 and with 50 requests in flight, and never has more in flight", async () => {
    const results = [];
    for (const concurrency of [1, 50]) {
      const teacher = await startScripted({ latencyMs: concurrency === 1 ? 0 : 100 });
      const run = await makeRun(mails(70));
      await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { concurrency }) });
      results.push(await readResults(run.paths));
      expect(teacher.requests.mostInFlight).toBeLessThanOrEqual(concurrency);
      expect(teacher.requests.mostInFlight).toBeGreaterThan(concurrency / 2);
    }
    expect(results[0]).toEqual(results[1]);
  });

  it("asks a judge of its own at its own endpoint", async () => {
    const [teacher, judge] = [await startScripted(), await startScripted()];
    const run = await makeRun(mails(6));
    const recipe = makeRecipe(teacher.baseUrl);
    const report = await distillEmails({
      ...run,
      recipe: { ...recipe, judge: { ...recipe.teacher, baseUrl: judge.baseUrl } },
    });
    expect(teacher.requests.total).toBe(report.calls.generate + report.calls.refine);
    expect(judge.requests.total).toBe(report.calls.judge);
  });

  it("takes a random sample by seed; a larger one pays only for the mails that are new", async () => {
    const teacher = await startScripted();
    const run = await makeRun([...mails(60), makeEmail(3)]);
    const ids = async () =>
      [...(await readRows<Reply>(run.paths.replies)), ...(await readRows<Rejected>(run.paths.rejected))]
        .map((row) => row.id)
        .sort();
    await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { sample: 20 }) });
    const small = await ids();
    const asked = teacher.requests.total;
    const report = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { sample: 40 }) });
    const large = await ids();
    expect(small).toHaveLength(20);
    expect(large).toHaveLength(40);
    expect(large).toEqual(expect.arrayContaining(small));
    expect(small).not.toEqual(mails(20).map((mail) => mail.id));
    expect(report.emails).toEqual({ total: 61, duplicates: 1, sampled: 40 });
    expect(teacher.requests.total - asked).toBe(
      report.calls.generate + report.calls.judge + report.calls.refine - asked,
    );
  });
});

describe("faults", () => {
  it("loses no row and doubles none when one request in four goes wrong, and writes what an undisturbed run writes", async () => {
    const faults = {
      serverError: 0.05,
      hang: 0.05,
      reset: 0.03,
      cutBody: 0.05,
      html: 0.03,
      notJson: 0.02,
      empty: 0.02,
    };
    const [good, bad] = [await startScripted(), await startScripted({ faults })];
    const [calm, rough] = [await makeRun(mails(70)), await makeRun(mails(70))];
    await distillEmails({ ...calm, recipe: makeRecipe(good.baseUrl) });
    const report = await distillEmails({ ...rough, recipe: makeRecipe(bad.baseUrl, { timeoutMs: 1000, retries: 9 }) });
    expect(await readResults(rough.paths)).toEqual(await readResults(calm.paths));
    expect(report.retries).toBeGreaterThan(20);
  });

  it("asks again, a limited number of times, when the model answers with chatter", async () => {
    const teacher = await startScripted({ faults: { chatter: 0.3 } });
    const run = await makeRun(mails(60));
    const report = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl) });
    const rejected = await readRows<Rejected>(run.paths.rejected);
    const ids = [...(await readRows<Reply>(run.paths.replies)), ...rejected].map((row) => row.id).sort();
    expect(ids).toEqual(mails(60).map((mail) => mail.id));
    expect(report.outcomes.defect).toBeGreaterThan(10);
    const defect = rejected.find((row) => row.reason === "defect")!; // 0.3³ a call, several calls a mail
    expect(defect.detail).toMatch(/^(generate|judge|refine): the answer is not a JSON object, 3 times$/);
  });

  it("keeps to the server's limits: every row, by Retry-After alone", async () => {
    const teacher = await startScripted({ requestLimit: { perMinute: 6000, burst: 10 } });
    const run = await makeRun(mails(20));
    const report = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { retries: 40 }) });
    expect(report.accepted + report.rejected).toBe(20);
    expect(report.rejectedByReason.unanswered).toBeUndefined();
    expect(teacher.requests.byStatus[429]).toBe(report.retries);
  });

  it("rejects a mail that the endpoint turns down, and one on which it always breaks, with the reason", async () => {
    const scripted = await startScripted();
    const proxy = await startProxy(scripted.baseUrl, (body) => {
      if (body.includes("Report 3\\n"))
        return { status: 400, error: { message: "prompt is too rude", type: "invalid_request_error" } };
      return body.includes("Report 5\\n") ? { status: 500, error: { message: "assertion failed" } } : null;
    });
    const run = await makeRun(mails(12));
    const report = await distillEmails({ ...run, recipe: makeRecipe(proxy, { retries: 1 }) });
    const rejected = (await readRows<Rejected>(run.paths.rejected)).filter((row) => row.reason !== "threshold");
    expect(rejected.map(({ id, reason, detail }) => [id, reason, detail.replace(/127.0.0.1:\d+/, "…")])).toEqual([
      ["mail-000003", "refused", "generate: 400 from http://…/v1: prompt is too rude"],
      ["mail-000005", "unanswered", "generate: 500 from http://…/v1: assertion failed (tried 2 times), 3 times"],
    ]);
    expect(report.accepted + report.rejected).toBe(12);
  });
});

describe("what stops a run", () => {
  it("an empty account: one call, everything kept, and it goes on when there is money again", async () => {
    let quota: number | undefined = 30;
    const scripted = await startScripted();
    let asked = 0;
    const proxy = await startProxy(scripted.baseUrl, () => {
      const empty = quota !== undefined && asked >= quota;
      asked++;
      return empty
        ? { status: 429, error: { message: "no credit", type: "insufficient_quota", code: "credit_balance_exhausted" } }
        : null;
    });
    const run = await makeRun(mails(40));
    const recipe = makeRecipe(proxy, { concurrency: 4 });
    await expect(distillEmails({ ...run, recipe })).rejects.toThrow(
      /account has no money or quota left.*no credit.*Everything so far is kept/s,
    );
    expect(asked).toBeLessThanOrEqual(30 + 4);
    const paid = (await readRows<AttemptRow>(run.paths.attempts)).filter((row) => row.outcome === "ok").length;
    expect(paid).toBe(30);
    asked = 0;
    quota = 0;
    await expect(distillEmails({ ...run, recipe })).rejects.toThrow(/quota/);
    expect(asked).toBe(1);
    asked = 0;
    quota = undefined;
    const report = await distillEmails({ ...run, recipe });
    expect(asked).toBe(report.outcomes.ok - paid);
  });

  it("an outage: no mail is blamed for it, and the next run finishes", async () => {
    let down = false;
    const scripted = await startScripted();
    const proxy = await startProxy(scripted.baseUrl, () => {
      if (scripted.requests.total > 50) down = true;
      return down ? { status: 503, error: { message: "overloaded" } } : null;
    });
    const run = await makeRun(mails(60));
    const recipe = makeRecipe(proxy, { retries: 2 });
    await expect(distillEmails({ ...run, recipe })).rejects.toThrow(
      /failed on 5 mails in a row.*503.*overloaded.*run the same command again/s,
    );
    const rows = await readRows<AttemptRow>(run.paths.attempts);
    expect(rows.filter((row) => row.outcome === "unanswered")).toEqual([]);
    await expect(readFile(run.paths.report)).rejects.toThrow("ENOENT");
    const again = await startProxy(scripted.baseUrl, () => null, Number(new URL(proxy).port));
    const report = await distillEmails({ ...run, recipe: makeRecipe(again) });
    expect(report.accepted + report.rejected).toBe(60);
    expect(report.sessions).toBe(2);
    expect(scripted.requests.total).toBe(report.outcomes.ok);
  });

  it("an abort, at once, with the reason given", async () => {
    const teacher = await startScripted({ latencyMs: 60_000 });
    const controller = new AbortController();
    const run = await makeRun(mails(10));
    setTimeout(() => controller.abort(new Error("Ctrl-C")), 100);
    await expect(
      distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { timeoutMs: 60_000 }), signal: controller.signal }),
    ).rejects.toThrow("Ctrl-C");
  });

  it("no mail", async () => {
    const run = await makeRun([]);
    await expect(distillEmails({ ...run, recipe: makeRecipe("builtin") })).rejects.toThrow(
      /emails.jsonl holds no mail.*Import/,
    );
  });
});

describe("the journal of an earlier run", () => {
  it("loses only a torn last line", async () => {
    const teacher = await startScripted();
    const run = await makeRun(mails(10));
    const recipe = makeRecipe(teacher.baseUrl);
    const report = await distillEmails({ ...run, recipe });
    const results = await readResults(run.paths);
    const text = await readFile(run.paths.attempts, "utf8");
    await truncate(run.paths.attempts, Buffer.byteLength(text) - 20);
    await writeFile(run.paths.report, "{}");
    const again = await distillEmails({ ...run, recipe });
    expect(await readResults(run.paths)).toEqual(results);
    expect(teacher.requests.total).toBe(report.outcomes.ok + 1);
    expect(again.sessions).toBe(2);
  });

  it("is refused under other settings, with what differs and what to do; other rules only decide anew", async () => {
    const teacher = await startScripted();
    const run = await makeRun(mails(30));
    const recipe = makeRecipe(teacher.baseUrl);
    const strict = await distillEmails({ ...run, recipe });
    const asked = teacher.requests.total;
    await expect(distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { temperature: 0.2 }) })).rejects.toThrow(
      /made with other settings:\n {2}distill.temperature: 0.7 there, 0.2 now\nTo go on with them, put these settings back. To start fresh, choose another run folder, or delete/,
    );
    const lax = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { threshold: 0.7 }) });
    expect(lax.accepted).toBeGreaterThan(strict.accepted);
    expect(teacher.requests.total).toBe(asked);
    const expected = mails(30)
      .map((email) => expectedDrafts(email, 0.7))
      .filter((drafts) => averageScore(drafts.at(-1)!.scores) >= 0.7);
    expect((await readRows<Reply>(run.paths.replies)).map((row) => row.reply)).toEqual(
      expected.map((drafts) => drafts.at(-1)!.reply),
    );
  });

  it("does not serve a mail whose text has changed", async () => {
    const teacher = await startScripted();
    const run = await makeRun(mails(4));
    const recipe = makeRecipe(teacher.baseUrl);
    await distillEmails({ ...run, recipe });
    const changed = [makeEmail(0), makeEmail(1, "Something else entirely, please answer."), makeEmail(2), makeEmail(3)];
    await writeFile(run.emails, changed.map((mail) => `${JSON.stringify(mail)}\n`).join(""));
    const asked = teacher.requests.total;
    await distillEmails({ ...run, recipe });
    expect(teacher.requests.total - asked).toBe(expectedDrafts(changed[1]).length * 2);
  });

  it("is refused where it is not a journal", async () => {
    const run = await makeRun(mails(1));
    await appendFile(run.paths.attempts, '{"some":"row"}\n');
    await expect(distillEmails({ ...run, recipe: makeRecipe("builtin") })).rejects.toThrow(
      /attempts.jsonl, line 1: expected a journal row \(JSON\), got an object with the keys some\. To start fresh/,
    );
  });
});

type Verdict = { status: number; error: object } | null;

/** A server in front of another that answers in its place where `decide` says so. */
async function startProxy(target: string, decide: (body: string) => Verdict, port = 0): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const verdict = decide(body);
    if (verdict) {
      response.writeHead(verdict.status, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: verdict.error }));
      return;
    }
    const answer = await fetch(target.replace("/v1", request.url!), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(await answer.text());
  });
  if (port) await freePort(port);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  servers.set((server.address() as AddressInfo).port, server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const servers = new Map<number, ReturnType<typeof createServer>>();

async function freePort(port: number): Promise<void> {
  const server = servers.get(port)!;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
