import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { UserError } from "../errors.ts";
import { answerSchemas } from "../prompts/index.ts";
import { type ClientOptions, createClient } from "./client.ts";
import { createFastClock } from "./clock.fixture.ts";
import { backoffMs, type Clock } from "./clock.ts";
import { CARRIER_GONE } from "./exchange.ts";
import { PAUSES } from "./pacer.fixture.ts";
import { createPacer } from "./pacer.ts";
import { TeacherError } from "./teacher-error.ts";

/** A clock whose waits are over at once and are written down; `random` is fixed. */
function fakeClock(random = 0.5): Clock & { waits: number[] } {
  const waits: number[] = [];
  return { waits, now: () => 0, random: () => random, sleep: async (ms) => void waits.push(ms) };
}

type Script = (response: ServerResponse, body: Record<string, unknown>) => void;

/** A server that answers the n-th request by the n-th script, and the last one from then on. */
async function serve(...scripts: Script[]): Promise<{ baseUrl: string; bodies: Record<string, unknown>[] }> {
  const bodies: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    bodies.push({ ...JSON.parse(text), path: request.url, authorization: request.headers.authorization });
    scripts[Math.min(bodies.length, scripts.length) - 1](response, bodies.at(-1)!);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, bodies };
}

const send =
  (status: number, body: unknown, headers: Record<string, string> = {}): Script =>
  (response) => {
    response.writeHead(status, headers);
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
const fail = (status: number, error: object = {}, headers = {}) => send(status, { error }, headers);
const good = send(200, {
  choices: [{ message: { content: '{"response":"Hi"}' }, finish_reason: "stop" }],
  usage: { prompt_tokens: 9, completion_tokens: 3 },
});

const request = {
  messages: [{ role: "user", content: "hi" }],
  schema: answerSchemas.paper.generate,
  temperature: 0.7,
  maxTokens: 40,
  seed: 5,
} as const;

function connect(baseUrl: string, options: Partial<ClientOptions> = {}, hasKey = false) {
  const client = createClient({
    endpoint: { role: "teacher", baseUrl, model: "m1", apiKeyEnv: "TEACHER_KEY", hasKey },
    apiKey: hasKey ? "secret" : null,
    pacer: createPacer({ ...PAUSES, concurrency: 50 }),
    timeoutMs: 1000,
    retries: 3,
    backoffMs: 100,
    maxBackoffMs: 1000,
    clock: fakeClock(),
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

describe("a request", () => {
  it("is a chat completion with a strict schema, and the answer comes with its tokens", async () => {
    const server = await serve(good);
    const completion = await connect(`${server.baseUrl}/`, {}, true).complete(request);
    expect(completion).toEqual({
      text: '{"response":"Hi"}',
      finishReason: "stop",
      refusal: null,
      usage: { promptTokens: 9, completionTokens: 3 },
      latencyMs: 0,
      retries: 0,
    });
    expect(server.bodies).toEqual([
      {
        model: "m1",
        messages: [{ role: "user", content: "hi" }],
        max_tokens: 40,
        temperature: 0.7,
        seed: 5,
        response_format: {
          type: "json_schema",
          json_schema: { name: "email_reply", strict: true, schema: answerSchemas.paper.generate.schema },
        },
        path: "/v1/chat/completions",
        authorization: "Bearer secret",
      },
    ]);
  });

  it("goes without the parameters that an endpoint turns down, from then on", async () => {
    const server = await serve(
      fail(400, {
        message:
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        param: "max_tokens",
      }),
      fail(400, {
        message: "Unsupported value: 'temperature' does not support 0.7 with this model.",
        param: "temperature",
      }),
      fail(400, { message: "This model does not support response_format json_schema" }),
      good,
    );
    const client = connect(server.baseUrl);
    expect((await client.complete(request)).retries).toBe(0);
    await client.complete(request);
    expect(Object.keys(server.bodies[4]).sort()).toEqual([
      "authorization",
      "max_completion_tokens",
      "messages",
      "model",
      "path",
      "seed",
    ]);
    expect(client.dropped).toEqual(["max_tokens", "temperature", "response_format"]);
  });
});

describe("what is tried again", () => {
  it.each([
    ["429", fail(429, { message: "slow down", code: "rate_limit_exceeded", type: "requests" })],
    ["408", fail(408)],
    ["409", fail(409)],
    ["500", fail(500)],
    ["503 with HTML", send(503, "<html><title>Bad gateway</title></html>")],
    ["529", fail(529)],
    ["a reset", (response: ServerResponse) => void response.socket!.destroy()],
    [
      "a cut body",
      (response: ServerResponse) => {
        response.writeHead(200, { "content-length": 500 });
        response.write('{"choices":', () => response.socket!.destroy());
      },
    ],
    ["a body cut at its declared end", send(200, '{"choices":[{"mess')],
    ["HTML with 200", send(200, "<!doctype html><title>Hello</title>")],
    ["nothing with 200", send(200, "")],
    ["no choices", send(200, { choices: [] })],
    ["an error inside a success", send(200, { error: { message: "upstream failed" } })],
    ["a body of 5 MB", send(200, "x".repeat(5 << 20))],
    ["silence", () => {}],
  ] as [string, Script][])("%s", async (name, script) => {
    const server = await serve(script, good);
    const completion = await connect(server.baseUrl, name === "silence" ? { timeoutMs: 100 } : {}).complete(request);
    expect([completion.retries, server.bodies.length]).toEqual([1, 2]);
  });

  it("waits twice as long each time, half of it by chance, up to a most; Retry-After is a minimum", async () => {
    const clock = fakeClock(0.5);
    const server = await serve(
      fail(500),
      fail(500),
      fail(429, {}, { "retry-after": "0.2" }),
      fail(429, {}, { "retry-after-ms": "123.4", "retry-after": "9" }),
      fail(500),
      good,
    );
    await connect(server.baseUrl, { clock, retries: 5 }).complete(request);
    expect(clock.waits).toEqual([75, 150, 200 + 300, 123.4 + 600, 750]); // half of 100, 200, 400, 800, then of the most, 1000
    const wait = (random: number) =>
      backoffMs({ tries: 3, baseMs: 100, maxMs: 1000, retryAfterMs: null, clock: fakeClock(random) });
    expect([wait(0), wait(0.999)]).toEqual([200, 0.9995 * 400]);
  });

  it("is given up after the last retry, with the number of tries", async () => {
    const server = await serve(fail(500, { message: "kaput" }));
    const error = await connect(server.baseUrl)
      .complete(request)
      .catch((e) => e);
    expect(error).toBeInstanceOf(TeacherError);
    expect(error).toMatchObject({
      status: 500,
      retryable: true,
      attempts: 4,
      message: `500 from ${server.baseUrl}: kaput (tried 4 times)`,
    });
    expect(server.bodies.length).toBe(4);
  });

  it("is told as a setback with its call, unless a limit was met; a test of the endpoint is tried more often and is none", async () => {
    const limited = fail(429, { type: "requests" }, { "retry-after-ms": "1" });
    const gateway = send(404, "<html><title>Not Found</title></html>");
    const cut: Script = (response) => void response.socket!.destroy();
    const server = await serve(good, fail(503), gateway, limited, cut, good, fail(400), fail(500));
    const clock = createFastClock(50);
    const client = connect(server.baseUrl, { clock, pacer: createPacer({ ...PAUSES, concurrency: 1, clock }) });
    const told: [object, number | null][] = [];
    client.onSetback((call, { status }) => told.push([call, status]));
    await client.complete(request);
    const call = { ...request };
    await client.complete(call);
    expect(told).toEqual([503, 404, null].map((status) => [call, status]));
    expect(told[0][0]).toBe(call);
    await client.complete(request).catch(() => {});
    const test = await client.complete({ ...request, isUrgent: true }).catch((error) => error);
    expect(test).toMatchObject({ status: 500, attempts: 6 }); // of 3 retries
    expect(told).toHaveLength(3);
  });

  it("is no setback of the endpoint where only who carried the request is gone", async () => {
    const gone = Object.assign(new Error("the worker is gone"), { code: CARRIER_GONE });
    const connections = { post: () => Promise.reject(gone), close() {} };
    const client = connect("http://127.0.0.1:9/v1", { connections, retries: 1 });
    let told = 0;
    client.onSetback(() => told++);
    await expect(client.complete(request)).rejects.toMatchObject({ retryable: true, isOfEndpoint: false, attempts: 2 });
    expect(told).toBe(0);
  });

  it("a limit uses up no retry, and the pause holds back all callers", async () => {
    const limited = fail(429, { type: "requests", code: "rate_limit_exceeded" }, { "retry-after-ms": "30" });
    const server = await serve(good, limited, limited, limited, limited, good);
    const clock = createFastClock(50); // after a refusal the pacer sends seconds apart
    const pacer = createPacer({ ...PAUSES, concurrency: 1, backoffMs: 1, clock });
    const client = connect(server.baseUrl, { pacer, retries: 0 });
    await client.complete(request);
    const startMs = clock.now();
    const [limitedCall, other] = await Promise.all([client.complete(request), client.complete(request)]);
    expect(limitedCall.retries + other.retries).toBe(4);
    expect(clock.now() - startMs).toBeGreaterThanOrEqual(4 * 29);
    expect(pacer.state().refusals).toBe(4);
  });

  it("an error inside a success is what its code says", async () => {
    const server = await serve(good, send(200, { error: { code: 402, message: "Insufficient credits" } }));
    const client = connect(server.baseUrl, { stop: new AbortController() });
    await client.complete(request);
    await expect(client.complete(request)).rejects.toThrow(/no money or quota left/);
  });

  it("a call that succeeded is not made again because another one found a parameter to drop", async () => {
    const server = await serve(
      good,
      (response) => setTimeout(() => good(response, {}), 60),
      fail(400, { param: "seed", message: "Unsupported parameter: 'seed'" }),
      good,
    );
    const client = connect(server.baseUrl);
    await client.complete(request);
    await Promise.all([client.complete(request), client.complete(request)]);
    expect(client.dropped).toEqual(["seed"]);
    expect(server.bodies.length).toBe(4);
  });

  it("tells the pacer what the answers took, as near as it is known", async () => {
    const usage = { prompt_tokens: 40, completion_tokens: 3 };
    const choices = [{ message: { content: "{}" } }];
    const server = await serve(
      send(200, { choices, usage }),
      send(200, { choices, usage: { prompt_tokens: 0, completion_tokens: 3 } }), // Ollama: the prompt was cached
      send(200, { choices }),
    );
    const pacer = createPacer({ ...PAUSES, concurrency: 1 });
    const client = connect(server.baseUrl, { pacer });
    const taken: number[] = [];
    for (let i = 0; i < 3; i++) {
      await client.complete(request);
      taken.push(pacer.state().tokens.lastMinute - taken.reduce((sum, value) => sum + value, 0));
    }
    expect(taken[0]).toBe(43);
    expect(taken[1]).toBeGreaterThan(40); // the estimate in the place of 0
    expect(taken[2]).toBeGreaterThan(taken[1]); // nothing known: the most that it may have taken
  });

  it("holds no place while it waits", async () => {
    const server = await serve(good, fail(500), good);
    const pacer = createPacer({ ...PAUSES, concurrency: 1 });
    let waiting = 0;
    const clock: Clock = {
      ...fakeClock(),
      sleep: async () => {
        waiting++;
        const ticket = await pacer.admit({ model: "m1", estimatedTokens: 1 }); // with its one place held this would wait for ever
        ticket.settle({ status: 200, headers: null, retryAfterMs: null, tokens: null, latencyMs: 0, pushback: null });
      },
    };
    const client = connect(server.baseUrl, { pacer, clock });
    await client.complete(request);
    await client.complete(request);
    expect(waiting).toBe(1);
  });
});

describe("what is not tried again", () => {
  it.each([400, 413, 422])("%i concerns this mail alone", async (status) => {
    const server = await serve(good, fail(status, { message: "no such thing" }));
    const client = connect(server.baseUrl);
    await client.complete(request);
    const error = await client.complete(request).catch((e) => e);
    expect(error).toBeInstanceOf(TeacherError);
    expect(error).toMatchObject({
      status,
      retryable: false,
      attempts: 1,
      message: `${status} from ${server.baseUrl}: no such thing`,
    });
  });

  const quota = { type: "insufficient_quota", message: "You exceeded your current quota" };
  it.each([
    [
      "an empty account",
      fail(429, { ...quota, code: "credit_balance_exhausted" }),
      /account has no money or quota left \(429 .*exceeded your current quota\)\. Add credit/,
    ],
    ["an empty account, older code", fail(429, { ...quota, code: null }), /no money or quota/],
    ["payment required", fail(402, { message: "Insufficient Balance" }), /no money or quota.*Insufficient Balance/],
    [
      "no key",
      fail(401, { message: "Missing bearer" }),
      /The environment variable TEACHER_KEY is not set: set TEACHER_KEY to a valid key/,
    ],
    [
      "no right",
      fail(403, { message: "Country not supported" }),
      /forbids this use.*TEACHER_KEY may use the model "m1" \(teacher.model\)/,
    ],
    [
      "an unknown model",
      fail(404, { code: "model_not_found", message: "The model `m1` does not exist" }),
      /does not know the model "m1".*Set teacher.model to one that .*\/v1\/models lists/,
    ],
    [
      "an unknown model, vLLM's words",
      fail(404, { code: 404, type: "NotFoundError", message: "The model `m1` does not exist." }),
      /does not know the model "m1"/,
    ],
    [
      "no API",
      send(404, "<html><title>Not Found</title></html>"),
      /There is no chat-completions API at .*\/v1 \(404 from .*Not Found\)\. Set teacher.baseUrl/,
    ],
    [
      "a port that wants TLS",
      send(400, "<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>"),
      /There is no chat-completions API at .*\(400 from .*HTTPS port\)/,
    ],
    [
      "a moved API",
      send(308, "", { location: "https://other/v1" }),
      /has moved \(308\) to https:\/\/other\/v1\. Set teacher.baseUrl/,
    ],
    [
      "hours to wait",
      fail(429, { message: "requests per day" }, { "retry-after": "7200" }),
      /asks to wait 120 minutes .*requests per day.*same command again after that/,
    ],
  ])("%s stops the run, with what to do", async (_, script, message) => {
    const server = await serve(script);
    const stop = new AbortController();
    const error = await connect(server.baseUrl, { stop })
      .complete(request)
      .catch((e) => e);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(message);
    expect(stop.signal.reason).toBe(error);
    expect(server.bodies.length).toBe(1);
  });

  it("an endpoint that was given on the command line is mended there", async () => {
    const server = await serve(fail(401, { message: "no" }));
    const endpoint = {
      role: "endpoint",
      baseUrl: server.baseUrl,
      model: "m1",
      apiKeyEnv: "KEY",
      hasKey: false,
    } as const;
    const refused = connect(server.baseUrl, { endpoint }).complete(request);
    await expect(refused).rejects.toThrow(
      /set KEY to a valid key .*or name another variable with the recipe's teacher.apiKeyEnv/,
    );
    const nowhere = { ...endpoint, baseUrl: "nowhere" };
    expect(() => connect("", { endpoint: nowhere })).toThrow('--endpoint is "nowhere", which is no address');
  });

  it.each([
    [
      "a page",
      send(200, "<!doctype html><title>Welcome to nginx!</title>"),
      "an HTML page instead of JSON: Welcome to nginx!",
    ],
    ["JSON of another kind", send(200, { hello: "world" }), "an answer without choices"],
  ])("%s at every try from the start is no API: that stops the run after three", async (_, script, what) => {
    const server = await serve(script);
    await expect(connect(server.baseUrl).complete(request)).rejects.toThrow(
      `There is no chat-completions API at ${server.baseUrl} (${what}). Set teacher.baseUrl`,
    );
    expect(server.bodies.length).toBe(3);

    const later = await serve(good, script); // after an answer it is a passing trouble
    const client = connect(later.baseUrl);
    await client.complete(request);
    await expect(client.complete(request)).rejects.toMatchObject({ name: "TeacherError", retryable: true });
  });

  it("a port without TLS is told as that", async () => {
    const { baseUrl } = await serve(good);
    await expect(connect(baseUrl.replace("http:", "https:")).complete(request)).rejects.toThrow(
      /cannot be reached \(EPROTO: [\w ]+\)\. It speaks no TLS there: check the port, or write http:/,
    );
  });

  it("a key that is not accepted names its variable, never its value", async () => {
    const server = await serve(fail(401, { message: "Incorrect API key" }));
    const error = await connect(server.baseUrl, {}, true)
      .complete(request)
      .catch((e) => e);
    expect(error.message).toMatch(/The key in TEACHER_KEY is not accepted/);
    expect(error.message).not.toContain("secret");
  });

  it("an address where nobody listens stops the run at the start, and is tried again later on", async () => {
    await expect(connect("http://127.0.0.1:9/v1").complete(request)).rejects.toThrow(
      /teacher at http:\/\/127.0.0.1:9\/v1 cannot be reached \(ECONNREFUSED.*teacher.baseUrl/,
    );
    await expect(connect("http://no-such-host.invalid/v1").complete(request)).rejects.toThrow(
      /cannot be reached \((ENOTFOUND|EAI_AGAIN)/,
    );
    expect(() => connect("localhost:80")).toThrow(/teacher.baseUrl is "localhost:80", which is no address/);
    const server = createServer((_, response) => good(response, {}));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
    await client.complete(request);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(client.complete(request)).rejects.toMatchObject({
      name: "TeacherError",
      retryable: true,
      attempts: 4,
    });
  });

  it("an endpoint that only keeps silent stops the run after three tries, of whichever calls", async () => {
    const server = await serve(() => {});
    const client = connect(server.baseUrl, { timeoutMs: 50, retries: 9, stop: new AbortController() });
    const results = await Promise.allSettled([client.complete(request), client.complete(request)]);
    expect(results.map((result) => (result as PromiseRejectedResult).reason.message)).toEqual(
      Array(2).fill(
        expect.stringMatching(/too slow, or silent \(TIMEOUT: no whole answer within 50 ms, several times\)/),
      ),
    );
    expect(server.bodies.length).toBe(3);
  });

  it("before the first answer requests go one at a time", async () => {
    const server = await serve(fail(401));
    const stop = new AbortController();
    const client = connect(server.baseUrl, { stop });
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => client.complete(request)));
    expect(results.every((result) => result.status === "rejected" && result.reason === stop.signal.reason)).toBe(true);
    expect(server.bodies.length).toBe(1);
  });
});
