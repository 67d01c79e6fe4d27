/**
 * The built-in teacher: a rule-based writer, judge and reviser behind a real HTTP server on the loopback address that
 * speaks OpenAI's chat-completions protocol, with its rate limits and its failures when asked for. To the client it is an
 * endpoint like any other. It is no language model and says so wherever its name appears.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createSemaphore, type Semaphore } from "../endpoint/index.ts";
import type { PromptData } from "../prompts/index.ts";
import { answerByRules } from "./answer.ts";
import { type BatchBehaviour, type Batches, createBatches } from "./batches.ts";
import { BUILTIN_MODEL, composeCompletion, countPromptTokens, refuseModel } from "./completion.ts";
import { createFaults, errors, type FaultKind, type FaultRates, sendFault } from "./faults.ts";
import { type ChatRequest, readRequest, sendError, sendJson } from "./http.ts";
import { type Bucket, createBucket, type RateLimit, rateLimitHeaders } from "./limits.ts";

export interface BuiltinTeacherOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly latencyMs?: number;
  /** Requests that it works on at once; the others wait, as with vLLM, Ollama and llama.cpp. None: all at once. */
  readonly slots?: number;
  readonly requestLimit?: RateLimit;
  /** Counts prompt tokens and the most that the answer may have, and gives back what was not used. */
  readonly tokenLimit?: RateLimit;
  /** False: no headers that tell of the limits. */
  readonly announcesLimits?: boolean;
  /** False: a refusal does not say how long to wait. */
  readonly retryAfter?: boolean;
  /** The day on which the model goes, as GET /v1/models tells it (2027-01-14). */
  readonly shutdownDate?: string;
  readonly faults?: FaultRates;
  /** After so many answers every request meets an empty account. */
  readonly quota?: number;
  /** If set, requests need it as bearer token. */
  readonly apiKey?: string;
  /** Writes the answer instead of the rules: an object becomes JSON, a string is sent as it is. */
  readonly answer?: (data: PromptData, seed: number) => object | string;
  /** How its Files and Batch API behaves. */
  readonly batches?: BatchBehaviour;
  /** Sees each completion request once its answer went out; status null where none did. */
  readonly onAnswer?: (event: { readonly body: ChatRequest; readonly status: number | null }) => void;
}

/** What the server has seen so far; live. */
export interface RequestCounts {
  readonly total: number;
  readonly inFlight: number;
  readonly mostInFlight: number;
  /** By HTTP status; "none" for those that got no whole answer. */
  readonly byStatus: Readonly<Record<string, number>>;
}

export interface BuiltinTeacher {
  /** Up to and with /v1. */
  readonly baseUrl: string;
  readonly requests: RequestCounts;
  /** Sets other limits in the place of the present ones; their buckets are full. */
  limit(limits: Pick<BuiltinTeacherOptions, "requestLimit" | "tokenLimit">): void;
  close(): Promise<void>;
}

/** Starts the server; close it when done. */
export async function startBuiltinTeacher(options: BuiltinTeacherOptions = {}): Promise<BuiltinTeacher> {
  const counts = { total: 0, inFlight: 0, mostInFlight: 0, byStatus: {} as Record<string, number> };
  const state: ServerState = {
    options,
    ...createBuckets(options),
    slots: createSemaphore(options.slots ?? Number.POSITIVE_INFINITY),
    drawFault: createFaults(options.faults ?? {}),
    answered: 0,
    batches: createBatches({
      answer: options.answer ?? answerByRules,
      behaviour: options.batches ?? {},
      number: () => state.answered++,
    }),
  };
  const server = createServer(async (request, response) => {
    counts.total++;
    counts.mostInFlight = Math.max(counts.mostInFlight, ++counts.inFlight);
    response.on("close", () => {
      counts.inFlight--;
      const status = response.writableFinished ? response.statusCode : "none";
      counts.byStatus[status] = (counts.byStatus[status] ?? 0) + 1;
    });
    try {
      await handle(request, response, state);
    } catch (error) {
      if (!response.headersSent) sendError(response, 500, { message: (error as Error).message, type: "server_error" });
      else response.destroy();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests: counts,
    limit: (limits) => void Object.assign(state, createBuckets(limits)),
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await state.batches.close();
    },
  };
}

interface Buckets {
  requestBucket: Bucket | null;
  tokenBucket: Bucket | null;
}

function createBuckets({
  requestLimit,
  tokenLimit,
}: Pick<BuiltinTeacherOptions, "requestLimit" | "tokenLimit">): Buckets {
  return {
    requestBucket: requestLimit ? createBucket(requestLimit) : null,
    tokenBucket: tokenLimit ? createBucket(tokenLimit) : null,
  };
}

interface ServerState extends Buckets {
  readonly options: BuiltinTeacherOptions;
  readonly slots: Semaphore;
  readonly drawFault: () => FaultKind | null;
  readonly batches: Batches;
  answered: number;
}

async function handle(request: IncomingMessage, response: ServerResponse, state: ServerState): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://loopback");
  const { apiKey, onAnswer, shutdownDate } = state.options;
  if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) {
    return sendError(response, 401, {
      message: "Incorrect API key provided.",
      type: "invalid_request_error",
      code: "invalid_api_key",
    });
  }
  if (request.method === "GET" && pathname === "/v1/models") {
    return sendJson(response, 200, {
      object: "list",
      data: [
        {
          id: BUILTIN_MODEL,
          object: "model",
          created: 0,
          owned_by: "pocketreply",
          ...(shutdownDate ? { shutdown_date: shutdownDate } : {}),
        },
      ],
    });
  }
  if (await state.batches.handle(request, response)) return;
  if (request.method !== "POST" || pathname !== "/v1/chat/completions") {
    return sendError(response, 404, {
      message: `Unknown request URL: ${request.method} ${pathname}.`,
      type: "invalid_request_error",
      code: "unknown_url",
    });
  }
  const body = await readRequest(request);
  if (typeof body === "string") return sendError(response, 400, { message: body, type: "invalid_request_error" });
  response.on("close", () => onAnswer?.({ body, status: response.writableFinished ? response.statusCode : null }));
  await complete(body, response, state);
}

async function complete(body: ChatRequest, response: ServerResponse, state: ServerState): Promise<void> {
  const { options, requestBucket, tokenBucket } = state;
  const { latencyMs = 0, quota, answer = answerByRules, announcesLimits = true, retryAfter = true, faults } = options;
  const refused = refuseModel(body);
  if (refused) return sendError(response, refused.status, refused.error);
  if (quota !== undefined && state.answered >= quota) {
    const { status, ...error } = errors.quota;
    return sendError(response, status, error);
  }
  const promptTokens = countPromptTokens(body);
  const mostTokens = promptTokens + (body.max_completion_tokens ?? body.max_tokens ?? 1024);
  const waitMs = takeBudget(state, mostTokens);
  const limitHeaders = () =>
    announcesLimits
      ? { ...rateLimitHeaders("requests", requestBucket), ...rateLimitHeaders("tokens", tokenBucket) }
      : {};
  if (waitMs) {
    const { kind, ms } = waitMs;
    const again = retryAfter ? ` Please try again in ${ms}ms.` : "";
    const message = `Rate limit reached for ${BUILTIN_MODEL} on ${kind} per min.${again}`;
    const wait: Record<string, string> = retryAfter
      ? { "retry-after": String(Math.ceil(ms / 1000)), "retry-after-ms": String(ms) }
      : {};
    const headers = { ...limitHeaders(), ...wait };
    return sendError(response, 429, { message, type: kind, code: "rate_limit_exceeded" }, headers);
  }
  const fault = state.drawFault();
  const composed = composeCompletion({ body, answer, chatter: fault === "chatter" });
  if ("error" in composed) return sendError(response, composed.status, composed.error);
  const { completionTokens } = composed;
  const workMs = latencyMs + (fault === "slow" ? (faults?.slowMs ?? 0) : 0);
  if (workMs > 0) {
    const leave = await state.slots.acquire();
    await sleep(workMs);
    leave();
  }
  tokenBucket?.refund(mostTokens - promptTokens - completionTokens);
  const text = JSON.stringify(composed.complete(state.answered++));
  if (fault && fault !== "chatter" && fault !== "slow") {
    sendFault(fault, response, text);
    return;
  }
  response.writeHead(200, {
    "content-type": "application/json",
    "x-request-id": `builtin-${state.answered}`,
    ...limitHeaders(),
  });
  response.end(text);
}

/** Takes one request and its tokens from the budgets, or nothing and says which one is short. */
function takeBudget(state: ServerState, tokens: number): { kind: "requests" | "tokens"; ms: number } | null {
  const { requestBucket, tokenBucket } = state;
  const requestMs = requestBucket?.take(1) ?? 0;
  if (requestMs > 0) return { kind: "requests", ms: requestMs };
  const tokenMs = tokenBucket?.take(tokens) ?? 0;
  if (tokenMs === 0) return null;
  requestBucket?.refund(1);
  return { kind: "tokens", ms: tokenMs };
}
