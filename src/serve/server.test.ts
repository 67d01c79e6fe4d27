import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TINY_NAME, TINY_PROMPT, writeTinyGguf } from "../../scripts/fixtures/tiny-gguf.ts";
import { type RunningServer, startServer } from "./server.ts";

const MAIL = "From: Ann\nSubject: Secret plan\n\nShall we meet on Friday?";
const messages = [{ role: "user", content: MAIL }];
const KEY = "0123456789abcdef0123456789abcdef";

let folder: string;
let scripted: RunningServer;
let endless: RunningServer;
const log: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pocketreply-serve-"));
  const at = (name: string) => join(folder, name);
  await writeTinyGguf(at("scripted.gguf"), { script: ["Sure", " thing", " 😀"], contextTokens: 512 });
  await writeTinyGguf(at("endless.gguf"), { script: ["la", " li"], loop: true, contextTokens: 8192 });
  scripted = await startServer({
    maxReplyTokens: 160,
    mostContextTokens: 1024,
    gguf: at("scripted.gguf"),
    log: (line) => log.push(line),
    allowedOrigins: ["https://app.example"],
  });
  endless = await startServer({
    maxReplyTokens: 160,
    mostContextTokens: 1024,
    gguf: at("endless.gguf"),
    contextTokens: 8192,
    queuePlaces: 1,
    lanes: 1,
  });
});
afterAll(async () => {
  await scripted?.close();
  await endless?.close();
  await rm(folder, { recursive: true, force: true });
});

const json = { "content-type": "application/json" };
function post(server: RunningServer, body: unknown, options: RequestInit = {}): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(`${server.url}/v1/chat/completions`, { method: "POST", headers: json, body: text, ...options });
}

/** The `data:` lines of an event stream; all but the last parsed. */
async function readEvents(response: Response) {
  const lines = (await response.text()).split("\n\n").filter((event) => event !== "");
  expect(lines.every((line) => line.startsWith("data: ") && !line.includes("\n"))).toBe(true);
  const data = lines.map((line) => line.slice("data: ".length));
  return { chunks: data.filter((text) => text !== "[DONE]").map((text) => JSON.parse(text)), last: data.at(-1) };
}

/** A request with headers that fetch does not let a caller set. */
function rawGet(server: RunningServer, headers: IncomingHttpHeaders): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    httpRequest(`${server.url}/health`, { headers }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode!, body }));
    })
      .on("error", reject)
      .end();
  });
}

const health = async (server: RunningServer) =>
  (await fetch(`${server.url}/health`)).json() as Promise<{ busy: boolean; waiting: number }>;
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("POST /v1/chat/completions", () => {
  it("answers in OpenAI's shape", async () => {
    const response = await post(scripted, {
      model: TINY_NAME,
      messages,
      max_tokens: 20,
      temperature: 0,
      user: "me",
      n: 1,
      stop: null,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("application/json");
    const body = await response.json();
    const reply = { role: "assistant", content: "Sure thing 😀", refusal: null };
    expect(body).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: "chat.completion",
      created: expect.any(Number),
      model: TINY_NAME,
      choices: [{ index: 0, message: reply, logprobs: null, finish_reason: "stop" }],
      usage: { completion_tokens: 3 },
      pocketreply: { shortened: false, seed: null },
    });
    expect(body.usage.total_tokens).toBe(body.usage.prompt_tokens + 3);
  });

  it("streams the same reply, ended by its reason, the usage where asked for, and [DONE]", async () => {
    const response = await post(scripted, { messages, stream: true, stream_options: { include_usage: true } });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const { chunks, last } = await readEvents(response);
    expect(last).toBe("[DONE]");
    expect(
      chunks.every(
        ({ id, object, model }) => id === chunks[0].id && object === "chat.completion.chunk" && model === TINY_NAME,
      ),
    ).toBe(true);
    expect(chunks[0].choices[0]).toEqual({
      index: 0,
      delta: { role: "assistant", content: "" },
      logprobs: null,
      finish_reason: null,
    });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Sure thing 😀");
    expect(chunks.at(-2).choices[0]).toEqual({ index: 0, delta: {}, logprobs: null, finish_reason: "stop" });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 3 } });

    const plain = await readEvents(await post(scripted, { messages, stream: true }));
    expect(plain.chunks.some((chunk) => "usage" in chunk)).toBe(false);
    expect(plain.last).toBe("[DONE]");
  });

  it("ends at the limit and at stop strings", async () => {
    const ask = async (fields: object) => {
      const { choices, usage } = await (await post(endless, { messages, ...fields })).json();
      return [choices[0].message.content, choices[0].finish_reason, usage.completion_tokens];
    };
    expect(await ask({ max_completion_tokens: 3 })).toEqual(["la lila", "length", 3]);
    expect(await ask({ max_tokens: 50, stop: "lila" })).toEqual(["la", "stop", 3]);
    expect(await ask({ max_tokens: 50, stop: ["no", "la li"] })).toEqual(["", "stop", 2]);
  });

  it("takes a system prompt, earlier turns and contents in parts", async () => {
    const parts = [
      { type: "text", text: "How are " },
      { type: "text", text: "you?" },
    ];
    const turns = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hello", refusal: null },
    ];
    const ask = async (content: unknown) =>
      (await (await post(scripted, { messages: [...turns, { role: "user", content }] })).json()).usage.prompt_tokens;
    expect(await ask(parts)).toBe(await ask("How are you?"));
  });

  it("takes developer for system, and says where a system message will have no effect", async () => {
    const ask = async (role: string, content: string) =>
      (await post(scripted, { messages: [{ role, content }, ...messages] })).json();
    const [system, developer] = [await ask("system", "Be brief."), await ask("developer", "Be brief.")];
    expect(developer.usage).toEqual(system.usage);
    expect(developer.pocketreply.warnings).toEqual([expect.stringMatching(/has not learnt to obey another/)]);
    expect((await (await post(scripted, { messages })).json()).pocketreply.warnings).toEqual([]);
    const trained = TINY_PROMPT.systemPrompt;
    expect((await ask("system", trained)).pocketreply.warnings).toEqual([]);
    const streamed = await post(scripted, {
      messages: [{ role: "system", content: "Sing." }, ...messages],
      stream: true,
    });
    const { chunks } = await readEvents(streamed);
    expect(chunks.at(-1).pocketreply.warnings).toHaveLength(1);
  });

  it("says that it shortened a mail, and refuses a conversation that is too long", async () => {
    const long = "word after word ".repeat(100);
    const shortened = await (await post(scripted, { messages: [{ role: "user", content: long }] })).json();
    expect(shortened.pocketreply.shortened).toBe(true);
    const turns = [...messages, { role: "assistant", content: "Yes." }, { role: "user", content: long }];
    const refused = await post(scripted, { messages: turns });
    expect(refused.status).toBe(400);
    expect((await refused.json()).error).toMatchObject({ param: "messages", code: "context_length_exceeded" });
  });

  it.each([
    [{}, "messages", /messages must be a list/],
    [{ messages: [] }, "messages", /messages must be a list/],
    [
      { messages: [{ role: "tool", content: "x" }] },
      "messages[0].role",
      /must be "system", "developer", "user" or "assistant"/,
    ],
    [{ messages: [{ role: "user" }] }, "messages[0].content", /must be a text/],
    [
      { messages: [{ role: "user", content: [{ type: "image_url" }] }] },
      "messages[0].content[0]",
      /only text can be read/,
    ],
    [{ messages: [{ role: "user", content: "x", tool_calls: [] }] }, "messages[0].tool_calls", /not supported/],
    [
      { messages: [...messages, { role: "assistant", content: "x" }] },
      "messages[1].role",
      /must be of the role "user"/,
    ],
    [
      { messages: [...messages, { role: "system", content: "x" }, ...messages] },
      "messages[1].role",
      /may only stand first/,
    ],
    [{ messages, tools: [{}] }, "tools", /only at its neutral value/],
    [{ messages, logit_bias: { 5: 1 } }, "logit_bias", /only at its neutral value/],
    [{ messages, n: 9 }, "n", /from 1 to 8/],
    [{ messages, top_k: 5 }, "top_k", /not supported here. Fields in use: model, messages/],
    [{ messages, temperature: 3 }, "temperature", /from 0 to 2/],
    [{ messages, temperature: "0" }, "temperature", /from 0 to 2/],
    [{ messages, top_p: 0 }, "top_p", /above 0/],
    [{ messages, seed: -1 }, "seed", /whole number/],
    [{ messages, max_tokens: 0 }, "max_tokens", /from 1 to 511/],
    [{ messages, max_completion_tokens: 512 }, "max_completion_tokens", /from 1 to 511/],
    [{ messages, max_tokens: 5, max_completion_tokens: 6 }, "max_tokens", /differ/],
    [{ messages, stop: ["a", ""] }, "stop", /none of them empty/],
    [{ messages, stop: ["a", "b", "c", "d", "e"] }, "stop", /at most four/],
    [{ messages, stream: 1 }, "stream", /true or false/],
    [{ messages, stream_options: {} }, "stream_options", /only be sent with stream/],
    [{ messages, stream: true, stream_options: { usage: true } }, "stream_options.usage", /not supported/],
  ])("refuses %j", async (body, param, message) => {
    const response = await post(scripted, body);
    expect(response.status).toBe(400);
    const { error } = await response.json();
    expect(error).toMatchObject({ type: "invalid_request_error", param });
    expect(error.message).toMatch(message);
  });

  it("refuses what is no request: another model, no JSON, too much", async () => {
    const errorOf = async (response: Promise<Response>) => {
      const { status } = await response;
      return [status, (await (await response).json()).error.message];
    };
    expect(await errorOf(post(scripted, { model: "gpt-4o", messages }))).toEqual([
      404,
      expect.stringContaining(`one model, "${TINY_NAME}"`),
    ]);
    expect(await errorOf(post(scripted, "{nope"))).toEqual([400, "The body is not valid JSON."]);
    expect(await errorOf(post(scripted, "[]"))).toEqual([400, "The body must be a JSON object."]);
    expect(await errorOf(post(scripted, { messages }, { headers: {} }))).toEqual([
      415,
      expect.stringContaining("application/json"),
    ]);
    const large = { messages: [{ role: "user", content: "x".repeat(300_000) }] };
    expect(await errorOf(post(scripted, large))).toEqual([413, "The body is larger than 256000 bytes."]);
    const piece = new TextEncoder().encode("x".repeat(200_000));
    const body = new ReadableStream({
      start(control) {
        control.enqueue(piece);
        control.enqueue(piece);
        control.close();
      },
    });
    expect(await errorOf(post(scripted, "", { body, duplex: "half" } as RequestInit))).toEqual([
      413,
      "The body is larger than 256000 bytes.",
    ]);
    expect(await errorOf(fetch(`${scripted.url}/v1/embeddings`))).toEqual([
      404,
      expect.stringContaining("There are POST /v1/chat/completions, POST /v1/replies"),
    ]);
  });
});

describe("models", () => {
  it("have an id without blanks, by which they are found; the name that the file has is taken too", async () => {
    const at = join(folder, "blank.gguf");
    await writeTinyGguf(at, { script: ["Sure"], contextTokens: 512, name: "pocketreply my own" });
    const server = await startServer({ maxReplyTokens: 160, mostContextTokens: 1024, gguf: at });
    try {
      expect(server.model).toBe("pocketreply-my-own");
      const found = await fetch(`${server.url}/v1/models/pocketreply-my-own`);
      expect(await found.json()).toMatchObject({ id: "pocketreply-my-own", object: "model" });
      for (const model of ["pocketreply-my-own", "pocketreply my own"])
        expect(await (await post(server, { model, messages })).json()).toMatchObject({ model: "pocketreply-my-own" });
      const missing = await fetch(`${server.url}/v1/models/gpt-4o`);
      expect([missing.status, (await missing.json()).error.code]).toEqual([404, "model_not_found"]);
    } finally {
      await server.close();
    }
  });

  it("refuse a body of 10 MB with 413, also to a caller that sends all of it before it reads", async () => {
    const { port } = new URL(scripted.url);
    const size = 10_000_000;
    const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`;
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connectSocket({ port: Number(port), host: "127.0.0.1" });
      socket.pause().on("error", reject);
      socket.write(head);
      socket.write(Buffer.alloc(size, 0x78), () => socket.resume().once("data", (data) => resolve(data.toString())));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*larger than 256000 bytes/);
  });
});

describe("the queue", () => {
  it("answers one, lets one wait, turns away the third, and frees a place when a client leaves", async () => {
    const endlessRequest = { messages, max_tokens: 7000 };
    const first = new AbortController();
    const second = new AbortController();
    const running = post(endless, { ...endlessRequest, stream: true }, { signal: first.signal });
    await until(async () => (await health(endless)).busy);
    const waiting = post(endless, endlessRequest, { signal: second.signal });
    await until(async () => (await health(endless)).waiting === 1);

    const third = await post(endless, { ...endlessRequest, stream: true });
    expect(third.status).toBe(429);
    expect(Number(third.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await third.json()).error).toMatchObject({ type: "rate_limit_error", code: "queue_full" });

    second.abort();
    await expect(waiting).rejects.toThrow("aborted");
    await until(async () => (await health(endless)).waiting === 0);
    const next = post(endless, { messages, max_tokens: 2 });
    await until(async () => (await health(endless)).waiting === 1);
    const reader = (await running).body!.getReader();
    await reader.read();
    first.abort(); // in the middle of the stream: the answer is broken off, the next begins
    expect((await (await next).json()).choices[0].message.content).toBe("la li");
    expect(await health(endless)).toMatchObject({ busy: false, waiting: 0 });
  });

  it("breaks off the answer in progress when the server closes", async () => {
    const server = await startServer({
      maxReplyTokens: 160,
      mostContextTokens: 1024,
      gguf: join(folder, "endless.gguf"),
      contextTokens: 8192,
      lanes: 1,
      graceMs: 0,
    });
    const whole = post(server, { messages, max_tokens: 7000 });
    const streamed = post(server, { messages, max_tokens: 7000, stream: true });
    await until(async () => (await health(server)).waiting === 1);
    await server.close();
    expect((await whole).status).toBe(503);
    expect((await streamed).status).toBe(503); // it had not begun
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  });
});

describe("GET", () => {
  it("lists the model and says how the server is", async () => {
    const models = await (await fetch(`${scripted.url}/v1/models`)).json();
    expect(models).toMatchObject({
      object: "list",
      data: [{ id: TINY_NAME, object: "model", owned_by: "pocketreply" }],
    });
    expect(await health(scripted)).toEqual({
      status: "ok",
      model: TINY_NAME,
      uptimeSeconds: expect.any(Number),
      busy: false,
      waiting: 0,
    });
  });
});

describe("the guard", () => {
  it("listens on this machine only, unless that is meant", async () => {
    const gguf = join(folder, "scripted.gguf");
    expect(scripted.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await expect(startServer({ maxReplyTokens: 160, mostContextTokens: 1024, gguf, host: "0.0.0.0" })).rejects.toThrow(
      "Listening on 0.0.0.0 would let other machines",
    );
    const port = Number(new URL(scripted.url).port);
    await expect(startServer({ maxReplyTokens: 160, mostContextTokens: 1024, gguf, port })).rejects.toThrow(
      `Port ${port} of 127.0.0.1 is taken`,
    );
    const open = await startServer({
      maxReplyTokens: 160,
      mostContextTokens: 1024,
      gguf,
      host: "0.0.0.0",
      key: KEY,
      allowedHosts: ["mail.example"],
    });
    const local = { ...open, url: open.url.replace("0.0.0.0", "127.0.0.1") };
    const statusOf = async (host: string) => (await rawGet(local, { host, authorization: `Bearer ${KEY}` })).status;
    expect(await statusOf("192.168.1.7:80")).toBe(200);
    expect(await statusOf("mail.example")).toBe(200);
    expect(await statusOf("evil.example")).toBe(403);
    await open.close();
  });

  it("answers only to the names of this machine", async () => {
    for (const host of ["127.0.0.1", "localhost:1234", "[::1]:80", "LOCALHOST"])
      expect((await rawGet(scripted, { host })).status).toBe(200);
    for (const host of ["evil.example", "127.0.0.1.evil.example", "192.168.1.7"]) {
      const { status, body } = await rawGet(scripted, { host });
      expect([host, status]).toEqual([host, 403]);
      expect(JSON.parse(body).error).toMatchObject({ type: "permission_error", code: "host_not_allowed" });
    }
  });

  it("answers no page but our own and those that are named", async () => {
    const from = async (origin: string) => (await rawGet(scripted, { origin })).status;
    expect(await from(scripted.url)).toBe(200);
    expect(await from("https://app.example")).toBe(200);
    for (const origin of ["http://evil.example", "null", "http://localhost:3000", "https://127.0.0.1"])
      expect([origin, await from(origin)]).toEqual([origin, 403]);
  });

  it("answers an add-on that has the key, and none where there is no key", async () => {
    const addOn = { origin: "moz-extension://2714aea3-41c1-48a8-83ee-9009c5afbbdc" };
    expect((await rawGet(scripted, addOn)).status).toBe(403);
    const addOnKey = "0123456789abcdef";
    const options = { gguf: join(folder, "scripted.gguf"), maxReplyTokens: 60, mostContextTokens: 1024 };
    await expect(startServer({ ...options, addOnKey: "short" })).rejects.toThrow("has 5 characters; it needs 16");
    const paired = await startServer({ ...options, addOnKey });
    try {
      const status = async (headers: Record<string, string>) => (await rawGet(paired, headers)).status;
      expect(await status(addOn)).toBe(401);
      expect(await status({ ...addOn, authorization: "Bearer fedcba9876543210" })).toBe(401);
      expect(await status({ ...addOn, authorization: `Bearer ${addOnKey}` })).toBe(200);
      expect(await status({ origin: "http://evil.example", authorization: `Bearer ${addOnKey}` })).toBe(403);
      expect(await status({})).toBe(200); // on this machine the app and curl need none
    } finally {
      await paired.close();
    }
  });
});

describe("the log", () => {
  it("has a line a request, and nothing of any mail", async () => {
    log.length = 0;
    await post(scripted, { messages });
    await post(scripted, { messages: [{ role: "Secret plan" }] });
    await fetch(`${scripted.url}/Secret%20plan?Secret=plan`);
    expect(log.map((line) => line.replace(/\d+ ms$/, "… ms"))).toEqual([
      "POST /v1/chat/completions 200 … ms",
      "POST /v1/chat/completions 400 … ms",
      "GET (another path) 404 … ms",
    ]);
  });
});
