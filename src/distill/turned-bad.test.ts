/** An endpoint that stops working, or never gives a usable answer, costs no mail: the run stops and goes on later. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { criteria } from "../prompts/index.ts";
import {
  makeEmail,
  makeRecipe,
  makeRun,
  readResults,
  readRows,
  scriptedAnswer,
  startProxy,
  startScripted,
} from "./distill.fixture.ts";
import { distillEmails } from "./distill.ts";
import type { AttemptRow } from "./journal-rows.ts";
import type { Rejected } from "./results.ts";

const mails = (count: number) => Array.from({ length: count }, (_, i) => makeEmail(i));

/** An endpoint that answers every request with this body. */
async function serveAlways(body: object): Promise<{ baseUrl: string; requests: () => number }> {
  let requests = 0;
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    requests++;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests: () => requests };
}

describe("an endpoint that turns bad with a 4xx", () => {
  it.each([
    [
      "a spent limit",
      400,
      { message: "You have reached your specified API usage limits.", type: "invalid_request_error" },
    ],
    ["a crashed model", 400, { message: "The model has crashed without additional information." }],
    ["an unloaded model", 400, { message: "No models loaded. Please load a model in the developer page." }],
    ["a filter in between", 403, { message: "content blocked: challenge" }],
  ])("%s: the run stops after a few, rejects nothing and goes on later", async (_, status, error) => {
    let isBad = false;
    let refused = 0;
    const scripted = await startScripted();
    const proxy = await startProxy(scripted.baseUrl, () => {
      if (scripted.requests.total >= 60) isBad = true;
      if (isBad) refused++;
      return isBad ? { status, error } : null;
    });
    const run = await makeRun(mails(80));
    const calm = await makeRun(mails(80));
    const recipe = makeRecipe(proxy, { concurrency: 8 });
    await expect(distillEmails({ ...run, recipe })).rejects.toThrow(
      /answered before, but turned down the last 5 mails and a harmless one.*Everything so far is kept|specified API usage limits.*Everything so far is kept/s,
    );
    expect(refused).toBeLessThanOrEqual(5 + 8 * 4); // what was under way, of 55 mails that were left
    const rows = await readRows<AttemptRow>(run.paths.attempts);
    expect(rows.filter((row) => row.outcome === "refused")).toEqual([]);
    expect(rows.filter((row) => row.outcome === "ok").length).toBeGreaterThanOrEqual(60);
    const again = await startProxy(scripted.baseUrl, () => null, Number(new URL(proxy).port));
    const report = await distillEmails({ ...run, recipe: makeRecipe(again, { concurrency: 8 }) });
    expect(scripted.requests.total).toBe(report.outcomes.ok); // nothing was paid twice
    await distillEmails({ ...calm, recipe: makeRecipe(scripted.baseUrl) });
    expect(await readResults(run.paths)).toEqual(await readResults(calm.paths));
    expect(report.rejectedByReason.refused).toBeUndefined();
  });

  it.each([
    ["a gateway that has lost the API", 404],
    ["a gateway that has lost its servers", 503],
  ])("%s: no more than was under way and one request's tries is asked", async (_, status) => {
    let asked = 0;
    const scripted = await startScripted({ latencyMs: 5 });
    const proxy = await startProxy(scripted.baseUrl, () => {
      if (scripted.requests.total < 100) return null;
      asked++;
      return { status, error: { message: "no route" } };
    });
    const run = await makeRun(mails(300));
    const recipe = makeRecipe(proxy, { concurrency: 50, backoffMs: 100, maxBackoffMs: 200 });
    await expect(distillEmails({ ...run, recipe })).rejects.toThrow(
      /failed on 5 mails in a row.*no route.*Everything so far is kept/s,
    );
    expect(asked).toBeLessThanOrEqual(50 + 5 + 9);
    const rows = await readRows<AttemptRow>(run.paths.attempts);
    expect(rows.filter(({ outcome }) => outcome === "refused" || outcome === "unanswered")).toEqual([]);
    const again = await startProxy(scripted.baseUrl, () => null, Number(new URL(proxy).port));
    const report = await distillEmails({ ...run, recipe: makeRecipe(again) });
    expect(report.accepted + report.rejected).toBe(300);
    expect(report.rejectedByReason.unanswered).toBeUndefined();
  });

  it("a mail that is turned down while others succeed, even as the last one, is rejected with the reason", async () => {
    const scripted = await startScripted();
    let tests = 0;
    const proxy = await startProxy(scripted.baseUrl, (body) => {
      if (body.includes("shall we have lunch")) tests++;
      return body.includes("Report 9\\n") ? { status: 400, error: { message: "prompt is too rude" } } : null;
    });
    const run = await makeRun(mails(10));
    const report = await distillEmails({ ...run, recipe: makeRecipe(proxy, { concurrency: 1, openPerRequest: 1 }) });
    expect(report.rejectedByReason.refused).toBe(1);
    const rejected = await readRows<Rejected>(run.paths.rejected);
    expect(rejected.find(({ id }) => id === "mail-000009")!.detail).toMatch(/400 .*prompt is too rude$/);
    expect(tests).toBe(1); // nothing else was left to show that the endpoint works
  });

  it("a judge of its own that turns bad is named", async () => {
    let judged = 0;
    const scripted = await startScripted();
    const judge = await startProxy(scripted.baseUrl, () =>
      ++judged > 10 ? { status: 400, error: { message: "model has crashed" } } : null,
    );
    const run = await makeRun(mails(40));
    const recipe = makeRecipe(scripted.baseUrl, { concurrency: 4 });
    const work = distillEmails({ ...run, recipe: { ...recipe, judge: { ...recipe.teacher, baseUrl: judge } } });
    await expect(work).rejects.toThrow(/^The judge .*turned down the last 5 mails.*model has crashed.*judge\.baseUrl/);
    const rows = await readRows<AttemptRow>(run.paths.attempts);
    expect(rows.filter((row) => row.outcome === "refused")).toEqual([]);
  });
});

describe("a judge on another scale", () => {
  it.each([
    ["1 to 5", [1, 1, 2, 1, 1, 3]],
    ["1 to 5", [1, 1.5, 1, 1, 1.5]],
    ["0 to 10", [1, 7, 8, 0, 9]],
    ["0 to 100", [1, 85, 90]],
    ["-1 to 1", [0.4, -0.6, 0.9, -0.3]],
  ])("of %s is found among its first answers, and counts for no mail once another is named", async (scale, scores) => {
    let judged = 0;
    const scripted = await startScripted({
      answer(data) {
        if (data.kind !== "judge") return scriptedAnswer(data);
        const score = scores[judged++ % scores.length];
        const { feedback } = scriptedAnswer(data) as { feedback: object };
        return { scores: Object.fromEntries(criteria.map((name) => [name, score])), feedback };
      },
    });
    const run = await makeRun(mails(200));
    const recipe = makeRecipe(scripted.baseUrl, { concurrency: 2 });
    const work = distillEmails({ ...run, recipe: { ...recipe, judge: { ...recipe.teacher, apiKeyEnv: "X" } } });
    await expect(work).rejects.toThrow(
      new RegExp(`does not score from 0 to 1: .* a scale from ${scale}\\..*judge\\.model`),
    );
    expect(judged).toBeLessThanOrEqual(50 + 2 * 4);
  });

  it("is not taken for one where a score now and then is a slip", async () => {
    let judged = 0;
    const scripted = await startScripted({
      answer(data) {
        const said = scriptedAnswer(data);
        return data.kind === "judge" && judged++ % 10 === 3 ? { ...said, scores: { relevance: 5 } } : said;
      },
    });
    const run = await makeRun(mails(60));
    const report = await distillEmails({ ...run, recipe: makeRecipe(scripted.baseUrl) });
    expect(report.accepted + report.rejected).toBe(60);
  });
});

describe("answers that cannot be used", () => {
  const completion = (message: object, finish: string) => ({
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }],
    usage: { prompt_tokens: 100, completion_tokens: 400 },
  });

  it.each([
    [
      "reasoning that eats all tokens",
      completion({ content: "" }, "length"),
      /cut at the token limit.*maxReplyTokens/s,
    ],
    ["prose", completion({ content: "As a language model I can help." }, "stop"), /"As a language model I can help\."/],
    ["nothing at all", completion({ content: "" }, "stop"), /began with: nothing.*teacher\.model/s],
  ])("%s: the run stops after 20 in a row, shows one, and rejects nothing", async (_, body, message) => {
    const { baseUrl, requests } = await serveAlways(body);
    const run = await makeRun(mails(300));
    const recipe = makeRecipe(baseUrl, { concurrency: 4 });
    const priced = { ...recipe, teacher: { ...recipe.teacher, price: { input: 1, cachedInput: null, output: 1 } } };
    await expect(distillEmails({ ...run, recipe: priced })).rejects.toThrow(message);
    expect(requests()).toBeLessThanOrEqual(20 + 4 * 4);
    const rows = await readRows<AttemptRow & { lostUsd?: number }>(run.paths.attempts);
    expect(rows.filter((row) => row.outcome === "defect")).toEqual([]); // their mails stay open
    const paid = rows.reduce((sum, row) => sum + (row.lostUsd ?? 0), 0);
    expect(paid).toBeGreaterThanOrEqual(20 * 0.0005 - 1e-9); // and what they cost is known
  });
});
