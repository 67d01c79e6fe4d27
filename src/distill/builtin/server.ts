/**
 * The built-in teacher: a rule-based writer, judge and reviser behind a real HTTP server on the loopback address that
 * speaks OpenAI's chat-completions protocol, with its rate limits and its failures when asked for. To the client it is an
 * endpoint like any other. It is no language model and says so wherever its name appears.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type ChatMessage, type PromptData, readMessages } from "../prompts.ts";
import { answerByRules } from "./answer.ts";
import { createFaults, type FaultKind, type FaultRates, sendFault } from "./faults.ts";
import { type Bucket, createBucket, type RateLimit, rateLimitHeaders } from "./limits.ts";

/** The one model it serves. */
export const BUILTIN_MODEL = "builtin-rules";

export interface BuiltinTeacherOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly latencyMs?: number;
  readonly requestLimit?: RateLimit;
  /** Counts prompt tokens and the most that the answer may have, and gives back what was not used. */
  readonly tokenLimit?: RateLimit;
  readonly faults?: FaultRates;
  /** After so many answers every request meets an empty account. */
  readonly quota?: number;
  /** If set, requests need it as bearer token. */
  readonly apiKey?: string;
  /** Writes the answer instead of the rules: an object becomes JSON, a string is sent as it is. */
  readonly answer?: (data: PromptData, seed: number) => object | string;
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
  close(): Promise<void>;
}

/** The part of a chat-completions request that is read here. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly seed?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly response_format?: { readonly type: string; readonly json_schema?: { readonly schema?: unknown } };
}

const MAX_REQUEST_BYTES = 16 << 20;

/** Starts the server; close it when done. */
export async function startBuiltinTeacher(options: BuiltinTeacherOptions = {}): Promise<BuiltinTeacher> {
  const counts = { total: 0, inFlight: 0, mostInFlight: 0, byStatus: {} as Record<string, number> };
  const state: ServerState = {
    options,
    requestBucket: options.requestLimit ? createBucket(options.requestLimit) : null,
    tokenBucket: options.tokenLimit ? createBucket(options.tokenLimit) : null,
    drawFault: createFaults(options.faults ?? {}),
    answered: 0,
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
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface ServerState {
  readonly options: BuiltinTeacherOptions;
  readonly requestBucket: Bucket | null;
  readonly tokenBucket: Bucket | null;
  readonly drawFault: () => FaultKind | null;
  answered: number;
}

async function handle(request: IncomingMessage, response: ServerResponse, state: ServerState): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://loopback");
  const { apiKey, onAnswer } = state.options;
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
      data: [{ id: BUILTIN_MODEL, object: "model", created: 0, owned_by: "pocketreply" }],
    });
  }
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
  const { latencyMs = 0, quota, answer = answerByRules } = options;
  if (body.model !== BUILTIN_MODEL) {
    return sendError(response, 404, {
      message: `The model \`${body.model}\` does not exist or you do not have access to it.`,
      type: "invalid_request_error",
      code: "model_not_found",
    });
  }
  if (quota !== undefined && state.answered >= quota) {
    return sendError(response, 429, {
      message: "You exceeded your current quota, please check your plan and billing details.",
      type: "insufficient_quota",
      code: "credit_balance_exhausted",
    });
  }
  const promptTokens = body.messages.reduce((sum, message) => sum + 4 + estimateTokens(message.content), 0);
  const mostTokens = promptTokens + (body.max_completion_tokens ?? body.max_tokens ?? 1024);
  const waitMs = takeBudget(state, mostTokens);
  const limitHeaders = () => ({
    ...rateLimitHeaders("requests", requestBucket),
    ...rateLimitHeaders("tokens", tokenBucket),
  });
  if (waitMs) {
    const { kind, ms } = waitMs;
    const message = `Rate limit reached for ${BUILTIN_MODEL} on ${kind} per min. Please try again in ${ms}ms.`;
    const headers = { ...limitHeaders(), "retry-after": String(Math.ceil(ms / 1000)), "retry-after-ms": String(ms) };
    return sendError(response, 429, { message, type: kind, code: "rate_limit_exceeded" }, headers);
  }
  const data = readMessages(body.messages);
  if (!data) {
    return sendError(response, 400, {
      message:
        "The built-in teacher answers only the three prompts of pocketreply (write, judge and refine an email reply).",
      type: "invalid_request_error",
    });
  }
  const fault = state.drawFault();
  let answered: object | string;
  try {
    answered = answer(data, body.seed ?? 0);
  } catch (error) {
    // The same mail would fail the same way: no 500, which asks for another try.
    const message = `The built-in rules failed on this mail: ${(error as Error).message}`;
    return sendError(response, 422, { message, type: "invalid_request_error" });
  }
  const content =
    fault === "chatter"
      ? "Sure! I would be happy to help you with that."
      : typeof answered === "string"
        ? answered
        : JSON.stringify(answered);
  const completionTokens = estimateTokens(content);
  tokenBucket?.refund(mostTokens - promptTokens - completionTokens);
  if (latencyMs > 0) await sleep(latencyMs);
  const text = JSON.stringify({
    id: `chatcmpl-builtin-${state.answered++}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: BUILTIN_MODEL,
    choices: [
      { index: 0, message: { role: "assistant", content, refusal: null }, finish_reason: "stop", logprobs: null },
    ],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  });
  if (fault && fault !== "chatter") {
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

/** About four characters a token, as OpenAI's rule of thumb has it. */
function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** The request, or what is wrong with it. */
async function readRequest(request: IncomingMessage): Promise<ChatRequest | string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_REQUEST_BYTES) return `The request is larger than ${MAX_REQUEST_BYTES} bytes.`;
    chunks.push(chunk);
  }
  let body: ChatRequest & { stream?: boolean };
  try {
    body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return "We could not parse the JSON body of your request.";
  }
  if (typeof body?.model !== "string") return "you must provide a model parameter";
  const { messages, stream, response_format: format } = body;
  const isMessage = (message: ChatMessage) => typeof message?.role === "string" && typeof message?.content === "string";
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage))
    return "'messages' must be a list of messages with a role and text";
  if (stream) return "The built-in teacher does not stream.";
  if (format?.type === "json_schema" && typeof format.json_schema?.schema !== "object")
    return "Missing required parameter: 'response_format.json_schema.schema'.";
  return body;
}

function sendError(
  response: ServerResponse,
  status: number,
  error: { message: string; type: string; code?: string },
  headers: Record<string, string> = {},
): void {
  sendJson(response, status, { error: { param: null, code: null, ...error } }, headers);
}

function sendJson(response: ServerResponse, status: number, value: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(value));
}
