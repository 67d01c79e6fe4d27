/** The API over a real dataset: what the page is told, what a decision does to the files, who is let in. */
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectReasons } from "../../web/view/words.ts";
import { REASON_NO_REPLY, reviewedDigest } from "../distill/index.ts";
import { digest } from "../endpoint/index.ts";
import { criteria } from "../prompts/index.ts";
import type { Facets, MailDetail, ReviewRequest, RowPage, RunInfo } from "./api.ts";
import { createViewApp } from "./app.ts";
import { type Dataset, openDataset } from "./dataset.ts";
import { openTrainingLog } from "./training.ts";
import { makeViewRun, viewEmail } from "./view.fixture.ts";

const key = "k3y";
let run: Awaited<ReturnType<typeof makeViewRun>>;
let dataset: Dataset;
let app: Hono;
let webFolder: string;

beforeAll(async () => {
  run = await makeViewRun(60);
  dataset = await openDataset(run);
  webFolder = await mkdtemp(join(tmpdir(), "web-"));
  await mkdir(join(webFolder, "assets"));
  await writeFile(join(webFolder, "index.html"), "<!doctype html>");
  await writeFile(join(webFolder, "assets", "main-1.js"), "export {};");
  await writeFile(join(webFolder, "..", "secret.js"), "secret");
  const about = { name: "mine", teacher: "t", judge: "j", threshold: 0.8, rule: "mean", refinements: 3 } as const;
  app = createViewApp({
    dataset,
    log: openTrainingLog(run.paths),
    run: about,
    training: () => ({ trained: false, takeIn: "run it" }),
    webFolder,
    key,
    host: "127.0.0.1",
  });
});
afterAll(async () => {
  await dataset.close();
  await run.remove();
  await rm(webFolder, { recursive: true });
  await rm(join(webFolder, "..", "secret.js"));
});

const request = (path: string, init: RequestInit & { host?: string } = {}) => {
  const { host = "127.0.0.1:1", ...rest } = init;
  const headers = { host, "content-type": "application/json", ...rest.headers };
  return app.request(`http://${host}/${key}/api/${path}`, { ...rest, headers });
};
const get = async <T>(path: string) => (await (await request(path)).json()) as T;
const put = (id: string, body: Partial<ReviewRequest>) =>
  request(`rows/${id}/review`, { method: "PUT", body: JSON.stringify(body) });
const rowsOf = async (path: string) =>
  (await readFile(path, "utf8"))
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

it("has a reason of one key that says nothing of the draft, by the name that calibrate knows it by", () => {
  expect(rejectReasons).toContain(REASON_NO_REPLY);
});

describe("what the page is told", () => {
  it("is the run, its rows and the mail, as the files have them", async () => {
    const info = await get<RunInfo>("run");
    // Of 1 to 60, 12 are multiples of 5 and rejected.
    expect(info).toMatchObject({
      name: "mine",
      total: 60,
      byStatus: { accepted: 48, rejected: 12, open: 0 },
      trained: false,
    });
    expect(info.calls).toBe((await rowsOf(run.paths.attempts)).filter((row) => row.emailId).length);

    const page = await get<RowPage>("rows?status=rejected&from=1&size=2");
    expect(page).toMatchObject({ total: 12, from: 1 });
    expect(page.rows.map(({ id }) => id)).toEqual(["mail-10", "mail-15"]);
    expect(page.rows[0]).toMatchObject({ attempts: 4, reason: "threshold", review: "none" });
    expect(page.rows[0].score).toBeCloseTo(0.5 + 3 * 0.05 + 0.015, 9); // the last draft's four scores are 0, 1, 2 and 3 hundredths above its level

    const refined = await get<MailDetail>("rows/mail-3");
    expect(refined.drafts.map(({ reply, passes }) => [reply, passes])).toEqual([
      ["Thank you, this is reply 3 of round 0. Indeed. Indeed. Indeed.", false],
      ["Thank you, this is reply 3 of round 1. Indeed. Indeed. Indeed.", true],
    ]);
    expect(Object.keys(refined.drafts[0].scores!)).toEqual([...criteria]);
    expect(refined.drafts[0].feedback!.relevance).toBe("more relevance, please");
    expect(refined.calls.map(({ kind, attempt }) => [kind, attempt])).toEqual([
      ["generate", 1],
      ["judge", 1],
      ["refine", 2],
      ["judge", 2],
    ]);
    expect(refined.email).toMatchObject({
      from: "Ada Number3 <script>window.hacked = 1</script> <ada3@example.org>",
      body: viewEmail(3).body,
    });
  });

  it("finds the page of a mail, and counts under the query", async () => {
    expect(await get<RowPage>("rows?around=mail-58&size=10")).toMatchObject({ from: 50 });
    const { total, attempts } = await get<Facets>("facets?text=invoice&status=accepted");
    expect(total).toBe(24); // of the 30 even numbers, 6 are multiples of 5
    expect(attempts).toEqual([
      { value: 1, count: 16 },
      { value: 2, count: 8 },
    ]); // multiples of 6 up to 60, two of them of 5
  });

  it("is a clear error where it cannot be answered", async () => {
    for (const [path, status, message] of [
      ["rows/nobody", 404, /no mail of this id/],
      ["rows?status=lost", 400, /status is one of/],
      ["rows?from=-1", 400, /from is a whole number/],
      ["elsewhere", 404, /nothing here/],
    ] as const) {
      const response = await request(path);
      expect(response.status).toBe(status);
      expect((await response.json()).error.message).toMatch(message);
    }
  });
});

describe("a decision", () => {
  it("is on the disk before it is answered, shown at once, and read by distill", async () => {
    const { version } = await get<RunInfo>("run");
    const [kept, other, rejected] = await Promise.all(
      ["mail-1", "mail-2", "mail-5"].map((id) => get<MailDetail>(`rows/${id}`)),
    );
    const edited = await (
      await put("mail-1", { seen: kept.seen, decision: "accept", reply: "  Dear Ada,\r\nyes.\n", attempt: 1 })
    ).json();
    expect(edited).toMatchObject({
      review: "edited",
      decided: { state: "edited", reply: "Dear Ada,\nyes.", attempt: 1 },
      words: 3,
    });
    await put("mail-2", { seen: other.seen, decision: "reject", note: "too short" });
    await put("mail-5", { seen: rejected.seen, decision: "accept", reply: rejected.drafts[1].reply, attempt: 2 });
    expect(await rowsOf(run.paths.reviews)).toMatchObject([
      { id: "mail-1", emailDigest: reviewedDigest(viewEmail(1)), decision: "accept", reply: "Dear Ada,\nyes." },
      { id: "mail-2", decision: "reject", reply: null, note: "too short" },
      { id: "mail-5", decision: "accept", attempt: 2 },
    ]);
    const info = await get<RunInfo>("run");
    expect(info.version).toBeGreaterThan(version);
    expect(info.byReview).toMatchObject({ accepted: 1, edited: 1, rejected: 1, none: 57 });
    expect(info.byStatus).toEqual({ accepted: 48, rejected: 12, open: 0 }); // one out, one in, one as before
    expect(info).toMatchObject({ notTakenIn: 3, takeIn: "run it" });
    expect((await get<RowPage>("rows?review=rejected")).rows.map(({ id }) => id)).toEqual(["mail-2"]);

    const report = await run.distill();
    expect(report).toMatchObject({ accepted: 48, rejected: 12, reviewed: { accepted: 1, edited: 1, rejected: 1 } });
    const replies = await rowsOf(run.paths.replies);
    expect(replies.find(({ id }) => id === "mail-1")).toMatchObject({ reply: "Dear Ada,\nyes.", review: "edited" });
    expect(replies.find(({ id }) => id === "mail-5")).toMatchObject({
      reply: rejected.drafts[1].reply,
      review: "accepted",
    });
    expect(replies.some(({ id }) => id === "mail-2")).toBe(false);

    const undone = (await (await request("rows/mail-1/review", { method: "DELETE" })).json()) as MailDetail;
    expect(undone).toMatchObject({ review: "none", decided: null });
    await new Promise((resolve) => setTimeout(resolve, 1100)); // looked at once a second
    await dataset.refresh();
    expect(dataset.notTakenIn).toBe(1); // distill has written the others; the one taken back still stands there
    const again = await openDataset(run);
    expect(again.rows.map(({ review }) => review)).toEqual(dataset.rows.map(({ review }) => review));
    await again.close();
  });

  it("is refused of a mail that has changed since it was shown, and where it is none", async () => {
    const { seen } = await get<MailDetail>("rows/mail-7");
    expect((await put("mail-7", { seen, decision: "reject" })).status).toBe(200);
    const late = await put("mail-7", { seen, decision: "accept", reply: "Yes." });
    expect(late.status).toBe(409);
    expect((await late.json()).error.message).toMatch(/changed since it was shown/);
    const now = await get<MailDetail>("rows/mail-7");
    expect(now.review).toBe("rejected");
    const before = (await rowsOf(run.paths.reviews)).length;
    for (const [body, message] of [
      [{ seen: now.seen, decision: "accept", reply: " \n " }, /accepted reply has words/],
      [{ seen: now.seen, decision: "accept", reply: "x".repeat(20_001) }, /at most 20,000/],
      [{ seen: now.seen, decision: "accept", reply: "Yes.", attempt: 3 }, /there is no draft 3/],
      [{ seen: now.seen, decision: "reject", note: "x".repeat(2001) }, /note has at most 2,000/],
      [{ seen: now.seen, decision: "maybe" }, /A decision is JSON/],
      [{ decision: "reject" }, /A decision is JSON/],
    ] as const) {
      const response = await put("mail-7", body as Partial<ReviewRequest>);
      expect(response.status).toBe(400);
      expect((await response.json()).error.message).toMatch(message);
    }
    expect((await put("mail-7", { seen: now.seen, decision: "accept", reply: "x".repeat(300_000) })).status).toBe(413);
    expect(await rowsOf(run.paths.reviews)).toHaveLength(before);
  });
});

describe("one decision on all of a list", () => {
  const bulk = (body: object) => request("bulk", { method: "POST", body: JSON.stringify(body) });
  it("falls on what is not decided, if their number is still the one that was shown", async () => {
    const query = "text=plan%2055%20monday";
    const { rows } = await get<RowPage>(`rows?${query}`);
    expect(rows.map(({ id, review }) => [id, review])).toEqual([["mail-55", "none"]]);
    const late = await bulk({ query, decision: "reject", expected: 2 });
    expect([late.status, (await late.json()).error.message]).toEqual([
      409,
      expect.stringContaining("There are 1 undecided mails"),
    ]);
    expect((await bulk({ query, decision: "maybe", expected: 1 })).status).toBe(400);
    expect(await (await bulk({ query, decision: "accept", expected: 1 })).json()).toEqual({ decided: 1 });
    expect((await rowsOf(run.paths.reviews)).at(-1)).toMatchObject({ id: "mail-55", decision: "accept", attempt: 4 });
    expect(await (await bulk({ query, decision: "reject", expected: 0 })).json()).toEqual({ decided: 0 });
  });

  it("a mail left unsure has no decision for distill, and says so", async () => {
    const { seen } = await get<MailDetail>("rows/mail-58");
    expect(await (await put("mail-58", { seen, decision: "unsure" })).json()).toMatchObject({
      review: "unsure",
      decided: null,
    });
    const again = await openDataset(run);
    expect(again.rows.find(({ id }) => id === "mail-58")?.review).toBe("unsure");
    await again.close();
    await run.distill();
    expect((await rowsOf(run.paths.replies)).find(({ id }) => id === "mail-58")).not.toHaveProperty("review");
  });
});

describe("what stands beside a mail", () => {
  it("is what its owner really answered, the thread before it, and what the rules find in the reply", async () => {
    const other = await makeViewRun(6);
    const answered = { id: "a", email: { id: "mail-2" }, reply: "Yes, on Friday. – Bob" };
    await writeFile(
      other.paths.pairs,
      `${JSON.stringify({ ...answered, email: { id: "mail-1" }, reply: "é" })}\n${JSON.stringify(answered)}\n`,
    );
    const mails = (await rowsOf(other.paths.emails)).map((mail) => ({
      ...mail,
      threadId: "one",
      date: `2026-01-0${mail.id.at(-1)}T09:00:00.000Z`,
    }));
    await writeFile(other.paths.emails, mails.map((mail) => `${JSON.stringify(mail)}\n`).join(""));
    const opened = await openDataset(other);
    try {
      const detail = (await opened.read("mail-2"))!;
      expect(detail.answered).toBe(answered.reply);
      expect(detail.earlier.map(({ body }) => body.slice(0, 40))).toEqual([viewEmail(1).body.slice(0, 40)]);
      expect((await opened.read("mail-6"))!.earlier).toHaveLength(4); // of five
      expect((await opened.read("mail-3"))!.answered).toBeNull();
      // Mail 2 says "Indeed." twice.
      await expect.poll(() => opened.rows.find(({ id }) => id === "mail-2")?.faults).toContain("repeats");
    } finally {
      await opened.close();
      await other.remove();
    }
  });
});

describe("two decisions at one moment", () => {
  it("are taken one after the other: the second is of a mail that has changed", async () => {
    const { seen } = await get<MailDetail>("rows/mail-41");
    const answers = await Promise.all(
      [1, 2, 3].map((i) => put("mail-41", { seen, decision: "accept", reply: `Yes ${i}.` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const written = (await rowsOf(run.paths.reviews)).filter(({ id }) => id === "mail-41");
    expect(written).toHaveLength(1);
    expect((await get<MailDetail>("rows/mail-41")).decided).toMatchObject({ reply: written[0].reply });
  });
});

describe("who is let in", () => {
  it("nobody without the key, from another host, or from another page", async () => {
    const without = await app.request("http://127.0.0.1:1/api/run", { headers: { host: "127.0.0.1:1" } });
    expect(without.status).toBe(404);
    expect(await without.text()).not.toContain("mine");
    expect((await request("run", { host: "evil.example" })).status).toBe(403);
    expect((await request("run", { headers: { origin: "http://evil.example" } })).status).toBe(403);
    expect((await request("run", { headers: { origin: "http://127.0.0.1:1" } })).status).toBe(200);
  });

  it("gets the page's own files and none beside them, with a policy that lets nothing else run", async () => {
    const file = (path: string) =>
      app.request(`http://127.0.0.1:1/${key}/${path}`, { headers: { host: "127.0.0.1:1" } });
    const page = await file("");
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self'/);
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect((await file("assets/main-1.js")).headers.get("content-type")).toMatch(/javascript/);
    for (const path of [
      "../secret.js",
      "%2e%2e/secret.js",
      "assets/..%2f..%2fsecret.js",
      "assets/../../secret.js",
      "assets",
    ])
      expect((await file(path)).status, path).toBe(404);
  });
});

describe("a run whose mail left with placeholders", () => {
  it("is read as its calls were made, whatever the recipe would do now", async () => {
    const redacted = await makeViewRun(12, { redact: "on" });
    const opened = await openDataset({
      ...redacted,
      recipe: { ...redacted.recipe, distill: { ...redacted.recipe.distill, redact: "auto" } },
    });
    try {
      expect(opened.rows.map(({ status }) => status)).toEqual(
        Array.from({ length: 12 }, (_, i) => ((i + 1) % 5 === 0 ? "rejected" : "accepted")),
      );
    } finally {
      await opened.close();
      await redacted.remove();
    }
  });
});

describe("a run that goes on", () => {
  it("is followed as its journal grows, a torn last line apart", async () => {
    const going = await makeViewRun(12);
    const whole = await readFile(going.paths.attempts, "utf8");
    const lines = whole.split("\n");
    await writeFile(going.paths.attempts, `${lines.slice(0, 1).join("\n")}\n`);
    const opened = await openDataset(going);
    try {
      expect(opened.rows.every(({ status, attempts }) => status === "open" && attempts === 0)).toBe(true);
      const cut = whole.length - 40;
      await appendFile(going.paths.attempts, whole.slice(lines[0].length + 1, cut));
      await new Promise((resolve) => setTimeout(resolve, 1100)); // looked at once a second
      await opened.refresh();
      const version = opened.version;
      expect(opened.rows.filter(({ status }) => status === "open")).toHaveLength(1);
      await appendFile(going.paths.attempts, whole.slice(cut));
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await opened.refresh();
      expect(opened.version).toBeGreaterThan(version);
      expect(opened.rows.filter(({ status }) => status === "rejected").map(({ id }) => id)).toEqual([
        "mail-5",
        "mail-10",
      ]);
      const detail = await opened.read("mail-12");
      expect(detail?.seen).toMatch(/^[0-9a-f]{16}$/);
      expect(digest(detail!.email.body)).toBe(digest(viewEmail(12).body));
    } finally {
      await opened.close();
      await going.remove();
    }
  });
});
