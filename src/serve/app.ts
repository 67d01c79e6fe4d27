/** The routes, over any replier. */
import { type Context, Hono } from "hono";
import { addChat } from "./chat.ts";
import { addEdits } from "./edits.ts";
import { ApiError, errorResponse } from "./error.ts";
import { checkCaller, checkKey, type GuardOptions } from "./guard.ts";
import { createMetrics } from "./metrics.ts";
import type { ModelFiles } from "./models.ts";
import { openApi } from "./openapi.ts";
import { addPage } from "./page.ts";
import { addReplies } from "./replies.ts";
import { modelId, noSuchModel } from "./request.ts";
import type { Serving } from "./serving.ts";

/** What the app needs to know. */
export interface AppOptions
  extends Pick<Serving, "replier" | "assistant" | "inOwnWords" | "keepEdits" | "chats" | "mails" | "responses"> {
  readonly guard: GuardOptions;
  /** Whoever asks for a model or an answer must send it; undefined where only this machine can ask. */
  readonly key: string | undefined;
  /** The app, built; undefined: none is served. */
  readonly webFolder: string | undefined;
  /** The files that the app may load. */
  readonly models: ModelFiles;
  /** Tokens of a reply where the request names none. */
  readonly maxReplyTokens: number;
  /** `reply.loopBan` */
  readonly loopBan: boolean;
  readonly maxBodyBytes: number;
  /** Aborts what is in progress when the server closes. */
  readonly closing: AbortSignal;
  /** Called after each request with a line that holds no text of a mail. */
  readonly log: (line: string) => void;
}

const ROUTES = [
  ...["/v1/chat/completions", "/v1/replies", "/v1/complete", "/v1/edits", "/v1/responses", "/v1/models"],
  ...["/openapi.json", "/models", "/metrics", "/health", "/share", "/"],
];

/** Where nobody may ask without the key: everything but the app's own files, which hold nothing of anyone. */
const NEED_KEY = ["/v1/*", "/models", "/models/*", "/metrics", "/health"];

/** The app at `/`, its models, and the HTTP API that `GET /openapi.json` describes. */
export function createApp(options: AppOptions): Hono {
  const { replier, guard, key, webFolder, models, chats, mails, log } = options;
  const load = {
    get busy() {
      return chats.busy || mails.busy;
    },
    get waiting() {
      return chats.waiting + mails.waiting;
    },
  };
  const metrics = createMetrics(load);
  const startedMs = Date.now();
  const created = Math.floor(startedMs / 1000);
  const model = modelId(replier.name);
  const serving: Serving = { ...options, model, metrics };
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
        message: `There is no ${c.req.method} ${c.req.path} here. There are POST /v1/chat/completions, POST /v1/replies, POST /v1/complete and more: see GET /openapi.json.`,
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
    return c.json({ status: "ok", model, uptimeSeconds, busy: load.busy, waiting: load.waiting });
  });
  app.get("/v1/models", (c) => c.json({ object: "list", data: [modelObject] }));
  app.get("/v1/models/:model", (c) => {
    if (modelId(c.req.param("model")) !== model) throw noSuchModel(model);
    return c.json(modelObject);
  });
  app.get("/metrics", async (c) => c.text(await metrics.render(), 200, { "content-type": metrics.contentType }));
  app.get("/models", async (c) => c.json(await models.list()));
  app.get("/models/:file", (c) => models.send(c, c.req.param("file")));

  addChat(app, serving);
  addReplies(app, serving);
  addEdits(app, serving);
  app.get("/openapi.json", (c) => c.json(openApi(model)));
  if (webFolder !== undefined) addPage(app, webFolder);
  return app;
}

const METHODS = ["GET", "HEAD", "POST"];

/** The route as log and counters name it: nothing that a stranger may have written into a path. */
function routeOf(c: Context): string {
  const { path } = c.req;
  if (ROUTES.includes(path)) return path;
  if (c.res.status >= 400) return "(another path)";
  if (path.startsWith("/v1/models/")) return "/v1/models/MODEL";
  return path.startsWith("/models/") ? "/models/FILE" : "(the app)";
}
