import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { BudgetSpent, createBudget } from "../endpoint/index.ts";
import type { Recipe } from "../recipe.ts";
import { makeEmail, makeRecipe, makeRun, readResults, readRows, startScripted } from "./distill.fixture.ts";
import { distillEmails } from "./distill.ts";
import type { AttemptRow } from "./journal.ts";
import type { Rejected, Reply } from "./results.ts";

const mails = (count: number) => Array.from({ length: count }, (_, i) => makeEmail(i));
const price = { input: 1, cachedInput: null, output: 4 };
const priced = (recipe: Recipe): Recipe => ({ ...recipe, teacher: { ...recipe.teacher, price } });

describe("distill.accept", () => {
  it("stops at exactly so many, the first in the order of the mails, whatever the concurrency, without a call too many", async () => {
    const teacher = await startScripted();
    const whole = await makeRun(mails(60));
    await distillEmails({ ...whole, recipe: makeRecipe(teacher.baseUrl) });
    const all = await readRows<Reply>(whole.paths.replies);
    const rejectedOfAll = await readRows<Rejected>(whole.paths.rejected);
    const last = all[19].id; // the twentieth accepted one
    const results = [];
    for (const concurrency of [1, 8, 50]) {
      const endpoint = await startScripted({ latencyMs: concurrency === 1 ? 0 : 5 });
      const run = await makeRun(mails(60));
      const recipe = makeRecipe(endpoint.baseUrl, { concurrency, accept: 20 });
      const report = await distillEmails({ ...run, recipe });
      expect(report).toMatchObject({ accepted: 20, stopped: { rule: "accept" } });
      expect(await readRows<Reply>(run.paths.replies)).toEqual(all.slice(0, 20));
      expect(await readRows<Rejected>(run.paths.rejected)).toEqual(rejectedOfAll.filter(({ id }) => id < last));
      expect(report.undecided).toBe(60 - report.accepted - report.rejected);
      results.push({ files: await readResults(run.paths), calls: endpoint.requests.total });
    }
    expect(results[1]).toEqual(results[0]); // the same bytes for the same number of calls
    expect(results[2]).toEqual(results[0]);
  });

  it("goes on when it is raised, paying only for what is new, and says when the mails do not suffice", async () => {
    const teacher = await startScripted();
    const run = await makeRun(mails(30));
    const few = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { accept: 5 }) });
    const asked = teacher.requests.total;
    const again = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { accept: 5 }) });
    expect(again).toEqual(few);
    expect(teacher.requests.total).toBe(asked);
    const more = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { accept: 10 }) });
    expect(more).toMatchObject({ accepted: 10, stopped: { rule: "accept" } });
    const all = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { accept: 1000 }) });
    expect(all).toMatchObject({ stopped: null, undecided: 0 });
    expect(all.accepted + all.rejected).toBe(30);
    expect(teacher.requests.total).toBe(all.outcomes.ok); // no call was made twice
  });

  it("of fewer than are accepted already takes the first of them, without a call", async () => {
    const teacher = await startScripted();
    const run = await makeRun(mails(30));
    await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl) });
    const all = await readRows<Reply>(run.paths.replies);
    const asked = teacher.requests.total;
    await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { accept: 3 }) });
    expect(await readRows<Reply>(run.paths.replies)).toEqual(all.slice(0, 3));
    expect(teacher.requests.total).toBe(asked);
  });
});

describe("distill.budgetUsd", () => {
  it.each([1, 20])(
    "is never exceeded with %i in flight, leaves whole files, and goes on when it is raised",
    async (concurrency) => {
      const faults = { hang: 0.01, cutBody: 0.05, serverError: 0.05 };
      const teacher = await startScripted({ latencyMs: 2, faults });
      const run = await makeRun(mails(60));
      const recipe = (budgetUsd: number | null) =>
        priced(makeRecipe(teacher.baseUrl, { concurrency, budgetUsd, timeoutMs: 500 }));
      const report = await distillEmails({ ...run, recipe: recipe(0.1) });
      const rows = await readRows<AttemptRow & { lostUsd?: number }>(run.paths.attempts);
      const sum = rows.reduce((total, row) => total + (row.costUsd ?? row.lostUsd ?? 0), 0);
      expect(sum).toBeCloseTo(report.costUsd! + report.lostUsd, 9);
      expect(sum).toBeLessThanOrEqual(0.1);
      expect(sum).toBeGreaterThan(0.09); // what remains is less than one call may cost
      expect(report.stopped).toMatchObject({ rule: "budgetUsd", detail: expect.stringContaining("of 0.1 US dollars") });
      expect(report.accepted).toBeGreaterThan(0);
      expect(report.undecided).toBe(60 - report.accepted - report.rejected);
      expect((await readRows<Reply>(run.paths.replies)).length).toBe(report.accepted);
      expect(report.lostUsd).toBeGreaterThan(0);

      const asked = teacher.requests.total;
      expect(await distillEmails({ ...run, recipe: recipe(0.1) })).toEqual(report);
      expect(teacher.requests.total).toBe(asked);
      const more = await distillEmails({ ...run, recipe: recipe(null) });
      expect(more).toMatchObject({ stopped: null, undecided: 0 });
      const calls = (await readRows<AttemptRow>(run.paths.attempts)).filter((row) => row.outcome === "ok");
      expect(new Set(calls.map((row) => `${row.emailId}/${row.kind}/${row.round}`)).size).toBe(calls.length);
    },
  );

  it("asks for a price where none is known, and counts a cost that is not known as not known", async () => {
    const teacher = await startScripted();
    const run = await makeRun(mails(3));
    await expect(distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { budgetUsd: 1 }) })).rejects.toThrow(
      /distill.budgetUsd cannot be kept: the price of "builtin-rules" at .* is not known.*teacher.price.input=2.5/,
    );
    const report = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl) });
    const calls = report.calls.generate + report.calls.judge + report.calls.refine;
    expect(report).toMatchObject({ costUsd: null, callsWithoutCost: calls, prices: { teacher: null } });
    // A price that is given later prices the earlier calls too.
    await writeFile(run.paths.report, "{}");
    const again = await distillEmails({ ...run, recipe: priced(makeRecipe(teacher.baseUrl)) });
    const { promptTokens, completionTokens } = again;
    expect(again.costUsd).toBeCloseTo((promptTokens * 1 + completionTokens * 4) / 1e6, 12);
  });
});

describe("distill.budgetMinutes", () => {
  it("begins no call after it, keeps those in flight, and goes on when it is raised", async () => {
    const teacher = await startScripted({ latencyMs: 40 });
    const run = await makeRun(mails(40));
    const recipe = (budgetMinutes: number | null) => makeRecipe(teacher.baseUrl, { concurrency: 4, budgetMinutes });
    const report = await distillEmails({ ...run, recipe: recipe(0.4 / 60) });
    expect(report.stopped).toMatchObject({ rule: "budgetMinutes" });
    expect(report.undecided).toBeGreaterThan(0);
    expect(teacher.requests.total).toBe(report.outcomes.ok); // every call that was begun is kept
    const asked = teacher.requests.total;
    const none = await distillEmails({ ...run, recipe: recipe(0.2 / 60) }); // over before it begins
    expect(none).toMatchObject({ stopped: { rule: "budgetMinutes" }, undecided: report.undecided });
    expect(teacher.requests.total).toBe(asked);
    const all = await distillEmails({ ...run, recipe: recipe(null) });
    expect(all).toMatchObject({ stopped: null, undecided: 0 });
    expect(teacher.requests.total).toBe(all.outcomes.ok);
  });
});

describe("a budget", () => {
  it("waits for what calls in flight give back, in the order of asking, and refuses when none could", async () => {
    const never = new AbortController().signal;
    const budget = createBudget({ limitUsd: 10, spentUsd: 1 });
    const first = await budget.reserve(6, never);
    const order: string[] = [];
    const reserve = async (usd: number, name: string) => {
      const got = await budget.reserve(usd, never);
      order.push(name);
      return got;
    };
    const [second, third] = [reserve(5, "second"), reserve(1, "third")];
    await Promise.resolve();
    expect(order).toEqual([]);
    first.settle(2);
    (await second).settle(null); // nobody knows: all of it
    (await third).settle(1);
    expect(order).toEqual(["second", "third"]);
    expect(budget).toMatchObject({ spentUsd: 1 + 2 + 5 + 1, reservedUsd: 0 });
    await expect(budget.reserve(1.5, never)).rejects.toThrow(BudgetSpent);
    (await budget.reserve(1, never)).settle(0);
  });

  it("lets go of who gives up, and tells who waits when nothing is left", async () => {
    const stop = new AbortController();
    const budget = createBudget({ limitUsd: 1, spentUsd: 0 });
    const held = await budget.reserve(1, stop.signal);
    const waiting = [budget.reserve(1, stop.signal), budget.reserve(1, new AbortController().signal)];
    stop.abort(new Error("enough"));
    await expect(waiting[0]).rejects.toThrow("enough");
    held.settle(1);
    await expect(waiting[1]).rejects.toThrow("of 1 US dollars, 1.0000 are spent");
  });
});
