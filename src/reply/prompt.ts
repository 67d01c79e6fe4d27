/** The prompt of a mail or a conversation, made to leave room for the reply. Mails are shortened by the code that trains. */
import { UserError } from "../errors.ts";
import { type ChatMessage, encodeChat, encodeFittingPrompt, type Tokenizer } from "../tokens/portable.ts";
import type { OpenModel } from "./llama.ts";

/** A prompt that leaves `maxTokens` of the context to the reply. */
export interface Prompt {
  readonly ids: readonly number[];
  /** Whether the mail lost its tail to fit. */
  readonly shortened: boolean;
}

/** What a prompt is made from, besides the messages. */
export interface PromptFrame {
  readonly systemPrompt: string;
  readonly dateString: string;
  readonly contextTokens: number;
}

/** How long prompt and reply together may be. */
export interface ContextOptions {
  /** The context is what the model was trained for, and no longer than this: `train.maxTokens`. */
  readonly mostContextTokens: number;
  /** Another length, up to what the model was trained for. */
  readonly contextTokens?: number;
}

/**
 * What stands in every prompt of `model`, and the context: at most what the model was trained for. `standIn` is for a file that does not say.
 * Throws UserError where a key is lacking, the chat template cannot be used, or the context is too long.
 */
export function readFrame(
  model: OpenModel,
  { contextTokens, mostContextTokens }: ContextOptions,
  standIn: Partial<Pick<PromptFrame, "systemPrompt" | "dateString">> = {},
): PromptFrame {
  const { path, contextLength, tokenizer } = model;
  const systemPrompt = model.systemPrompt ?? standIn.systemPrompt ?? null;
  const dateString = model.dateString ?? standIn.dateString ?? null;
  const missing = [
    systemPrompt === null ? "pocketreply.system_prompt" : "",
    dateString === null ? "pocketreply.date_string" : "",
    tokenizer.chatTemplate === "" ? "tokenizer.chat_template" : "",
  ].filter((key) => key !== "");
  if (systemPrompt === null || dateString === null || missing.length > 0) {
    throw new UserError(
      `${path} was not made by pocketreply: its metadata lacks ${missing.join(", ")}. Use a GGUF that pocketreply export wrote.`,
    );
  }
  if (contextTokens !== undefined && !(Number.isInteger(contextTokens) && contextTokens > 0)) {
    throw new UserError(`The context must be a whole number of tokens from 1 on, not ${contextTokens}.`);
  }
  if (contextTokens !== undefined && contextTokens > contextLength) {
    throw new UserError(`${path} was trained for ${contextLength} tokens; a context of ${contextTokens} is too long.`);
  }
  requireFrame(model, { systemPrompt, dateString });
  return { systemPrompt, dateString, contextTokens: contextTokens ?? Math.min(mostContextTokens, contextLength) };
}

/** A chat template that cannot be used says so when the model is opened, not at the first mail. */
function requireFrame({ path, tokenizer }: OpenModel, frame: Omit<PromptFrame, "contextTokens">): void {
  try {
    const system = { role: "system", content: frame.systemPrompt } as const;
    const mail = { role: "user", content: "" } as const;
    encodeChat(tokenizer, { messages: [system, mail], dateString: frame.dateString, addGenerationPrompt: true });
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${path}: ${error.message}`) : error;
  }
}

/**
 * The prompt of a conversation that ends with the user. A mail alone, with or without a system message, is shortened to
 * fit; a longer conversation that does not fit is refused with UserError, for nobody can say what of it may go.
 */
export function encodeMessages(options: {
  model: { readonly tokenizer: Tokenizer; readonly contextLength: number };
  frame: PromptFrame;
  messages: readonly ChatMessage[];
  maxTokens: number;
}): Prompt {
  const { model, frame, messages, maxTokens } = options;
  const { dateString, contextTokens } = frame;
  const { tokenizer } = model;
  if (!(Number.isInteger(maxTokens) && maxTokens > 0)) {
    throw new UserError(`The reply needs room for at least one token: maxTokens is ${maxTokens}.`);
  }
  const [systemPrompt, turns] =
    messages[0]?.role === "system" ? [messages[0].content, messages.slice(1)] : [frame.systemPrompt, messages];
  const system = { role: "system", content: systemPrompt } as const;
  const encode = (rest: readonly ChatMessage[]) =>
    encodeChat(tokenizer, { messages: [system, ...rest], dateString, addGenerationPrompt: true });
  const room = contextTokens - maxTokens;
  const refuse = (what: string, promptTokens: number) =>
    new UserError(
      `${what} takes ${promptTokens} tokens, and ${maxTokens} are kept for the reply; the context holds ${contextTokens}. Send less text, ask for a shorter reply, or open the model with a longer context (up to ${model.contextLength}).`,
    );

  if (turns.length !== 1) {
    const ids = encode(turns);
    if (ids.length > room) throw refuse("The conversation", ids.length);
    return { ids, shortened: false };
  }
  const email = turns[0].content;
  const bare = encode([{ role: "user", content: "" }]).length;
  if (bare >= room) throw refuse("The prompt without the mail", bare);
  const { ids, truncated } = encodeFittingPrompt({ tokenizer, systemPrompt, dateString, email, maxTokens: room });
  return { ids, shortened: truncated };
}
