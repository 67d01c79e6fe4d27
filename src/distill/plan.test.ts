import { describe, expect, it } from "vitest";
import type { ChatRequest } from "../builtin/http.ts";
import { renderEmail } from "../mail/index.ts";
import { buildMessages } from "../prompts/index.ts";
import type { Recipe } from "../recipe.ts";
import { loadTokenCounter } from "../tokens/index.ts";
import { makeEmail, makeRecipe, makeRun, startScripted } from "./distill.fixture.ts";
import { distillEmails } from "./distill.ts";
import { planDistill } from "./plan.ts";
import { compareRehearsal, rehearsalOf } from "./rehearsal.ts";

const mails = (count: number) => Array.from({ length: count }, (_, i) => makeEmail(i));
const openai = (recipe: Recipe): Recipe => ({
  ...recipe,
  teacher: { ...recipe.teacher, baseUrl: "https://api.openai.com/v1", model: "gpt-4o" },
});
const plan = {
  measured: true,
  refinementsPerMail: 0.5,
  acceptedShare: 0.8,
  replyTokens: 50,
  judgeTokens: 100,
  latencyMs: 1000,
  batchWaveHours: 24,
};

describe("a plan", () => {
  it("counts the tokens of the prompts as they are sent", async () => {
    const sent: ChatRequest[] = [];
    const teacher = await startScripted({ onAnswer: ({ body }) => void sent.push(body) });
    const run = await makeRun(mails(30));
    const recipe = makeRecipe(teacher.baseUrl);
    const report = await distillEmails({ ...run, recipe });
    const count = await loadTokenCounter();
    const { tokensPerCall, calls, assumptions } = await planDistill({ emails: run.emails, recipe, evidence: report });
    expect(calls).toMatchObject(report.calls); // measured on the same run
    expect(assumptions.refinementsPerMail).toEqual({ value: report.calls.refine / 30, from: "measured on 30 mails" });
    for (const [kind, words] of [
      ["generate", "email_reply"],
      ["judge", "reply_evaluation"],
      ["refine", "refined_reply"],
    ] as const) {
      const bodies = sent.filter((body) => JSON.stringify(body.response_format).includes(words));
      const tokens = bodies.reduce(
        (sum, { messages, response_format: format }) =>
          sum +
          3 +
          messages.reduce((total, { content }) => total + count(content) + 3, 0) +
          count(JSON.stringify(format!.json_schema!.schema)),
        0,
      );
      expect(tokensPerCall[kind].prompt / (tokens / bodies.length)).toBeCloseTo(1, 1);
    }
    const exact = count(
      buildMessages({ kind: "generate", email: renderEmail(makeEmail(3)) }, { set: "default", redacted: false })[1]
        .content,
    );
    expect(tokensPerCall.generate.prompt).toBeGreaterThan(exact);
  });

  it("adds up calls, tokens, money and time, by hand", async () => {
    const run = await makeRun(mails(100));
    const limits = { requestsPerMinute: 50, tokensPerMinute: 60_000, concurrency: 10, redact: "off" as const };
    const recipe = { ...openai(makeRecipe("", limits)), plan };
    const {
      calls,
      tokensPerCall,
      tokens,
      money,
      time,
      batch,
      mails: planned,
    } = await planDistill({ emails: run.emails, recipe, evidence: null });
    expect(planned).toEqual({ sampled: 100, expected: 100 });
    expect(calls).toEqual({ generate: 100, judge: 150, refine: 50, total: 300 });
    const prompt =
      100 * tokensPerCall.generate.prompt + 150 * tokensPerCall.judge.prompt + 50 * tokensPerCall.refine.prompt;
    expect(tokens.completion).toBe(150 * 50 + 150 * 100);
    expect(tokens.prompt).toBe(Math.round(prompt));
    expect(money.usd).toBeCloseTo((prompt * 2.5 + tokens.completion * 10) / 1e6, 9); // gpt-4o
    expect(time).toMatchObject({
      byLatency: (300 / 10) * (1 / 60),
      byRequests: 6,
      binds: "requests a minute",
      minutes: Math.max(6, tokens.total / 60_000),
    });
    expect(batch).toMatchObject({ usd: expect.closeTo(money.usd! / 2, 9), waves: 8, mostHours: 192 });
  });

  it.each([
    [{ requestsPerMinute: 1e9, tokensPerMinute: 1000 }, "tokens a minute"],
    [{ requestsPerMinute: null, tokensPerMinute: null }, "concurrency and latency"],
    [{ requestsPerMinute: 10, budgetMinutes: 1 }, "the time budget"],
  ] as const)("says what binds: %j", async (limits, binds) => {
    const run = await makeRun(mails(40));
    const { time } = await planDistill({
      emails: run.emails,
      recipe: { ...makeRecipe("builtin", { concurrency: 2, ...limits }), plan },
      evidence: null,
    });
    expect(time.binds).toBe(binds);
  });

  it("follows the stop rules, and does not guess a price", async () => {
    const run = await makeRun(mails(50));
    const few = await planDistill({
      emails: run.emails,
      recipe: { ...openai(makeRecipe("", { accept: 20, budgetUsd: 0.01 })), plan },
      evidence: null,
    });
    expect(few.mails.expected).toBe(25); // 20 / 0.8
    expect(few.money.mailsInBudget).toBe(Math.floor(0.01 / (few.money.usd! / 25)));
    expect(few.redacted).toBe(true);
    const local = await planDistill({
      emails: run.emails,
      recipe: makeRecipe("http://localhost:1/v1"),
      evidence: null,
    });
    expect(local).toMatchObject({ money: { usd: null, prices: { teacher: null } }, batch: null, redacted: false });
  });
});

describe("a rehearsal", () => {
  it("runs the same mails against the built-in teacher with the plan's limits, latency and prices", async () => {
    const run = await makeRun(mails(20));
    const limits = { requestsPerMinute: 60, tokensPerMinute: 100_000, budgetUsd: 5 };
    const recipe = {
      ...openai(makeRecipe("", limits)),
      plan,
      rehearsal: { serverError: 0.1, hang: 0, cutBody: 0, notJson: 0, chatter: 0 },
    };
    const planned = await planDistill({ emails: run.emails, recipe, evidence: null });
    const rehearsed = rehearsalOf(recipe, planned, 50);
    expect(rehearsed).toMatchObject({
      recipe: {
        teacher: { baseUrl: "builtin", price: { input: 2.5, output: 10 } },
        distill: { redact: "on", requestsPerMinute: 3000 },
      },
      builtin: {
        latencyMs: 20,
        requestLimit: { perMinute: 3000, burst: 50 },
        tokenLimit: { perMinute: 5e6 },
        faults: { serverError: 0.1 },
      },
    });
    const report = await distillEmails({ ...run, ...rehearsed });
    expect(report.accepted + report.rejected).toBe(20);
    expect(report.costUsd).toBeCloseTo((report.promptTokens * 2.5 + report.completionTokens * 10) / 1e6, 9);
    expect(report.retries).toBeGreaterThan(0);
    const comparison = compareRehearsal(planned, report, 1000, 50);
    const row = (figure: string) => comparison.find((entry) => entry.figure === figure);
    expect(row("mails decided")).toMatchObject({ planned: 20, rehearsed: 20 });
    expect(row("time")!.rehearsed).toBeCloseTo(50 / 60, 9);
    expect(row("money")).toMatchObject({ planned: planned.money.usd, rehearsed: report.costUsd });
  });
});
