import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Email } from "../mail/index.ts";
import { makeEmail, makeFolder, makeRecipe, makeRun, readRows, startScripted } from "./distill.fixture.ts";
import { distillEmails } from "./distill.ts";
import type { Preference, Rejected, Reply } from "./results.ts";
import { type Review, readReviews, reviewedDigest } from "./reviews.ts";

const review = (email: Email, decision: Review["decision"], reply: string | null = null, note: string | null = null) =>
  ({
    id: email.id,
    emailDigest: reviewedDigest(email),
    decision,
    reply,
    attempt: null,
    note,
    at: "2026-01-01T00:00:00Z",
  }) satisfies Review;
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

async function distilled() {
  const mails = Array.from({ length: 40 }, (_, i) => makeEmail(i));
  const run = await makeRun(mails);
  const teacher = await startScripted();
  const paths = { ...run.paths, reviews: join(run.paths.replies, "..", "reviews.jsonl") };
  const again = (options: object = {}, distill: object = {}) =>
    distillEmails({ ...run, paths, recipe: makeRecipe(teacher.baseUrl, distill), ...options });
  const first = await again();
  const read = async () => ({
    replies: await readRows<Reply>(paths.replies),
    rejected: await readRows<Rejected>(paths.rejected),
    preferences: await readRows<Preference>(paths.preferences),
  });
  return { mails, paths, teacher, again, first, read };
}

describe("what a person decided", { timeout: 60_000 }, () => {
  it("stands above teacher and judge, in every file, and costs no call", async () => {
    const { mails, paths, teacher, again, first, read } = await distilled();
    const before = await read();
    const calls = teacher.requests.total;
    const [kept, dropped, edited] = before.replies;
    const wasRejected = before.rejected[0];
    await writeFile(
      paths.reviews,
      lines([
        review(kept.email, "accept", kept.reply),
        review(dropped.email, "reject", null, "too stiff"),
        review(edited.email, "accept", "Dear Ada, it is attached."),
        review(wasRejected.email, "accept", wasRejected.reply),
      ]),
    );
    const report = await again();
    const after = await read();
    expect(teacher.requests.total).toBe(calls);
    expect(after.replies).toHaveLength(before.replies.length); // one out, one in
    expect(after.replies.find(({ id }) => id === kept.id)).toEqual({ ...kept, review: "accepted" });
    expect(after.replies.find(({ id }) => id === edited.id)).toMatchObject({
      reply: "Dear Ada, it is attached.",
      review: "edited",
      scores: null,
      attempts: edited.attempts,
    });
    expect(after.replies.find(({ id }) => id === wasRejected.id)).toMatchObject({
      reply: wasRejected.reply,
      scores: wasRejected.scores,
      review: "accepted",
    });
    expect(after.rejected.find(({ id }) => id === dropped.id)).toMatchObject({
      reason: "reviewer",
      detail: "too stiff",
      reply: dropped.reply,
    });
    // The person's words against each draft that the teacher wrote.
    const pairs = after.preferences.filter(({ id }) => id === edited.id);
    expect(pairs).toHaveLength(edited.attempts);
    expect(pairs.at(-1)).toMatchObject({
      rejected: edited.reply,
      accepted: "Dear Ada, it is attached.",
      acceptedScores: null,
    });
    expect(after.preferences.some(({ id }) => id === dropped.id)).toBe(false);
    expect(after.replies.map(({ id }) => mails.findIndex((mail) => mail.id === id))).toEqual(
      after.replies.map(({ id }) => mails.findIndex((mail) => mail.id === id)).sort((a, b) => a - b),
    );
    expect(report).toMatchObject({ accepted: first.accepted, reviewed: { accepted: 2, edited: 1, rejected: 1 } });
    expect(report.rejectedByReason).toMatchObject({ reviewer: 1 });
    expect(report.rejectedByReason.threshold ?? 0).toBe(first.rejected - 1);
    expect(report.reviewsDigest).toMatch(/^[0-9a-f]{16}$/);
  });

  it("is gone when it is taken back: the same files as before it", async () => {
    const { paths, again, read } = await distilled();
    const before = await read();
    await writeFile(paths.reviews, lines([review(before.replies[0].email, "reject")]));
    await again();
    expect((await read()).replies).toHaveLength(before.replies.length - 1);
    await appendFile(paths.reviews, lines([review(before.replies[0].email, "undo")]));
    expect((await again()).reviewsDigest).toBeNull();
    expect(await read()).toEqual(before);
  });

  it("decides a mail before a call is made for it, and counts towards distill.accept", async () => {
    const mails = Array.from({ length: 12 }, (_, i) => makeEmail(i));
    const run = await makeRun(mails);
    const teacher = await startScripted();
    const paths = { ...run.paths, reviews: join(run.paths.replies, "..", "reviews.jsonl") };
    await writeFile(paths.reviews, lines([review(mails[0], "accept", "Yes."), review(mails[1], "reject")]));
    const recipe = makeRecipe(teacher.baseUrl, { accept: 3, concurrency: 1 });
    const report = await distillEmails({ ...run, paths, recipe });
    const replies = await readRows<Reply>(paths.replies);
    expect(report.accepted).toBe(3);
    expect(replies[0]).toMatchObject({ id: mails[0].id, reply: "Yes.", scores: null, attempts: 0, review: "edited" });
    const called = await readRows<{ emailId?: string }>(paths.attempts);
    expect(called.filter(({ emailId }) => emailId === mails[0].id || emailId === mails[1].id)).toEqual([]);
  });

  it("leaves finished results as they are where they were trained on", async () => {
    const { paths, again, read, first } = await distilled();
    const before = await read();
    await writeFile(paths.reviews, lines([review(before.replies[0].email, "reject")]));
    expect((await again({ keepFinished: true })).reviewsDigest).toBe(first.reviewsDigest);
    expect(await read()).toEqual(before);
  });

  it("does not hold for a mail that reads differently now", async () => {
    const path = join(await makeFolder(), "reviews.jsonl");
    const email = makeEmail(1);
    await writeFile(path, lines([review(email, "reject")]));
    const reviews = await readReviews(path);
    expect(reviews.find(email)?.decision).toBe("reject");
    expect(reviews.find({ ...email, body: "Something else." })).toBeNull();
    expect(reviews.last(email.id)?.decision).toBe("reject");
  });

  it("names the line that is no decision", async () => {
    const path = join(await makeFolder(), "reviews.jsonl");
    const email = makeEmail(1);
    for (const bad of [
      { id: "x" },
      { ...review(email, "accept"), reply: " " },
      { ...review(email, "reject"), decision: "maybe" },
    ]) {
      await writeFile(path, lines([review(email, "reject"), bad]));
      await expect(readReviews(path)).rejects.toThrow(/reviews\.jsonl.*line 2[\s\S]*decision/);
    }
  });
});

describe("a reviews.jsonl whose last line was cut", () => {
  it("holds the decisions before it, at every byte of the cut; any other bad line is named", async () => {
    const folder = await makeFolder();
    const path = join(folder, "reviews.jsonl");
    const [first, second] = [0, 1].map((i) => lines([review(makeEmail(i), "accept", "Ja, schön.")]));
    for (let cut = 1; cut < Buffer.byteLength(second) - 1; cut++) {
      await writeFile(path, Buffer.concat([Buffer.from(first), Buffer.from(second).subarray(0, cut)]));
      const reviews = await readReviews(path);
      expect([reviews.size, reviews.isTorn]).toEqual([1, true]);
    }
    await writeFile(path, first + second.trimEnd());
    expect([(await readReviews(path)).size, (await readReviews(path)).isTorn]).toEqual([2, false]);
    await writeFile(path, `${second.slice(0, 20)}\n${first}`);
    await expect(readReviews(path)).rejects.toThrow("line 1");
  });
});
