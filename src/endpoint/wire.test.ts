/** What providers do to requests and answers, as their users report it: each is met, or said with what to do. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect as connectSocket } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { answerSchemas } from "../prompts/index.ts";
import { endpointUrl, readApiKey, requestHeaders } from "./address.ts";
import { parseCompletion, requestBody } from "./chat-completion.ts";
import { type ClientOptions, createClient } from "./client.ts";
import { PAUSES } from "./pacer.fixture.ts";
import { createPacer } from "./pacer.ts";
import { findProxy } from "./route.ts";
import { explainStatus, TeacherError } from "./teacher-error.ts";

type Body = { messages: { role: string; content: string }[] } & Record<string, unknown>;
type Handler = (body: Body, response: ServerResponse, request: IncomingMessage) => void;

async function listen(handler: Handler): Promise<{ baseUrl: string; bodies: Body[] }> {
  const bodies: Body[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text) as Body;
    bodies.push(body);
    handler(body, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, bodies };
}

const completion = (content: string) =>
  JSON.stringify({
    choices: [{ message: { content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 9, completion_tokens: 3 },
  });
const refuse = (response: ServerResponse, message: string, status = 400, code = "") =>
  response.writeHead(status).end(JSON.stringify({ error: { message, code } }));

const request = {
  messages: [
    { role: "system", content: "Reply." },
    { role: "user", content: "Hi" },
  ],
  schema: answerSchemas.default.generate,
  temperature: 0.7,
  maxTokens: 40,
  seed: 5,
} as const;

function connect(baseUrl: string, options: Partial<ClientOptions> = {}) {
  const client = createClient({
    endpoint: { role: "teacher", baseUrl, model: "m", apiKeyEnv: "KEY", hasKey: false },
    ...{ apiKey: null, pacer: createPacer({ ...PAUSES, concurrency: 4 }), timeoutMs: 2000, retries: 2 },
    ...{ backoffMs: 1, maxBackoffMs: 2, ...options },
  });
  onTestFinished(() => client.close());
  return client;
}

describe("teacher.extraBody, teacher.headers, teacher.responseFormat", () => {
  it("reach every request, the body above all else", async () => {
    let seen = "";
    const { baseUrl, bodies } = await listen((_, response, { headers }) => {
      seen = `${headers["x-team"]} ${headers.authorization}`;
      response.end(completion("ok"));
    });
    const extraBody = { reasoning_effort: "none", chat_template_kwargs: { enable_thinking: false }, seed: 7 };
    const headers = { "X-Team": "mail", Authorization: "Basic abc" };
    await connect(baseUrl, { apiKey: "k", wire: { extraBody, headers, responseFormat: "auto" } }).complete(request);
    expect(bodies[0]).toMatchObject(extraBody);
    expect(seen).toBe("mail Basic abc");
  });

  it.each([
    ["auto", "json_schema", false],
    ["schema", "json_schema", false],
    ["json", "json_object", true],
    ["none", undefined, true],
  ] as const)("%s asks for %s", (responseFormat, type, isSpelled) => {
    const body = requestBody("m", request, new Set(), { extraBody: {}, responseFormat }) as Body;
    expect((body.response_format as { type?: string } | undefined)?.type).toBe(type);
    expect(body.messages[0].content.includes("JSON schema")).toBe(isSpelled);
  });

  it("schema is insisted on: what turns it down is told to the person", async () => {
    const { baseUrl, bodies } = await listen(
      (_, response) => void refuse(response, "response_format is not supported"),
    );
    const wire = { extraBody: {}, headers: {}, responseFormat: "schema" } as const;
    await expect(connect(baseUrl, { wire }).complete(request)).rejects.toThrow("response_format is not supported");
    expect(bodies).toHaveLength(1);
  });
});

describe("refusals in other words", () => {
  it.each([
    "This response_format type is unavailable now",
    "json_schema is not supported by this model",
    "Structured outputs are not enabled for this deployment",
    "This model does not support response format `json_schema`.",
    "JSON mode is not enabled for models/gemma-3",
    "guided decoding is not supported on this backend",
    "failed to parse grammar",
    "xgrammar does not support this keyword",
    "Constrained decoding is unavailable",
    "Unknown field: response_schema",
  ])("of a schema: %s", async (message) => {
    const { baseUrl, bodies } = await listen((body, response) => {
      if ("response_format" in body) return void refuse(response, message);
      response.end(completion("ok"));
    });
    const client = connect(baseUrl);
    expect((await client.complete(request)).text).toBe("ok");
    expect(client.dropped).toEqual(["response_format"]);
    expect(bodies[1].messages[0].content).toContain("JSON schema");
  });

  it.each([
    "System role not supported",
    "Developer instruction is not enabled for models/gemma-3-27b-it",
    "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
    "Conversation roles must alternate user/assistant/user/assistant/...",
  ])("of the system role, whose words then stand before the user's: %s", async (message) => {
    const { baseUrl, bodies } = await listen((body, response) => {
      if (body.messages[0].role === "system") return void refuse(response, message);
      response.end(completion("ok"));
    });
    await connect(baseUrl).complete(request);
    expect(bodies[1].messages).toEqual([{ role: "user", content: "Reply.\n\nHi" }]);
  });

  it.each([
    ["of llama.cpp's template, as a 500", 500, "Jinja Exception: System role not supported", "system"],
    ["of a schema, as not implemented", 501, "response_format json_schema is not implemented", "response_format"],
    [
      "of a schema by a router, as not found",
      404,
      "No endpoints found that support structured outputs",
      "response_format",
    ],
  ] as const)("%s", async (_, status, message, dropped) => {
    const { baseUrl } = await listen((body, response) => {
      const asks = dropped === "system" ? body.messages[0].role === "system" : "response_format" in body;
      if (asks) return void refuse(response, message, status);
      response.end(completion("ok"));
    });
    const client = connect(baseUrl);
    expect((await client.complete(request)).text).toBe("ok");
    expect(client.dropped).toEqual([dropped]);
  });

  it("of a seed, by a validator that names it", async () => {
    const { baseUrl } = await listen((body, response) => {
      if ("seed" in body)
        return void response.writeHead(422).end(
          JSON.stringify({
            detail: [{ type: "extra_forbidden", loc: ["body", "seed"], msg: "Extra inputs are not permitted" }],
          }),
        );
      response.end(completion("ok"));
    });
    expect((await connect(baseUrl).complete(request)).text).toBe("ok");
  });

  it("of an answer in one piece: it is then asked for as a stream", async () => {
    const { baseUrl, bodies } = await listen((body, response) => {
      if (body.stream !== true) return void refuse(response, "This model only supports streaming.");
      response.setHeader("content-type", "text/event-stream");
      response.end(
        'data: {"choices":[{"delta":{"role":"assistant","content":"Hel"}}]}\n\ndata: {"choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}]}\n\ndata: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}\n\ndata: [DONE]\n\n',
      );
    });
    expect(await connect(baseUrl).complete(request)).toMatchObject({
      ...{ text: "Hello", finishReason: "stop", usage: { promptTokens: 9, completionTokens: 3 } },
    });
    expect(bodies).toHaveLength(2);
  });
});

describe("answers in disguise", () => {
  it.each([
    [
      "a stream that nobody asked for",
      `data: ${JSON.stringify({ choices: [{ delta: { content: "ok" }, finish_reason: "stop" }] })}\n\n`,
    ],
    [
      "comments and events before it",
      `: ping\n\nevent: x\ndata: {"choices":[{"delta":{"content":"ok"}}]}\n\ndata: [DONE]\n\n`,
    ],
    ["a byte order mark", `\uFEFF${completion("ok")}`],
    ["the older API's text", JSON.stringify({ choices: [{ text: "ok", finish_reason: "stop" }] })],
    [
      "the older API's text in pieces",
      'data: {"choices":[{"text":"o"}]}\n\ndata: {"choices":[{"text":"k","finish_reason":"stop"}]}\n\n',
    ],
    [
      "one piece of a stream as the whole",
      JSON.stringify({ choices: [{ delta: { content: "ok" }, finish_reason: "stop" }] }),
    ],
  ])("%s", async (_, text) => {
    const { baseUrl } = await listen((__, response) => void response.end(text));
    expect((await connect(baseUrl).complete(request)).text).toBe("ok");
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["", gzipSync],
  ])("compressed as %j without being asked", async (encoding, pack) => {
    const { baseUrl } = await listen((_, response) => {
      if (encoding) response.setHeader("content-encoding", encoding);
      response.end(pack(completion("ok")));
    });
    expect((await connect(baseUrl).complete(request)).text).toBe("ok");
  });

  it("a stream that is cut is tried again, and a compressed answer that unpacks without end is refused", async () => {
    let tries = 0;
    const { baseUrl } = await listen((_, response) => {
      if (++tries === 1) return void response.end('data: {"choices":[{"delta":{"content":"o"}}]}\n\ndata: {"choi');
      if (tries === 2)
        return void response.setHeader("content-encoding", "gzip").end(gzipSync(Buffer.alloc(64 << 20, 32)));
      response.end(completion("ok"));
    });
    expect(await connect(baseUrl).complete(request)).toMatchObject({ text: "ok", retries: 2 });
  });

  it.each([
    ["words alone", "Hello, I am fine.", /not JSON.*it said "Hello, I am fine\."/],
    ["lines of JSON", '{"message":{"content":"Hi"}}\n{"done":true}\n', /not JSON/],
    ["streams without an end", 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n', /not JSON/],
    ["no choices", '{"choices":[]}', /an answer without choices/],
    ["nothing", "", /an empty answer, it said nothing/],
  ])("%s, one after another, end the run while no more than 50 are in flight", async (_, text, message) => {
    let calls = 0;
    let usable = 0; // answers before all that follow are spoilt
    const { baseUrl } = await listen((__, response) => {
      setTimeout(() => response.end(++calls <= usable ? completion("ok") : text), 2);
    });
    const ask = async () => {
      const stop = new AbortController();
      const pacer = createPacer({ ...PAUSES, concurrency: 50 });
      const client = connect(baseUrl, { stop, pacer, retries: 6 });
      const all = await Promise.allSettled(Array.from({ length: 150 }, () => client.complete(request)));
      expect(all.some(({ status }) => status === "rejected")).toBe(true);
      expect(stop.signal.reason).toMatchObject({ name: "UserError", message: expect.stringMatching(message) });
    };
    await ask();
    expect(calls).toBeLessThanOrEqual(50);
    [calls, usable] = [0, 20];
    await ask();
    expect(calls).toBeLessThanOrEqual(20 + 60 + 50);
  });

  it.each([
    [
      "Groq's answer that missed the schema",
      400,
      { error: { message: "Failed to generate JSON.", code: "json_validate_failed" } },
    ],
    ["an answer that broke off", 200, { choices: [{ message: { content: "o" }, finish_reason: "error" }] }],
    [
      "nothing, counted as nothing",
      200,
      {
        choices: [{ message: { content: "" }, finish_reason: "stop" }],
        usage: { prompt_tokens: 0, completion_tokens: 0 },
      },
    ],
    ["a limit inside a success", 200, { error: { message: "Rate limited", code: 429 } }],
    ["a limit inside a success, in words", 200, { error: { message: "Rate limit reached", type: "rate_limit_error" } }],
    ["Zhipu's network error", 200, { choices: [{ message: { content: "" }, finish_reason: "network_error" }] }],
    ["SGLang's abort", 200, { choices: [{ message: { content: '{"resp' }, finish_reason: "abort" }] }],
    ["OpenRouter's word for its provider's trouble", 400, { error: { message: "Provider returned error" } }],
  ])("%s is tried again and blamed on nobody", async (_, status, body) => {
    let tries = 0;
    const { baseUrl } = await listen((__, response) => {
      if (++tries === 1) return void response.writeHead(status).end(JSON.stringify(body));
      response.end(completion("ok"));
    });
    expect(
      await connect(baseUrl, { pacer: createPacer({ concurrency: 4, backoffMs: 1, maxBackoffMs: 2 }) }).complete(
        request,
      ),
    ).toMatchObject({ text: "ok", retries: 1 });
  });

  it("half a character never leaves and never comes in", async () => {
    const { baseUrl, bodies } = await listen((_, response) => void response.end(completion("Hi \ud83d!")));
    const messages = [{ role: "user", content: "Hello \ude00 😀" }] as const;
    const { text } = await connect(baseUrl).complete({ ...request, messages });
    expect(text).toBe("Hi \ufffd!");
    expect(bodies[0].messages[0].content).toBe("Hello \ufffd 😀");
    expect(parseCompletion('{"choices":[{"message":{"content":"\\ud83d\\ude00"}}]}')).toMatchObject({ text: "😀" });
  });
});

describe("limits", () => {
  const failWith = async (message: string, extra: object = {}) => {
    const { baseUrl } = await listen(
      (_, response) => void response.writeHead(429).end(JSON.stringify({ error: { message, ...extra } })),
    );
    return connect(baseUrl, { retries: 0 })
      .complete(request)
      .catch((error: Error) => error);
  };

  it("of a day end the run with when to come back", async () => {
    const gemini = `You exceeded your current quota. ${"More words. ".repeat(40)}Quota exceeded for metric: GenerateRequestsPerDayPerProjectPerModel-FreeTier. Please retry in 34.07s.`;
    for (const [period, message] of [
      ["week", "Weekly limit reached"],
      ["month", "Monthly usage limit exceeded"],
    ])
      expect(await failWith(message)).toMatchObject({ message: expect.stringContaining(`in a ${period} (`) });
    const perDay = "quota exceeded for quota metric 'Requests' and limit 'Requests per day'";
    for (const message of [
      gemini,
      "Limit of 200 requests per day (RPD) reached",
      "You have hit your daily limit",
      perDay,
    ])
      expect(await failWith(message)).toMatchObject({
        name: "UserError",
        message: expect.stringContaining('what it may ask of "m" in a day'),
      });
  });

  it("name their wait anywhere: behind many words, or as Gemini's delay", async () => {
    const endpoint = { role: "teacher", baseUrl: "http://h/v1", model: "m", apiKeyEnv: "KEY", hasKey: false } as const;
    const waits = [
      { message: `Resource exhausted. ${"More words. ".repeat(40)}Please retry in 34.07s.` },
      { message: "Resource exhausted.", details: [{ "@type": "google.rpc.RetryInfo", retryDelay: "34s" }] },
      { message: "Rate limit reached on tokens per day (TPD): Limit 500000. Please try again in 7m12s." },
      { message: "Retry after 1 minute." },
      { message: "Slow down! Please wait about 2 minutes and ask then." },
      { message: "Please wait 30 seconds" },
      { message: "Too many", retry_after: 12 },
      { message: "Too many", retry_after_ms: 1500 },
      { message: "Rate limit exceeded, retry in 1500ms." },
    ].map((error) => {
      const failure = explainStatus({ status: 429, headers: {}, text: JSON.stringify({ error }) }, endpoint, true);
      return failure instanceof TeacherError ? failure.retryAfterMs : failure.message;
    });
    expect(waits).toEqual([34_070, 34_000, 432_000, 60_000, 120_000, 30_000, 12_000, 1500, 1500]);
  });
});

describe("addresses, keys and ways", () => {
  it("keep Azure's query, and give its key under Azure's name", async () => {
    const base = "https://x.openai.azure.com/openai/deployments/gpt-4o?api-version=2024-10-21";
    expect(endpointUrl(base, "/chat/completions")).toBe(
      "https://x.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
    );
    expect(endpointUrl("http://h/v1/", "/models")).toBe("http://h/v1/models");
    expect(requestHeaders(base, "k")).toEqual({ "user-agent": "pocketreply", "api-key": "k" });
    expect(requestHeaders("http://h/v1", "k")).toEqual({ "user-agent": "pocketreply", authorization: "Bearer k" });
    let path = "";
    const { baseUrl } = await listen((_, response, { url }) => {
      path = url!;
      response.end(completion("ok"));
    });
    await connect(`${baseUrl}?api-version=1`).complete(request);
    expect(path).toBe("/v1/chat/completions?api-version=1");
  });

  it.each([
    ["sk-abc\n", /holds a line end at place 7 of 7/],
    ["sk-abc…xyz", /holds the character "…" at place 7 of 10, as from a key that was shortened for display/],
    ["sk abc", /holds a space at place 3/],
  ])("say what is wrong with the key %j", (key, message) => {
    vi.stubEnv("WIRE_TEST_KEY", key);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(() => readApiKey("WIRE_TEST_KEY")).toThrow(message);
  });

  it("go through the proxy that the environment names", async () => {
    const proxied: string[] = [];
    const target = await listen((_, response) => void response.end(completion("ok")));
    const proxy = createServer(async (incoming, response) => {
      proxied.push(`${incoming.url} ${incoming.headers["proxy-authorization"]}`);
      let text = "";
      for await (const chunk of incoming) text += chunk;
      const answer = await fetch(`${target.baseUrl}/chat/completions`, { method: "POST", body: text });
      response.end(await answer.text());
    });
    proxy.on("connect", ({ url }, socket) => {
      proxied.push(`CONNECT ${url}`);
      const [, port] = url!.split(":");
      const through = connectSocket(Number(port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        through.pipe(socket);
        socket.pipe(through);
      });
      through.on("error", () => socket.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      proxy.close();
      proxy.closeAllConnections();
    });
    const { port } = proxy.address() as AddressInfo;
    vi.stubEnv("HTTP_PROXY", `http://me:pass@127.0.0.1:${port}`);
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${port}`);
    vi.stubEnv("NO_PROXY", "");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await connect("http://model.example/v1", { timeoutMs: 30_000 }).complete(request)).text).toBe("ok");
    expect(proxied).toEqual([
      `http://model.example/v1/chat/completions Basic ${Buffer.from("me:pass").toString("base64")}`,
    ]);
    const { port: plain } = new URL(target.baseUrl); // it speaks no TLS: the tunnel stands, and the handshake fails
    await expect(connect(`https://model.example:${plain}/v1`).complete(request)).rejects.toThrow(/model\.example/);
    expect(proxied[1]).toBe(`CONNECT model.example:${plain}`);
  });

  it("read the variables as curl does", () => {
    const find = (url: string, env: Record<string, string>) => findProxy(new URL(url), env)?.href ?? null;
    const env = { HTTPS_PROXY: "http://p:3128", NO_PROXY: "corp.example, .lab.example,api.example:8443" };
    expect(find("https://api.openai.com/v1", env)).toBe("http://p:3128/");
    expect(find("http://api.openai.com/v1", env)).toBeNull();
    expect(find("https://model.corp.example", env)).toBeNull();
    expect(find("https://a.lab.example", env)).toBeNull();
    expect(find("https://api.example:8443", env)).toBeNull();
    expect(find("https://api.example", env)).toBe("http://p:3128/");
    expect(find("https://localhost:1", env)).toBeNull();
    expect(find("https://x.example", { ...env, NO_PROXY: "*" })).toBeNull();
    expect(find("http://x.example", { all_proxy: "p:3128" })).toBe("http://p:3128/");
    expect(() => find("https://x.example", { https_proxy: "socks5://u:secret@p:1" })).toThrow(
      /"socks5:\/\/…@p:1".*no HTTP proxy/,
    );
  });

  it("name a model that is slower than the limit, and what to raise", async () => {
    const { baseUrl } = await listen(() => {});
    const error = await connect(baseUrl, { timeoutMs: 20, retries: 9 })
      .complete(request)
      .catch((reason) => reason);
    expect(error).not.toBeInstanceOf(TeacherError);
    expect(error.message).toMatch(
      /The teacher "m" at .* is too slow.*no whole answer within 20 ms.*distill\.timeoutMs/,
    );
  });
});

it("knows the ends that other servers give their own names", () => {
  const end = (finish_reason: string) => {
    const parsed = parseCompletion(JSON.stringify({ choices: [{ message: { content: "Hi" }, finish_reason }] }));
    return typeof parsed === "string" ? parsed : parsed.finishReason;
  };
  for (const reason of ["length", "MAX_TOKENS", "max_output_tokens", "model_length"])
    expect(end(reason)).toBe("length");
  for (const reason of ["content_filter", "content_filter: SAFETY", "SAFETY", "sensitive", "RECITATION"])
    expect(end(reason)).toBe("content_filter");
  expect(end("STOP")).toBe("STOP");
});

it("reads JSON that a gateway has parsed already", () => {
  const body = (message: object) => JSON.stringify({ choices: [{ message, finish_reason: "stop" }] });
  const said = { response: "Hi" };
  expect(parseCompletion(body({ content: said }))).toMatchObject({ text: '{"response":"Hi"}' });
  const tool_calls = [{ function: { name: "reply", arguments: said } }];
  expect(parseCompletion(body({ content: null, tool_calls }))).toMatchObject({ text: '{"response":"Hi"}' });
});

it("reads what a server hands to a function that it made of the schema", () => {
  const call = { type: "function", function: { name: "reply", arguments: '{"response":"Hi"}' } };
  const body = (content: unknown, tool_calls: unknown) =>
    JSON.stringify({ choices: [{ message: { content, tool_calls }, finish_reason: "tool_calls" }] });
  expect(parseCompletion(body(null, [call]))).toMatchObject({ text: '{"response":"Hi"}' });
  expect(parseCompletion(body("words", [call]))).toMatchObject({ text: "words" });
  expect(parseCompletion(body(null, [{}]))).toMatchObject({ text: "" });
});
