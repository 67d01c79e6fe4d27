/** Money: what a call cost by its token counts, and the most that it can cost before it is made. */

import type { Usage } from "./client.ts";
import type { AnswerSchema, ChatMessage } from "./messages.ts";
import type { Price } from "./prices.ts";

const MILLION = 1e6;

/** US dollars for the tokens that an endpoint counted; null where it counted none or the price is unknown. */
export function costUsd(usage: Usage | null, price: Price | null): number | null {
  if (!usage || !price) return null;
  const cached = Math.min(usage.cachedPromptTokens ?? 0, usage.promptTokens);
  const fresh = usage.promptTokens - cached;
  return (fresh * price.input + cached * price.cachedInput + usage.completionTokens * price.output) / MILLION;
}

/** A chat's frame: names of roles, separators, the start of the answer. OpenAI's takes 3 or 4 tokens a message. */
const FRAME_TOKENS = 64;

/**
 * The most tokens that a request's prompt can have. A token of a byte-level vocabulary stands for a byte or more, so bytes
 * bound them, whichever the model; the schema counts, since providers write it into the prompt.
 */
export function mostPromptTokens(request: { messages: readonly ChatMessage[]; schema?: AnswerSchema }): number {
  const schemaBytes = request.schema ? Buffer.byteLength(JSON.stringify(request.schema.schema)) : 0;
  return request.messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), schemaBytes + FRAME_TOKENS);
}

/** The most that one try of a request can cost. */
export function mostCostUsd(
  request: { messages: readonly ChatMessage[]; schema?: AnswerSchema; maxTokens: number },
  price: Price,
): number {
  const { input, cachedInput, output } = price;
  return (mostPromptTokens(request) * Math.max(input, cachedInput) + request.maxTokens * output) / MILLION;
}
