/** The routes, over any replier. */
import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { UserError } from "../errors.ts";
import type { Prompt, Replier } from "../reply/index.ts";
import { completion } from "./completion.ts";
import { ApiError, badField, brokenOff, errorResponse } from "./error.ts";
import { checkCaller, checkKey, type GuardOptions } from "./guard.ts";
import { createMetrics } from "./metrics.ts";
import type { ModelFiles } from "./models.ts";
import { addPage } from "./page.ts";
import { createQueue } from "./queue.ts";
import { type ChatRequest, parseChatRequest } from "./request.ts";
import { streamCompletion } from "./stream.ts";

/** What the app needs to know. */
export interface AppOptions {
  readonly replier: Replier;
  readonly guard: GuardOptions;
  /** Whoever asks for a model or an answer must send it; undefined where only this machine can ask. */
  readonly key: string | undefined;
  /** The app, built; undefined: none is served. */
  readonly webFolder: string | undefined;
  /** The files that the app may load. */
  readonly models: ModelFiles;
  /** Tokens of a reply where the request names none. */
  readonly maxReplyTokens: number;
  readonly maxBodyBytes: number;
  /** Requests that may wait while one is answered. */
  readonly queuePlaces: number;
  /** Aborts what is in progress when the server closes. */
  readonly closing: AbortSignal;
  /** Called after each request with a line that holds no text of a mail. */
  readonly log: (line: string) => void;
}

const ROUTES = ["/v1/chat/completions", "/v1/models", "/models", "/metrics", "/health", "/share", "/"];

/** Where nobody may ask without the key: everything but the app's own files, which hold nothing of anyone. */
const NEED_KEY = ["/v1/*", "/models", "/models/*", "/metrics", "/health"];

/** The app at `/`, its models, and the HTTP API: `POST /v1/chat/completions`, `GET /v1/models`, `GET /health`, `GET /metrics`. */
export function createApp(options: AppOptions): Hono {
  const { replier, guard, key, webFolder, models, maxReplyTokens, maxBodyBytes, closing, log } = options;
  const queue = createQueue(options.queuePlaces);
  const metrics = createMetrics(queue);
  const startedMs = Date.now();
  const created = Math.floor(startedMs / 1000);
  const model = replier.name;
  const defaults = { model, maxTokens: maxReplyTokens, contextTokens: replier.contextTokens };
  const modelObject = { id: model, object: "model", created, owned_by: "pocketreply" };

  const app = new Hono();
  app.onError((error) => {
    if (error instanceof ApiError) return errorResponse(error);
    log(`error: ${error.name}`); // the message could quote what was sent
    return errorResponse(
      new ApiError({ status: 500, message: "The server failed on this request.", type: "server_error" }),
    );
  });
  app.notFound((c) =>
    errorResponse(
      new ApiError({
        status: 404,
        message: `There is no ${c.req.method} ${c.req.path} here. There are POST /v1/chat/completions, GET /v1/models, GET /models, GET /metrics and GET /health.`,
        code: "unknown_url",
      }),
    ),
  );
  app.use(async (c, next) => {
    const startMs = performance.now();
    await next();
    c.header("x-content-type-options", "nosniff");
    c.header("referrer-policy", "no-referrer");
    c.header("cross-origin-resource-policy", "same-origin");
    const { method } = c.req;
    const route = routeOf(c);
    const ms = performance.now() - startMs;
    metrics.request({
      method: METHODS.includes(method) ? method : "other",
      route,
      status: c.res.status,
      seconds: ms / 1000,
    });
    log(`${method} ${route} ${c.res.status} ${Math.round(ms)} ms`);
  });
  app.use(async (c, next) => {
    checkCaller(c.req.raw.headers, guard);
    await next();
  });
  if (key !== undefined) {
    for (const path of NEED_KEY) {
      app.use(path, async (c, next) => {
        checkKey(c.req.raw.headers, key);
        await next();
      });
    }
  }

  app.get("/health", (c) => {
    const uptimeSeconds = (Date.now() - startedMs) / 1000;
    return c.json({ status: "ok", model, uptimeSeconds, busy: queue.busy, waiting: queue.waiting });
  });
  app.get("/v1/models", (c) => c.json({ object: "list", data: [modelObject] }));
  app.get("/metrics", async (c) => c.text(await metrics.render(), 200, { "content-type": metrics.contentType }));
  app.get("/models", async (c) => c.json(await models.list()));
  app.get("/models/:file", (c) => models.send(c, c.req.param("file")));

  const tooLarge = () => {
    throw new ApiError({ status: 413, message: `The body is larger than ${maxBodyBytes} bytes.` });
  };
  app.post("/v1/chat/completions", bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge }), async (c) => {
    const request = parseChatRequest(await readJson(c), defaults);
    const prompt = prepare(replier, request);
    const gone = new AbortController();
    const signal = AbortSignal.any([c.req.raw.signal, closing, gone.signal]);
    const head = { id: `chatcmpl-${randomUUID()}`, model, created: Math.floor(Date.now() / 1000) };
    const answer = async (onText?: (text: string) => void) => {
      const result = await queue
        .run(() => replier.answer({ ...request, prompt, onText, signal }), signal)
        .catch(explainAbort);
      metrics.reply(result);
      return result;
    };
    if (request.stream) return streamCompletion({ c, head, answer, includeUsage: request.includeUsage, gone });
    const result = await answer();
    if (result.stopped === "abort") throw brokenOff();
    return c.json(completion(head, result));
  });
  if (webFolder !== undefined) addPage(app, webFolder);
  return app;
}

const METHODS = ["GET", "HEAD", "POST"];

/** The route as log and counters name it: nothing that a stranger may have written into a path. */
function routeOf(c: Context): string {
  const { path } = c.req;
  if (ROUTES.includes(path)) return path;
  if (c.res.status >= 400) return "(another path)";
  return path.startsWith("/models/") ? "/models/FILE" : "(the app)";
}

async function readJson(c: Context): Promise<unknown> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new ApiError({ status: 415, message: "Send the request as content-type: application/json." });
  }
  try {
    return JSON.parse(await c.req.text());
  } catch {
    throw new ApiError({ status: 400, message: "The body is not valid JSON." }); // the parser's message quotes the body
  }
}

function prepare(replier: Replier, request: ChatRequest): Prompt {
  try {
    return replier.prepare(request);
  } catch (error) {
    if (error instanceof UserError) throw badField("messages", error.message, "context_length_exceeded");
    throw error;
  }
}

/** An abort before the answer began: the caller is gone, or the server closes. */
function explainAbort(error: unknown): never {
  throw error instanceof DOMException && error.name === "AbortError" ? brokenOff() : error;
}
