import { appendFile, readFile, truncate, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { type Email, renderEmail } from "../mail/index.ts";
import { averageScore, type Feedback, type PromptData, type Scores } from "../prompts/index.ts";
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
      emails: { total: 80, duplicates: 0, fromOwner: 0, sampled: 80 },
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
      expect(teacher.requests.mostInFlight).toBeGreaterThan(concurrency / 10); // how many at once is the machine's affair
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
    expect(report.emails).toEqual({ total: 61, duplicates: 1, fromOwner: 0, sampled: 40 });
    expect(teacher.requests.total - asked).toBe(
      report.calls.generate + report.calls.judge + report.calls.refine - asked,
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
