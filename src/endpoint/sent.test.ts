import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { ChatRequest } from "../builtin/http.ts";
import { makeEmail, makeRecipe, makeRun, readRows, scriptedAnswer, startScripted } from "../distill/distill.fixture.ts";
import type { Rejected, Reply } from "../distill/index.ts";
import { distillEmails } from "../distill/index.ts";
import type { AttemptRow } from "../distill/journal-rows.ts";
import type { PromptData } from "../prompts/index.ts";
import { defaultRecipe } from "../recipe.ts";
import { isOnThisMachine, isRedacted } from "./sent.ts";

const secretMail = (i: number) =>
  makeEmail(
    i,
    `Dear team,\n\nplease send report ${i} to grace.hopper@navy.example or call +1 202 555 0147.\n\nThanks, Ada`,
  );

describe("a mail with private details", () => {
  it("leaves with placeholders and comes back whole: replies hold the details, the journal what was sent and received", async () => {
    const sent: ChatRequest[] = [];
    const answer = (data: PromptData) =>
      data.kind === "judge"
        ? scriptedAnswer(data)
        : { [data.kind === "generate" ? "response" : "refined_response"]: reply(data.email) };
    const reply = (email: string) => `Hi, I will send it to ${/\[EMAIL_\d+\]/.exec(email)?.[0] ?? "(none)"}.`;
    const teacher = await startScripted({ answer, onAnswer: ({ body }) => void sent.push(body) });
    const run = await makeRun([secretMail(1), secretMail(2)]);
    const report = await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl, { redact: "on", threshold: 0 }) });

    const wire = JSON.stringify(sent);
    for (const detail of ["grace.hopper", "navy.example", "555 0147"]) expect(wire).not.toContain(detail);
    expect(wire).toContain("Private details of the email were replaced by placeholders");
    const journal = await readFile(run.paths.attempts, "utf8");
    expect(journal).toContain("[EMAIL_");
    expect(journal).not.toContain("grace.hopper");
    const replies = await readRows<Reply>(run.paths.replies);
    expect(replies.map((row) => row.reply)).toEqual(Array(2).fill("Hi, I will send it to grace.hopper@navy.example."));
    expect(replies.map((row) => row.email)).toEqual([secretMail(1), secretMail(2)]); // as imported
    expect(report.prompts).toEqual({ set: "default", redacted: true });

    const asked = teacher.requests.total; // the texts that were sent are found again
    await distillEmails({
      ...run,
      recipe: makeRecipe(teacher.baseUrl, { redact: "on", threshold: 0, refinements: 2 }),
    });
    expect(teacher.requests.total).toBe(asked);
  });

  it("is not answered with a placeholder that the teacher made up: the call is repeated with the reason, then the mail rejected", async () => {
    let asked = 0;
    const bodies: ChatRequest[] = [];
    const answer = (data: PromptData) => {
      if (data.kind !== "generate") return scriptedAnswer(data);
      return { response: asked++ === 1 || data.email.includes("report 2") ? "Call [PHONE_7]." : "Thank you, I will." };
    };
    const teacher = await startScripted({ answer, onAnswer: ({ body }) => void bodies.push(body) });
    const run = await makeRun([secretMail(1), secretMail(2), secretMail(3)]);
    const recipe = makeRecipe(teacher.baseUrl, { redact: "on", threshold: 0, concurrency: 1 });
    const report = await distillEmails({ ...run, recipe });
    expect(report).toMatchObject({ accepted: 2, rejected: 1 });
    const [rejected] = await readRows<Rejected>(run.paths.rejected);
    expect(rejected).toMatchObject({
      id: "mail-000002",
      reason: "defect",
      detail: "generate: the reply uses [PHONE_7], which the mail does not have, 3 times",
    });
    const rows = await readRows<AttemptRow>(run.paths.attempts);
    const defects = rows.filter((row) => row.outcome === "defect");
    expect(defects.length).toBeGreaterThanOrEqual(3);
    expect(defects[0].answer).toContain("[PHONE_7]");
    const repeats = bodies.filter((body) => body.messages.length === 4);
    expect(repeats.length).toBeGreaterThan(0);
    expect(repeats[0].messages[3].content).toContain("[PHONE_7], which the mail does not have");
  });
});

describe("redaction", () => {
  it("is on for every endpoint off this machine, teacher or judge, and off for those on it", () => {
    const local = ["builtin", "http://localhost:8080/v1", "http://127.0.0.1:1/v1", "http://[::1]:1/v1"];
    const remote = [
      "https://api.openai.com/v1",
      "http://192.168.0.7/v1",
      "http://localhost.evil.example/v1",
      "nonsense",
    ];
    expect(local.map(isOnThisMachine)).toEqual(local.map(() => true));
    expect(remote.map(isOnThisMachine)).toEqual(remote.map(() => false));
    const recipe = (teacher: string, judge: string | null, redact: "auto" | "on" | "off" = "auto") => {
      const defaults = defaultRecipe();
      const at = (baseUrl: string) => ({ ...defaults.teacher, baseUrl });
      return { ...defaults, teacher: at(teacher), judge: judge && at(judge), distill: { ...defaults.distill, redact } };
    };
    const [here, away] = [local[1], remote[0]];
    const asked = [recipe(here, null), recipe(away, null), recipe(here, away), recipe(away, here)];
    expect(asked.map((each) => isRedacted({ ...each, judge: each.judge || null }))).toEqual([false, true, true, true]);
    expect(isRedacted({ ...recipe(away, null, "off"), judge: null })).toBe(false);
    expect(isRedacted({ ...recipe(here, null, "on"), judge: null })).toBe(true);
  });
});
