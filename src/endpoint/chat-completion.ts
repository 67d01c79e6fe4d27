/** A chat completion on the wire: the body of the request, and what the body of an answer says. */

import { wellFormed } from "../formats/index.ts";
import { type AnswerSchema, type ChatMessage, type Choice, foldSystem, messageOf, spellOutSchema } from "./messages.ts";
import { isStream, joinStream } from "./stream-answer.ts";
import { isPage, isTransient, readErrorBody } from "./teacher-error.ts";

/**
 * What some endpoints or models do not take, and what is done instead: without response_format the schema stands in the prompt,
 * without system its words stand before the user's; "stream" is turned down where it is not asked for.
 */
const droppableParameters = ["response_format", "max_tokens", "temperature", "seed", "system", "stream"] as const;
export type DroppableParameter = (typeof droppableParameters)[number];

/** What the recipe adds to every request of an endpoint. */
export interface Wire {
  /** Above all else in the body: `reasoning_effort`, `chat_template_kwargs`, … */
  readonly extraBody: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** How the answer's schema is asked for: "auto" is "schema" until that is turned down. */
  readonly responseFormat: "auto" | "schema" | "json" | "none";
}

export const PLAIN_WIRE: Wire = { extraBody: {}, headers: {}, responseFormat: "auto" };

/** The body of a chat-completions request, without what the endpoint turned down. */
export function requestBody(
  model: string,
  request: TeacherRequest,
  dropped: ReadonlySet<DroppableParameter>,
  { extraBody, responseFormat }: Pick<Wire, "extraBody" | "responseFormat"> = PLAIN_WIRE,
): object {
  const { schema, temperature, maxTokens, seed } = request;
  const format = dropped.has("response_format") ? "none" : responseFormat;
  const isSpelled = schema !== undefined && (format === "none" || format === "json");
  const spelled = isSpelled ? spellOutSchema(request.messages, schema) : request.messages;
  const messages = dropped.has("system") ? foldSystem(spelled) : spelled;
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content: wellFormed(content) })),
    ...(dropped.has("max_tokens") ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens }),
    ...(dropped.has("temperature") ? {} : { temperature }),
    ...(dropped.has("seed") ? {} : { seed }),
    ...(dropped.has("stream") ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...(schema === undefined || format === "none" ? {} : { response_format: askFormat(schema, format) }),
    ...extraBody,
  };
}

function askFormat({ name, schema }: AnswerSchema, format: Exclude<Wire["responseFormat"], "none">): object {
  return format === "json"
    ? { type: "json_object" }
    : { type: "json_schema", json_schema: { name, strict: true, schema } };
}

/** What the body of a refusal complains about, if it is something that can be left out; `byWords`: only where it says so in so many words, and not by a mere name. */
export function findDroppable(text: string, { byWords = false } = {}): DroppableParameter | undefined {
  const { param, code, message } = readErrorBody(text);
  if (code === "context_length_exceeded" || /context (length|window)/i.test(message)) return undefined;
  if (isTransient(code, message)) return undefined;
  if (systemWords.test(message)) return "system";
  if (streamWords.test(message)) return "stream";
  if (byWords) return formatWords.test(message) ? "response_format" : undefined;
  const named = (["response_format", "max_tokens", "temperature", "seed"] as const).find(
    (name) => param === name || param.startsWith(`${name}.`) || message.includes(name),
  );
  return named ?? (formatWords.test(message) ? "response_format" : undefined);
}

/** Refusals of the system role: Gemma by vLLM and by Google, o1-mini, Mistral's template, … */
const systemWords =
  /system role|role:? ["'`]?system|(system|developer) (message|prompt|instruction)s?\b.{0,20}\bnot (be )?(supported|allowed|enabled)|does not support ["'`]?system|roles must alternate/i;
/** Refusals of an answer in one piece: only streams. */
const streamWords =
  /only supports? (the )?stream|stream(ing)?["'`]? (is required|must be (set to )?true|mode only)|non-?stream(ing|ed)?\b.{0,40}\b(not|un)\s?(supported|allowed)|for non-streaming calls/i;
/** Refusals of a schema in other words than the parameter's: vLLM, SGLang, llama.cpp, Ollama, LM Studio, Groq, gateways. */
const formatWords =
  /json[_ -]?(schema|mode|object)|structured[_ -]?outputs?|response[_ -]?(format|schema|mime)|guided[_ -]?(decoding|json)|\bgrammar\b|constrained (decoding|sampling)|xgrammar|outlines|output (schema|format)/i;

/** Whether a success comes from something else than an API: a page, or whole JSON that neither completes nor complains. */
export function isForeign(text: string): boolean {
  if (isPage(text)) return true;
  if (isStream(text)) return false;
  try {
    const body = JSON.parse(text) as { choices?: unknown; error?: unknown } | null;
    return typeof body !== "object" || body === null || !("choices" in body || "error" in body);
  } catch {
    return false; // cut short
  }
}

/** The parts of a chat completion that count, or what is wrong with the body. */
export function parseCompletion(answer: string): Omit<Completion, "latencyMs" | "retries"> | string {
  const text = isStream(answer) ? joinStream(answer) : answer;
  if (text.trim() === "") return "an empty answer";
  let body: {
    choices?: Choice[];
    usage?: Record<string, unknown>;
    error?: unknown;
  };
  try {
    body = JSON.parse(text);
  } catch {
    return isPage(text) ? "an HTML page instead of JSON" : "an answer that is not JSON (cut short?)";
  }
  const choice = Array.isArray(body?.choices) ? body.choices[0] : undefined;
  const message = choice && messageOf(choice);
  if (!message)
    return body?.error ? `an error inside a success (${readErrorBody(text).message})` : "an answer without choices";
  const { refusal } = message;
  const finishReason = readFinish(choice.finish_reason);
  const said = readContent(message, finishReason);
  const usage = readUsage(body.usage);
  if (finishReason !== null && broken.test(finishReason))
    return `an answer that broke off with an error (finish_reason ${finishReason})`;
  if (said === "" && !refusal && usage?.completionTokens === 0 && usage.promptTokens === 0)
    return "an empty answer that counts no tokens";
  return {
    text: wellFormed(said),
    finishReason,
    refusal: typeof refusal === "string" && refusal !== "" ? wellFormed(refusal) : null,
    usage,
  };
}

/** Ends that are the server's trouble and no answer: OpenRouter's error, Zhipu's network_error, DeepSeek's insufficient_system_resource, Gemini's malformed_function_call, SGLang's abort. */
const broken = /error|abort|cancel|malformed|insufficient_system/i;

/** How an answer ended, in OpenAI's words where other servers have their own. */
function readFinish(reason: unknown): string | null {
  if (typeof reason !== "string") return null;
  if (/^(max_(output_|completion_)?tokens|model_length|length)$/i.test(reason)) return "length";
  if (/content_filter|^(safety|recitation|sensitive|blocklist|prohibited_content|spii|moderation)$/i.test(reason))
    return "content_filter";
  return reason;
}

/**
 * The words of a message: a string, the text among its parts (Mistral), what it hands to a function that was made of the schema, or,
 * where a server files the whole answer under reasoning, that.
 */
function readContent(message: Record<string, unknown>, finishReason: string | null): string {
  const { content, reasoning_content, reasoning } = message;
  const text = Array.isArray(content) ? content.map(readPart).join("") : asText(content);
  if (typeof text === "string" && text.trim() !== "") return text;
  if (finishReason === "length") return ""; // it was still thinking
  const called = readCalled(message.tool_calls);
  if (called !== "") return called;
  const thought = [reasoning_content, reasoning].find((value) => typeof value === "string");
  return (thought as string | undefined) ?? "";
}

function readCalled(calls: unknown): string {
  const [call] = Array.isArray(calls) ? (calls as ({ function?: { arguments?: unknown } } | null)[]) : [];
  return asText(call?.function?.arguments) ?? "";
}

/** A text as it is, and JSON that a gateway has parsed already as the text that it was. */
function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : undefined;
}

function readPart(part: unknown): string {
  if (typeof part === "string") return part;
  const { type, text } = (part ?? {}) as { type?: unknown; text?: unknown };
  return typeof text === "string" && (type === undefined || type === "text" || type === "output_text") ? text : "";
}

function readUsage(usage: Record<string, unknown> | undefined): Usage | null {
  const promptTokens = usage?.prompt_tokens;
  const completionTokens = usage?.completion_tokens;
  if (typeof promptTokens !== "number" || typeof completionTokens !== "number") return null;
  const cached = (usage?.prompt_tokens_details as { cached_tokens?: unknown } | null | undefined)?.cached_tokens;
  return { promptTokens, completionTokens, ...(typeof cached === "number" ? { cachedPromptTokens: cached } : {}) };
}

/** One request for one answer. */
export interface TeacherRequest {
  readonly messages: readonly ChatMessage[];
  /** None: plain text is asked for. */
  readonly schema?: AnswerSchema;
  readonly temperature: number;
  readonly maxTokens: number;
  readonly seed: number;
  /** Names the call for connections that lead over other machines. */
  readonly id?: string;
  /** Shows whether the endpoint works at all: goes before all that wait, and no other is sent until it is answered. Where it fails, none is. */
  readonly isUrgent?: boolean;
  /** Called after each try that got no whole answer, which may have been billed all the same; waited for before the next try. */
  readonly onLostTry?: () => Promise<void>;
}

/** Tokens as the endpoint counted them. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Of the prompt's, those that the provider had cached; absent where it does not say. */
  readonly cachedPromptTokens?: number;
}

/** A whole answer. `text` is the model's words, not yet read; a refusal or a cut answer is still an answer that was paid for. */
export interface Completion {
  readonly text: string;
  readonly finishReason: string | null;
  readonly refusal: string | null;
  /** null where the endpoint does not say. */
  readonly usage: Usage | null;
  /** Of the try that succeeded. */
  readonly latencyMs: number;
  /** Tries that failed before it. */
  readonly retries: number;
}
