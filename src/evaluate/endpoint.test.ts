import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { answerByEndpoint, type EndpointReply } from "./endpoint.ts";

interface Body {
  readonly model: string;
  readonly messages: readonly { role: string; content: string }[];
  readonly seed: number;
  readonly max_tokens: number;
  readonly response_format?: unknown;
}

let server: Server | undefined;
afterEach(() => server?.close());

/** An endpoint whose answer to each request `reply` makes: a message and how it ended, or an HTTP status. */
async function serve(
  reply: (body: Body, count: number) => { content: string; finish?: string; refusal?: string } | number,
): Promise<{ baseUrl: string; bodies: Body[] }> {
  const bodies: Body[] = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Body;
    bodies.push(body);
    await sleep((body.seed % 5) * 4); // answers come in another order than they were asked for
    const answer = reply(body, bodies.length);
    response.setHeader("content-type", "application/json");
    if (typeof answer === "number") {
      response.statusCode = answer;
      return response.end(JSON.stringify({ error: { message: "not this one", type: "invalid_request_error" } }));
    }
    const { content, finish = "stop", refusal = null } = answer;
    const choices = [{ index: 0, message: { role: "assistant", content, refusal }, finish_reason: finish }];
    response.end(JSON.stringify({ choices, usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } }));
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, bodies };
}

const mails = Array.from({ length: 12 }, (_, i) => ({ id: `mail-${i}`, email: `Subject: ${i}\n\nHi ${i}` }));

async function ask(baseUrl: string, options: Partial<Parameters<typeof answerByEndpoint>[0]> = {}) {
  const replies: EndpointReply[] = [];
  const all = answerByEndpoint({
    endpoint: { baseUrl, model: "some-model", apiKeyEnv: "NO_SUCH_KEY" },
    mails,
    systemPrompt: "Reply to this email.",
    seed: 42,
    maxTokens: 50,
    temperature: 0,
    pacing: { concurrency: 4, timeoutMs: 5000, retries: 1, backoffMs: 1, maxBackoffMs: 2 },
    ...options,
  });
  for await (const reply of all) replies.push(reply);
  return replies;
}

const echo = ({ messages }: Body) => ({ content: ` Re ${messages[1].content.split("\n")[0]} ` });

describe("answerByEndpoint", () => {
  it("answers in order, as plain text, each mail by its own seed", async () => {
    const { baseUrl, bodies } = await serve(echo);
    const replies = await ask(baseUrl);
    expect(replies.map(({ id, reply }) => [id, reply])).toEqual(mails.map(({ id }, i) => [id, `Re Subject: ${i}`]));
    expect(replies[0]).toMatchObject({ stopped: "end", promptTokens: 7, replyTokens: 3 });
    expect(bodies[0]).toMatchObject({ model: "some-model", max_tokens: 50, messages: [{ role: "system", content: "Reply to this email." }, { role: "user" }] }); // biome-ignore format: one line
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
    server!.close();
    const { baseUrl: broken } = await serve((body) => (body.messages[1].content.includes("Hi 6") ? 503 : echo(body)));
    await expect(ask(broken)).rejects.toThrow("the same command goes on from there");
    await expect(ask("localhost:1/v1")).rejects.toThrow('evaluate.predictor.baseUrl is "localhost:1/v1"');
  });
});
