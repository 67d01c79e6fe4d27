import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import {
  BUILTIN_MODEL,
  type BuiltinTeacher,
  type BuiltinTeacherOptions,
  startBuiltinTeacher,
} from "../builtin/index.ts";
import { UserError } from "../errors.ts";
import { buildMessages } from "../prompts/index.ts";
import { defaultRecipe } from "../recipe.ts";
import { answerByEndpoint, type EndpointReply } from "./endpoint.ts";

interface Body {
  readonly model: string;
  readonly messages: readonly { role: string; content: string }[];
  readonly seed: number;
  readonly max_tokens: number;
  readonly response_format?: unknown;
}

interface Failure {
  readonly status: number;
  readonly text?: string;
}

let server: Server | undefined;
afterEach(() => server?.close());

/** An endpoint whose answer to each request `reply` makes: a message and how it ended, or an HTTP status. */
async function serve(
  reply: (body: Body) => { content: string; finish?: string; refusal?: string } | number | Failure,
): Promise<{ baseUrl: string; bodies: Body[] }> {
  const bodies: Body[] = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Body;
    bodies.push(body);
    await sleep((body.seed % 5) * 4); // answers come in another order than they were asked for
    const answer = reply(body);
    response.setHeader("content-type", "application/json");
    if (typeof answer === "number" || "status" in answer) {
      const { status, text = JSON.stringify({ error: { message: "not this one", type: "invalid_request_error" } }) } =
        typeof answer === "number" ? { status: answer } : answer;
      response.statusCode = status;
      return response.end(text);
    }
    const { content, finish = "stop", refusal = null } = answer;
    const choices = [{ index: 0, message: { role: "assistant", content, refusal }, finish_reason: finish }];
    response.end(JSON.stringify({ choices, usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } }));
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, bodies };
}

const mails = Array.from({ length: 12 }, (_, i) => ({ id: `mail-${i}`, email: `Subject: ${i}\n\nHi ${i}` }));

const quick = { concurrency: 4, timeoutMs: 5000, retries: 1, backoffMs: 1, maxBackoffMs: 2 };

async function ask(
  baseUrl: string,
  options: Partial<Parameters<typeof answerByEndpoint>[0]> & { onReply?: (reply: EndpointReply) => void } = {},
) {
  const replies: EndpointReply[] = [];
  const all = answerByEndpoint({
    endpoint: { baseUrl, model: "some-model", apiKeyEnv: "NO_SUCH_KEY" },
    mails,
    systemPrompt: "Reply to this email.",
    seed: 42,
    maxTokens: 50,
    temperature: 0,
    role: "evaluate.predictor",
    redacted: false,
    distill: { ...defaultRecipe().distill, ...quick },
    ...options,
  });
  for await (const reply of all) {
    options.onReply?.(reply);
    replies.push(reply);
  }
  const place = (id: string) => Number(id.split("-")[1]);
  return replies.sort((a, b) => place(a.id) - place(b.id)); // they come as they are made
}

const echo = ({ messages }: Body) => ({ content: ` Re ${messages[1].content.split("\n")[0]} ` });

describe("answerByEndpoint", () => {
  it("answers each mail as plain text, by its own seed", async () => {
    const { baseUrl, bodies } = await serve(echo);
    const replies = await ask(baseUrl);
    expect(replies.map(({ id, reply }) => [id, reply])).toEqual(mails.map(({ id }, i) => [id, `Re Subject: ${i}`]));
    expect(replies[0]).toMatchObject({ stopped: "end", promptTokens: 7, replyTokens: 3 });
    expect(bodies[0]).toMatchObject({
      model: "some-model",
      max_tokens: 50,
      messages: [{ role: "system", content: "Reply to this email." }, { role: "user" }],
    });
    expect(bodies.every((body) => body.response_format === undefined)).toBe(true);
    const seeds = new Map(bodies.map(({ messages, seed }) => [messages[1].content, seed]));
    expect(new Set(seeds.values()).size).toBe(12);
    bodies.length = 0;
    await ask(baseUrl, { mails: mails.slice(5, 7) });
    expect(bodies.every(({ messages, seed }) => seeds.get(messages[1].content) === seed)).toBe(true);
  });

  it("keeps a mail that is turned down or cut as what it is", async () => {
    const { baseUrl } = await serve((body) => {
      const subject = body.messages[1].content.split("\n")[0];
      if (subject === "Subject: 2") return 400;
      if (subject === "Subject: 3") return { content: "", refusal: "I would rather not." };
      if (subject === "Subject: 4") return { content: "half a", finish: "length" };
      if (subject === "Subject: 5") return { content: "hidden", finish: "content_filter" };
      return echo(body);
    });
    const replies = await ask(baseUrl);
    expect(replies).toHaveLength(12);
    expect(replies.slice(2, 6).map(({ reply, stopped, error }) => [reply, stopped, error?.slice(0, 20)])).toEqual([
      ["", "refused", expect.any(String)],
      ["", "refused", "I would rather not."],
      ["half a", "length", undefined],
      ["", "refused", "withheld by the cont"],
    ]);
  });

  it("tries again after a failure, and stops with what to do where it cannot go on", async () => {
    const failed = new Set<string>();
    const { baseUrl } = await serve((body) => {
      const { content } = body.messages[1];
      if (failed.has(content)) return echo(body);
      failed.add(content);
      return 503;
    });
    expect(await ask(baseUrl, { mails: mails.slice(0, 3) })).toHaveLength(3);
    await expect(ask("localhost:1/v1")).rejects.toThrow(
      'evaluate.predictor.baseUrl is "localhost:1/v1", which is no address. Give a URL such as',
    );
  });

  it("gives up mails on which the endpoint always breaks, after the others and so many passes", async () => {
    const { baseUrl, bodies } = await serve((body) => (/Hi [6789]/.test(body.messages[1].content) ? 503 : echo(body)));
    const replies = await ask(baseUrl);
    const isBad = (i: number) => i >= 6 && i <= 9;
    expect(replies.map(({ reply }) => reply)).toEqual(mails.map((_, i) => (isBad(i) ? "" : `Re Subject: ${i}`)));
    expect(replies[6]).toMatchObject({
      stopped: "refused",
      error: expect.stringMatching(/503 .*\(tried 2 times\), in 3 passes/),
    });
    expect(bodies.filter(({ messages }) => messages[1].content.includes("Hi 6"))).toHaveLength(6); // 3 passes, 2 tries each
  });

  it("gives no mail the blame for an outage: the replies so far come, then an error that says what to do", async () => {
    let answered = 0;
    const { baseUrl } = await serve((body) => (++answered > 4 ? 500 : echo(body)));
    const kept: string[] = [];
    const asking = ask(baseUrl, { onReply: ({ id, stopped }) => stopped === "end" && kept.push(id) });
    await expect(asking).rejects.toThrow(
      /^The evaluate.predictor "some-model" at .* failed on 5 mails in a row; the last one: 500 .*Wait until it works again, or check evaluate.predictor.baseUrl\. Everything so far is kept/,
    );
    expect(kept).toHaveLength(4);
  });

  it("stops at an endpoint that turns down every mail, whether it has answered before or not", async () => {
    const { baseUrl, bodies } = await serve(() => 422);
    await expect(ask(baseUrl)).rejects.toThrow(
      /turned down the first 5 mails; .*Check evaluate.predictor.baseUrl and evaluate.predictor.model/,
    );
    expect(bodies.length).toBeLessThanOrEqual(13); // and a harmless one
    await expect(ask(baseUrl, { worked: true })).rejects.toThrow(
      /answered before, but turned down the last 5 mails and a harmless one sent to test it; the last one: 422 /,
    );
  });

  it("stops at an endpoint that turns bad with a 4xx, and keeps what it has answered", async () => {
    let answered = 0;
    const crashed = { status: 400, text: '{"error":{"message":"The model has crashed."}}' };
    const { baseUrl } = await serve((body) => (++answered > 6 ? crashed : echo(body)));
    const kept: EndpointReply[] = [];
    await expect(ask(baseUrl, { onReply: (reply) => kept.push(reply) })).rejects.toThrow(
      /answered before, but turned down .*The model has crashed.*without paying twice/,
    );
    expect(kept.map(({ stopped }) => stopped)).toEqual(Array(6).fill("end"));
  });

  it.each([400, 413, 422, 404, 503])(
    "that turns bad with a %i is asked for no more than was under way",
    async (status) => {
      let answered = 0;
      let refused = 0;
      const { baseUrl } = await serve((body) => {
        if (++answered <= 60) return echo(body);
        refused++;
        return { status, text: '{"error":{"message":"The model has crashed."}}' };
      });
      const many = Array.from({ length: 400 }, (_, i) => ({ id: `mail-${i}`, email: `Subject: ${i}\n\nHi ${i}` }));
      const { concurrency, openPerRequest, failuresInARow } = defaultRecipe().distill;
      const distill = { ...defaultRecipe().distill, ...quick, concurrency, openPerRequest };
      await expect(ask(baseUrl, { mails: many, distill })).rejects.toThrow(
        /answered before, but turned down|failed on 5 mails/,
      );
      const tests = status < 500 && status !== 404 ? 1 : quick.retries + 3; // of the harmless one
      expect(refused).toBeLessThanOrEqual(concurrency + failuresInARow + tests);
    },
  );

  it("gives up more mails than make an outage, where a harmless one shows that the endpoint works", async () => {
    const { baseUrl } = await serve((body) => (/Hi ([1-9]|1\d)$/.test(body.messages[1].content) ? 503 : echo(body)));
    expect((await ask(baseUrl)).map(({ stopped }) => stopped)).toEqual(
      mails.map((_, i) => (i === 0 ? "end" : "refused")),
    );
  });

  it("tells the model of placeholders, and turns them back in the reply", async () => {
    const { baseUrl, bodies } = await serve(() => ({ content: " Dear [NAME_1], " }));
    const mail = { id: "mail-0", email: "Hi [NAME_1]", restore: (reply: string) => reply.replace("[NAME_1]", "Ada") };
    expect(await ask(baseUrl, { mails: [mail], redacted: true })).toMatchObject([{ reply: "Dear Ada," }]);
    expect(bodies[0].messages[0].content).toMatch(/^Reply to this email\.\n\nPrivate details .*placeholders/);
  });

  it.each([
    [
      "a wrong key",
      { status: 401 },
      /The evaluate.predictor refuses access .*NO_SUCH_KEY is not set: set NO_SUCH_KEY .*evaluate.predictor.apiKeyEnv/,
    ],
    [
      "an unknown model",
      { status: 404, text: '{"error":{"code":"model_not_found","message":"no such model"}}' },
      /does not know the model "some-model".*Set evaluate.predictor.model to one that .*\/v1\/models lists/,
    ],
    [
      "no API, by status",
      { status: 404, text: "<html><title>Not Found</title></html>" },
      /There is no chat-completions API at .*Set evaluate.predictor.baseUrl/,
    ],
    [
      "no API, a web page",
      { status: 200, text: "<!doctype html><title>Welcome</title>" },
      /There is no chat-completions API at .*\(an HTML page instead of JSON: Welcome\). Set evaluate.predictor.baseUrl/,
    ],
    [
      "an empty account",
      {
        status: 429,
        text: '{"error":{"type":"insufficient_quota","code":"credit_balance_exhausted","message":"no money"}}',
      },
      /The evaluate.predictor's account has no money or quota left .*Add credit .*kept/,
    ],
  ] as [string, Failure, RegExp][])("%s: stops at once, with the setting to change", async (_, failure, message) => {
    const { baseUrl, bodies } = await serve(() => failure);
    const error = await ask(baseUrl).catch((reason) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(message);
    expect(bodies.length).toBeLessThanOrEqual(7); // three web pages, and what was in flight beside
  });

  it("keeps what was in flight when the account runs empty", async () => {
    let paid = 0;
    const { baseUrl, bodies } = await serve((body) =>
      ++paid > 6 ? { status: 429, text: '{"error":{"type":"insufficient_quota"}}' } : echo(body),
    );
    const kept: string[] = [];
    await expect(ask(baseUrl, { onReply: ({ id }) => kept.push(id) })).rejects.toThrow("no money or quota left");
    expect(kept).toHaveLength(6);
    expect(bodies.length).toBeLessThanOrEqual(10); // at most those in flight met the empty account
  });

  it.each([
    [
      "reasoning that takes all tokens",
      { content: "", finish: "length" },
      /cut at the token limit.*raise evaluate\.maxReplyTokens.*evaluate\.predictor\.extraBody/,
    ],
    ["thoughts without an end", { content: "<think>They ask", finish: "length" }, /cut at the token limit/],
    ["nothing at all", { content: " \n" }, /the last one was empty\. Set another evaluate\.predictor\.model/],
    ["a filter", { content: "", finish: "content_filter" }, /was withheld: withheld by the content filter/],
  ])("stops where no reply holds a word, and keeps none: %s", async (_, answer, message) => {
    const { baseUrl, bodies } = await serve(() => answer);
    const kept: EndpointReply[] = [];
    const distill = { ...defaultRecipe().distill, ...quick, unusableInARow: 5 };
    await expect(ask(baseUrl, { distill, onReply: (reply) => kept.push(reply) })).rejects.toThrow(message);
    expect(bodies.length).toBeLessThanOrEqual(5 + 4 * 4); // and what was in flight
    await expect(ask(baseUrl, { mails: mails.slice(0, 2), onReply: (reply) => kept.push(reply) })).rejects.toThrow(
      /^The last 2 replies of "some-model" at .* hold no words/,
    );
    expect(kept).toEqual([]);
  });

  it("keeps an empty reply among others", async () => {
    const { baseUrl } = await serve((body) =>
      /Hi [369]$/.test(body.messages[1].content) ? { content: "" } : echo(body),
    );
    const replies = await ask(baseUrl);
    expect(replies.filter(({ reply }) => reply === "").map(({ id }) => id)).toEqual(["mail-3", "mail-6", "mail-9"]);
  });

  it("refuses the built-in teacher, which knows no such prompt", async () => {
    await expect(ask("builtin")).rejects.toThrow("evaluate.predictor.baseUrl is builtin: the built-in teacher answers");
    await expect(ask("builtin", { role: "endpoint" })).rejects.toThrow("--endpoint is builtin");
  });

  it("begins nothing after an abort, and keeps what came before", async () => {
    const { baseUrl, bodies } = await serve(echo);
    const leave = new AbortController();
    const replies = await ask(baseUrl, { signal: leave.signal, onReply: () => leave.abort() });
    expect(replies.length).toBeLessThan(12);
    expect(replies.every(({ stopped }) => stopped === "end")).toBe(true);
    const asked = bodies.length;
    expect(await ask(baseUrl, { signal: leave.signal })).toEqual([]);
    expect(bodies).toHaveLength(asked);
  });
});

describe("pacing", { timeout: 60_000 }, () => {
  let limited: BuiltinTeacher | undefined;

  /** Answers `count` mails by a server with the limits of OpenAI, which takes the prompts of distillation. */
  async function askLimited(count: number, options: BuiltinTeacherOptions, distill = {}) {
    const server = await startBuiltinTeacher({ answer: () => "Thank you.", ...options });
    limited = server;
    onTestFinished(() => server.close());
    const [system, user] = buildMessages({ kind: "generate", email: "Hi" }, { set: "default", redacted: false });
    const startMs = performance.now();
    const replies = await ask(server.baseUrl, {
      endpoint: { baseUrl: server.baseUrl, model: BUILTIN_MODEL, apiKeyEnv: "NO_SUCH_KEY" },
      systemPrompt: system.content,
      mails: Array.from({ length: count }, (_, i) => ({ id: `mail-${i}`, email: user.content })),
      distill: { ...defaultRecipe().distill, ...distill },
    });
    expect(replies.map(({ id, reply }) => [id, reply])).toEqual(replies.map((_, i) => [`mail-${i}`, "Thank you."]));
    expect(replies).toHaveLength(count);
    return { seconds: (performance.now() - startMs) / 1000, requests: server.requests };
  }

  it.each([
    ["learned from its headers", {}, {}],
    [
      "given by the recipe, where it sends none",
      { announcesLimits: false, retryAfter: false },
      { requestsPerMinute: 3000 },
    ],
  ])("keeps to a limit of requests %s: no mail lost, at most one refusal", async (_, server, distill) => {
    const requestLimit = { perMinute: 3000, burst: 60 };
    const { seconds, requests } = await askLimited(120, { requestLimit, latencyMs: 20, ...server }, distill);
    expect(requests.byStatus[429] ?? 0).toBeLessThanOrEqual(1);
    expect(requests.total).toBeLessThanOrEqual(121);
    expect(seconds).toBeGreaterThan(1.1); // (120 − 60) ÷ 50 a second = 1.2
  });

  it("keeps to a limit of tokens", async () => {
    const tokenLimit = { perMinute: 600_000, burst: 20_000 };
    const { requests } = await askLimited(200, { tokenLimit, latencyMs: 20 });
    expect(requests.byStatus[429] ?? 0).toBeLessThanOrEqual(1);
  });

  it("begins with few at once, and climbs, where a server says nothing of limits", async () => {
    const seen: number[] = [];
    const onAnswer = () => void seen.push(limited!.requests.inFlight);
    const { requests } = await askLimited(200, { announcesLimits: false, latencyMs: 20, slots: 4, onAnswer });
    expect(requests.byStatus).toEqual({ 200: 200 });
    expect(Math.max(...seen.slice(0, 5))).toBeLessThanOrEqual(4);
    expect(Math.max(...seen)).toBeGreaterThan(8);
  });
});
