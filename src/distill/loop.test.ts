import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { makeEmail, makeRecipe, makeRun, readResults, readRows, startProxy, startScripted } from "./distill.fixture.ts";
import { distillEmails } from "./distill.ts";
import type { AttemptRow } from "./journal-rows.ts";
import type { Rejected, Reply } from "./results.ts";

const mails = (count: number) => Array.from({ length: count }, (_, i) => makeEmail(i));

describe("faults", () => {
  it("loses no row and doubles none when one request in four goes wrong, and writes what an undisturbed run writes", async () => {
    const faults = {
      serverError: 0.08,
      hang: 0.02,
      reset: 0.03,
      cutBody: 0.05,
      html: 0.03,
      notJson: 0.02,
      empty: 0.02,
    };
    const [good, bad] = [await startScripted(), await startScripted({ faults })];
    const [calm, rough] = [await makeRun(mails(70)), await makeRun(mails(70))];
    await distillEmails({ ...calm, recipe: makeRecipe(good.baseUrl) });
    const report = await distillEmails({
      ...rough,
      recipe: makeRecipe(bad.baseUrl, { timeoutMs: 3000, retries: 9, concurrency: 20 }),
    });
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
    expect(defect.detail).toMatch(
      /^(generate|judge|refine): the answer is not (a JSON object|one JSON object and nothing else), 3 times$/,
    );
  });

  it("keeps to the server's limits: every row, by Retry-After alone", async () => {
    const teacher = await startScripted({ requestLimit: { perMinute: 1800, burst: 5 } });
    const run = await makeRun(mails(10));
    const report = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { retries: 100 }) });
    expect(report.accepted + report.rejected).toBe(10);
    expect(report.rejectedByReason.unanswered).toBeUndefined();
    expect(teacher.requests.byStatus[429] ?? 0).toBe(report.retries);
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
