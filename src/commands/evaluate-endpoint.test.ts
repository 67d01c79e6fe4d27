/** Endpoints in every place of `evaluate`, `judge` and `bench`: what leaves the machine, and what is asked again. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { ChatRequest } from "../builtin/http.ts";
import { startBuiltinTeacher } from "../builtin/index.ts";
import type { Email } from "../mail/index.ts";
import { loadRecipe } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { bench } from "./bench.ts";
import { evaluate } from "./evaluate.ts";
import { judge } from "./judge.ts";
import { quietSession, scratchFolder, writeTinyBase } from "./tiny.fixture.ts";

const base = join(scratchFolder(), "base");
beforeAll(() => writeTinyBase(base), 60_000);

/** Loopback under a name that counts as off this machine. */
const elsewhere = (baseUrl: string) => baseUrl.replace("127.0.0.1", "0.0.0.0");

const testMails = 6;

/** In each held-out mail: an address, a telephone number, the names of its header, and of someone else of the mailbox. */
function makeEmail(i: number): Email {
  const isTest = i < testMails;
  return {
    ...{ id: `mail-${i}`, threadId: `t${i}`, messageId: null, inReplyTo: null, date: null, answers: null, source: "" },
    from: isTest
      ? { name: "Grace Hopper", address: "grace@navy.example" }
      : { name: "Zebulon Quirke", address: "z@q.example" },
    to: [{ name: "Ottoline Byron", address: "ottoline@byron.example" }],
    cc: [],
    subject: `Report ${i}`,
    body: isTest
      ? `Dear Ottoline,\n\ncould you or Zebulon send report ${i} to ann.private@corp.example or call +1 202 555 0147?\n\nBest regards,\nGrace`
      : `Please send report ${i} by Friday, and the list of ${i} names.`,
  };
}
const secrets = /Grace|Hopper|navy\.example|Ottoline|Byron|Zebulon|Quirke|ann\.private|corp\.example|555 ?0147/i;

/** A run folder as train leaves it, but for the checkpoint that no endpoint needs. */
async function makeRun(overrides: string[]): Promise<string> {
  const run = join(scratchFolder(), "run");
  mkdirSync(run);
  const paths = runPaths(run);
  const emails = Array.from({ length: 20 }, (_, i) => makeEmail(i));
  const put = (path: string, rows: unknown[]) =>
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  put(paths.emails, emails);
  put(
    paths.replies,
    emails.map((email, i) => ({
      id: email.id,
      threadId: email.threadId,
      email,
      reply: `Dear Grace, I will send report ${i} to Ottoline.`,
      teacher: "t",
    })),
  );
  const ids = emails.map(({ id }) => id);
  const [test, train] = [ids.slice(0, testMails), ids.slice(testMails)];
  writeFileSync(paths.split, JSON.stringify({ seed: 42, train, validation: [], test }));
  const recipe = await loadRecipe(undefined, [`base=${base}`, "evaluate.maxReplyTokens=8", ...overrides]);
  writeFileSync(paths.recipe, JSON.stringify(recipe));
  return run;
}

/** An endpoint that repeats the first placeholder of each kind that it sees, or the name it is greeted with. */
async function startEndpoint() {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    bodies.push(text);
    const { model, messages } = JSON.parse(text) as ChatRequest;
    const mail = messages[1].content;
    const found = (kind: string) => new RegExp(`\\[${kind}_\\d+\\]`).exec(mail)?.[0] ?? "";
    const name = /^From: (.*)/.exec(mail)![1];
    const content = `Dear ${name}, I wrote to ${found("EMAIL")} and called ${found("PHONE")}.`;
    response.setHeader("content-type", "application/json");
    if (!model.startsWith("m")) {
      response.statusCode = 404;
      return response.end(JSON.stringify({ error: { code: "model_not_found", message: "no such model" } }));
    }
    response.end(JSON.stringify({ choices: [{ message: { content }, finish_reason: "stop" }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { bodies, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

const read = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const whole = "Dear Grace Hopper, I wrote to ann.private@corp.example and called +1 202 555 0147.";

describe("private details", { timeout: 120_000 }, () => {
  it("do not leave with any call of evaluate and judge to an endpoint off this machine, and come back in the replies", async () => {
    const { bodies, baseUrl } = await startEndpoint();
    const wire: ChatRequest[] = [];
    const teacher = await startBuiltinTeacher({ onAnswer: ({ body }) => void wire.push(body) });
    onTestFinished(() => teacher.close());
    const rules = (key: string) => [`${key}.baseUrl=${elsewhere(teacher.baseUrl)}`, `${key}.model=builtin-rules`];
    const predictor = [`evaluate.predictor.baseUrl=${elsewhere(baseUrl)}`, "evaluate.predictor.model=m"];
    const run = await makeRun([...predictor, ...rules("teacher"), ...rules("evaluate.judge"), "evaluate.ceiling=on"]);
    const paths = runPaths(run);
    await evaluate({ run, set: [] }, quietSession());

    expect(bodies).toHaveLength(testMails);
    expect(JSON.parse(readFileSync(paths.evaluation, "utf8")).ceiling.status).toBe("made");
    const evaluated = wire.length;
    expect(evaluated).toBeGreaterThanOrEqual(testMails * 3); // the ceiling's drafts and scores, and the judge
    for (const against of ["teacher", "base"]) await judge({ run, set: [], against }, quietSession());
    expect(wire.length).toBeGreaterThanOrEqual(evaluated + testMails * 2);
    for (const body of [...bodies, ...wire.map((each) => JSON.stringify(each))]) expect(body).not.toMatch(secrets);
    expect(bodies[0]).toContain("Private details of the email were replaced by placeholders");

    const predictions = read(paths.predictions);
    expect(predictions.map(({ reply }) => reply)).toEqual(Array(testMails).fill(whole));
    expect(predictions[0].model).toBe(`m at ${elsewhere(baseUrl)}, which saw placeholders for private details`);
  });

  it("leave where distill.redact is off, or the endpoint is on this machine", async () => {
    const { bodies, baseUrl } = await startEndpoint();
    const at = (url: string) => [
      `evaluate.predictor.baseUrl=${url}`,
      "evaluate.predictor.model=m",
      "evaluate.ceiling=off",
    ];
    for (const overrides of [at(baseUrl), [...at(elsewhere(baseUrl)), "distill.redact=off"]]) {
      const run = await makeRun(overrides);
      bodies.length = 0;
      await evaluate({ run, set: [] }, quietSession());
      expect(bodies).toHaveLength(testMails);
      expect(bodies.every((body) => body.includes("ann.private@corp.example"))).toBe(true);
      expect(bodies.some((body) => body.includes("placeholders"))).toBe(false);
      expect(read(runPaths(run).predictions)[0]).toMatchObject({ reply: expect.stringMatching(/^Dear Grace Hopper/) });
    }
  });

  it("do not leave with a bench of one's own items; the set that ships is public and goes as it is", async () => {
    const { bodies, baseUrl } = await startEndpoint();
    const folder = scratchFolder();
    const { from, to, cc, subject, body } = makeEmail(1);
    const item = {
      ...{
        id: "own-1",
        intent: "request",
        formality: "formal",
        language: "en",
        needsReply: true,
        asks: [{ text: "the report", any: ["report"] }],
      },
      thread: [
        {
          from: { name: "Zebulon Quirke", address: "z@q.example" },
          to,
          cc,
          date: "2026-01-01T10:00:00Z",
          subject,
          body: "Please ask Grace.",
        },
        { from, to, cc, date: "2026-01-02T10:00:00Z", subject, body },
      ],
      references: [whole],
      user: { name: "Ottoline Byron", address: "ottoline@byron.example" },
    };
    const items = join(folder, "items.jsonl");
    writeFileSync(items, `${JSON.stringify(item)}\n`);
    const options = { endpoint: elsewhere(baseUrl), name: "m" };
    await bench({ ...options, items, out: join(folder, "own") }, quietSession());
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).not.toMatch(secrets);
    expect(read(join(folder, "own", "answers.jsonl"))).toMatchObject([{ reply: whole }]);
    expect(JSON.parse(readFileSync(join(folder, "own", "bench.json"), "utf8")).redacted).toBe(true);

    bodies.length = 0;
    await bench({ ...options, slice: ["lang=de"], out: join(folder, "shipped") }, quietSession());
    expect(bodies.length).toBeGreaterThan(5);
    expect(bodies.join()).not.toContain("Private details of the email");
    const order = read(join(folder, "shipped", "answers.jsonl")).map(({ id }) => id);
    rmSync(join(folder, "shipped", "bench.json"));
    bodies.length = 0;
    await bench({ ...options, slice: ["lang=de"], out: join(folder, "shipped") }, quietSession());
    expect(bodies).toEqual([]);
    expect(read(join(folder, "shipped", "answers.jsonl")).map(({ id }) => id)).toEqual(order);
  });
});

describe("another model in the place of the one that was evaluated", { timeout: 120_000 }, () => {
  it("moves the old result aside, and takes replies that it has for the model's, wherever it is served now", async () => {
    const [first, moved] = [await startEndpoint(), await startEndpoint()];
    const run = await makeRun(["evaluate.ceiling=off"]);
    const paths = runPaths(run);
    const at = (url: string, model: string) => ({
      run,
      set: [`evaluate.predictor.baseUrl=${url}`, `evaluate.predictor.model=${model}`],
    });
    await evaluate(at(first.baseUrl, "m"), quietSession());
    const before = readFileSync(paths.evaluation, "utf8");
    await evaluate(at(first.baseUrl, "m2"), quietSession());
    expect(first.bodies).toHaveLength(2 * testMails);
    expect(read(paths.predictions).map(({ model }) => model.slice(0, 3))).toEqual(Array(testMails).fill("m2 "));
    const aside = runPaths(join(paths.earlier, "evaluation-1"));
    expect(readFileSync(aside.evaluation, "utf8")).toBe(before);
    expect(existsSync(aside.report) && existsSync(aside.evaluated)).toBe(true);
    await evaluate(at(moved.baseUrl, "m"), quietSession());
    expect(moved.bodies).toEqual([]); // all of it was paid for once
    expect(JSON.parse(readFileSync(paths.evaluation, "utf8")).systems).toEqual(JSON.parse(before).systems);
  });
});

describe("a setting that was wrong", { timeout: 120_000 }, () => {
  it("is said with what to do, and leaves nothing in the way of the right one", async () => {
    const { baseUrl } = await startEndpoint();
    const run = await makeRun(["evaluate.ceiling=off"]);
    const at = (url: string, model: string) => ({
      run,
      set: [`evaluate.predictor.baseUrl=${url}`, `evaluate.predictor.model=${model}`],
    });
    await expect(evaluate(at("builtin", "m"), quietSession())).rejects.toThrow("evaluate.predictor.baseUrl is builtin");
    await expect(evaluate(at(baseUrl, "n"), quietSession())).rejects.toThrow(
      /The evaluate.predictor does not know the model "n" .*Set evaluate.predictor.model to one that/,
    );
    await evaluate(at(baseUrl, "m"), quietSession());
    expect(read(runPaths(run).predictions)).toHaveLength(testMails);
  });
});

describe("scoring again", { timeout: 120_000 }, () => {
  it("calls nobody where the replies are there, and gives the same scores", async () => {
    const { bodies, baseUrl } = await startEndpoint();
    const run = await makeRun([`evaluate.predictor.baseUrl=${baseUrl}`, "evaluate.predictor.model=m"]);
    const { evaluation, predictions } = runPaths(run);
    await evaluate({ run, set: [] }, quietSession());
    expect(bodies).toHaveLength(testMails);
    const [scores, replies] = [evaluation, predictions].map((path) => readFileSync(path, "utf8"));
    rmSync(evaluation);
    await evaluate({ run, set: [] }, quietSession());
    expect(bodies).toHaveLength(testMails);
    expect(readFileSync(evaluation, "utf8")).toBe(scores);
    expect(readFileSync(predictions, "utf8")).toBe(replies);
  });
});
