/** A chat-completions request, checked field by field. What would change the answer and is not supported is refused by name. */
import type { ChatMessage } from "../tokens/index.ts";
import { ApiError, badField } from "./error.ts";

/** A request that can be answered. */
export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number | undefined;
  readonly seed: number | undefined;
  readonly stop: readonly string[];
  /** `n`: replies to the one prompt. */
  readonly choices: number;
  readonly stream: boolean;
  /** `stream_options.include_usage` */
  readonly includeUsage: boolean;
}

/** What applies where a request is silent: a reply of the length the model was measured at, without chance. */
export interface ChatDefaults {
  readonly model: string;
  readonly maxTokens: number;
  /** The longest reply a request may ask for. */
  readonly contextTokens: number;
}

type Fields = { readonly [key: string]: unknown };

/** Fields that change nothing at these values, and are refused at any other. */
const NEUTRAL: { readonly [field: string]: (value: unknown) => boolean } = {
  logprobs: (value) => value === false,
  top_logprobs: (value) => value === 0,
  presence_penalty: (value) => value === 0,
  frequency_penalty: (value) => value === 0,
  logit_bias: (value) => isObject(value) && Object.keys(value).length === 0,
  tools: (value) => Array.isArray(value) && value.length === 0,
  tool_choice: (value) => value === "none",
  response_format: (value) => isObject(value) && value.type === "text",
  store: (value) => value === false,
};

/** Fields about the caller; they change no answer. */
const ABOUT_THE_CALLER = ["user", "metadata", "safety_identifier", "service_tier", "parallel_tool_calls"];

const READ = [
  "model",
  "messages",
  "n",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "seed",
  "stop",
  "stream",
  "stream_options",
];

/** ours: the replies that are written at once; more would wait for them. */
export const MOST_CHOICES = 8;

/** The request in the `fields` of its body. Throws ApiError naming the field. */
export function parseChatRequest(fields: Fields, defaults: ChatDefaults): ChatRequest {
  checkFields(fields);
  const { model, temperature = 0, top_p: topP, seed, stream = false, n: choices = 1 } = fields;
  if (model !== undefined && (typeof model !== "string" || modelId(model) !== defaults.model))
    throw noSuchModel(defaults.model);
  if (!isNumber(temperature, 0, 2)) throw badField("temperature", "temperature must be a number from 0 to 2.");
  if (topP !== undefined && !(isNumber(topP, 0, 1) && topP > 0))
    throw badField("top_p", "top_p must be a number above 0, up to 1.");
  if (seed !== undefined && !isInteger(seed, 0, 2 ** 32 - 1))
    throw badField("seed", "seed must be a whole number from 0 to 4294967295.");
  if (!isInteger(choices, 1, MOST_CHOICES)) throw badField("n", `n must be a whole number from 1 to ${MOST_CHOICES}.`);
  if (typeof stream !== "boolean") throw badField("stream", "stream must be true or false.");
  return {
    messages: parseMessages(fields.messages),
    maxTokens: parseMaxTokens(fields, defaults),
    temperature,
    topP,
    seed,
    stop: parseStop(fields.stop),
    choices,
    stream,
    includeUsage: parseStreamOptions(fields.stream_options, stream),
  };
}

/** A model's name as an id, which has no blanks: many programs take it for a word of a command line or a path. */
export function modelId(name: string): string {
  return name.trim().replace(/\s+/g, "-");
}

/** The error for another model than the one there is. */
export function noSuchModel(model: string): ApiError {
  return new ApiError({
    status: 404,
    message: `This server has one model, "${model}". Send that name, or leave model out.`,
    param: "model",
    code: "model_not_found",
  });
}

function checkFields(fields: Fields): void {
  for (const [field, value] of Object.entries(fields)) {
    if (READ.includes(field) || ABOUT_THE_CALLER.includes(field)) continue;
    const neutral = NEUTRAL[field];
    if (neutral?.(value)) continue;
    const supported = neutral === undefined ? "is not supported here" : "is supported here only at its neutral value";
    throw badField(field, `${field} ${supported}. Fields in use: ${READ.join(", ")}.`, "unsupported_parameter");
  }
}

function parseMaxTokens(fields: Fields, { maxTokens, contextTokens }: ChatDefaults): number {
  const given = (["max_completion_tokens", "max_tokens"] as const).filter((field) => fields[field] !== undefined);
  for (const field of given) {
    if (!isInteger(fields[field], 1, contextTokens - 1)) {
      throw badField(field, `${field} must be a whole number from 1 to ${contextTokens - 1}, below the context.`);
    }
  }
  if (given.length === 2 && fields.max_tokens !== fields.max_completion_tokens) {
    throw badField("max_tokens", "max_tokens and max_completion_tokens differ. Send only max_completion_tokens.");
  }
  return given.length === 0 ? maxTokens : (fields[given[0]] as number); // checked above
}

function parseMessages(value: unknown): ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw badField("messages", 'messages must be a list such as [{"role": "user", "content": "…"}].');
  }
  const messages = value.map(parseMessage);
  const late = messages.findIndex(({ role }, index) => role === "system" && index > 0);
  if (late > 0) throw badField(`messages[${late}].role`, "A system message may only stand first.");
  if (messages.at(-1)?.role !== "user") {
    throw badField(`messages[${messages.length - 1}].role`, 'The last message must be of the role "user".');
  }
  return messages;
}

function parseMessage(value: unknown, index: number): ChatMessage {
  const at = `messages[${index}]`;
  if (!isObject(value)) throw badField(at, `${at} must be an object with role and content.`);
  const { content } = value;
  const role = value.role === "developer" ? "system" : value.role; // OpenAI's newer word for it
  if (role !== "system" && role !== "user" && role !== "assistant") {
    throw badField(`${at}.role`, `${at}.role must be "system", "developer", "user" or "assistant".`);
  }
  const extra = Object.entries(value).find(
    ([key, field]) => !["role", "content", "name"].includes(key) && field !== null,
  );
  if (extra !== undefined) {
    throw badField(`${at}.${extra[0]}`, `${at}.${extra[0]} is not supported here.`, "unsupported_parameter");
  }
  return { role, content: parseContent(content, `${at}.content`) };
}

function parseContent(content: unknown, at: string): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) throw badField(at, `${at} must be a text, or a list of parts of type "text".`);
  return content
    .map((part: unknown, index) => {
      if (isObject(part) && part.type === "text" && typeof part.text === "string") return part.text;
      throw badField(
        `${at}[${index}]`,
        `${at}[${index}] must be {"type": "text", "text": "…"}; only text can be read.`,
      );
    })
    .join("");
}

function parseStop(value: unknown): string[] {
  if (value === undefined) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const isStop = (word: unknown): word is string => typeof word === "string" && word !== "";
  if (list.length <= 4 && list.every(isStop)) return list;
  throw badField("stop", "stop must be a text, or a list of at most four, none of them empty.");
}

function parseStreamOptions(value: unknown, stream: boolean): boolean {
  if (value === undefined) return false;
  if (!stream) throw badField("stream_options", "stream_options may only be sent with stream: true.");
  if (!isObject(value)) throw badField("stream_options", "stream_options must be an object.");
  const unknown = Object.keys(value).find((key) => key !== "include_usage" && key !== "include_obfuscation");
  if (unknown !== undefined)
    throw badField(`stream_options.${unknown}`, `stream_options.${unknown} is not supported here.`);
  return value.include_usage === true;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown, from: number, to: number): value is number {
  return typeof value === "number" && value >= from && value <= to;
}

function isInteger(value: unknown, from: number, to: number): value is number {
  return Number.isInteger(value) && isNumber(value, from, to);
}
