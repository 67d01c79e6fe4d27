/** What OpenAI's API answers, as plain data (API reference, "The chat completion object" and "… chunk object"). */
import type { ReplyResult } from "../reply/index.ts";

/** What all objects of one completion have in common. */
export interface CompletionHead {
  readonly id: string;
  readonly model: string;
  /** Unix time in seconds. */
  readonly created: number;
}

/** A whole completion. `pocketreply` is ours: what the caller should know about how the reply was made. */
export function completion(head: CompletionHead, result: ReplyResult) {
  const message = { role: "assistant", content: result.reply, refusal: null };
  return {
    ...opening(head, "chat.completion"),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(result) }],
    usage: usage(result),
    pocketreply: details(result),
  };
}

/** A chunk with a piece of the reply; the first also names the role. */
export function textChunk(head: CompletionHead, delta: { role?: "assistant"; content?: string }) {
  return {
    ...opening(head, "chat.completion.chunk"),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: null as string | null }],
  };
}

/** The chunk that ends the reply. */
export function lastChunk(head: CompletionHead, result: ReplyResult) {
  return {
    ...opening(head, "chat.completion.chunk"),
    choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: finishReason(result) }],
    pocketreply: details(result),
  };
}

/** The chunk after the last, where usage was asked for: no choices. */
export function usageChunk(head: CompletionHead, result: ReplyResult) {
  return { ...opening(head, "chat.completion.chunk"), choices: [], usage: usage(result) };
}

function opening({ id, model, created }: CompletionHead, object: "chat.completion" | "chat.completion.chunk") {
  return { id, object, created, model, system_fingerprint: null };
}

function finishReason({ stopped }: ReplyResult): "stop" | "length" {
  return stopped === "length" ? "length" : "stop";
}

function usage({ promptTokens, replyTokens }: ReplyResult) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: replyTokens,
    total_tokens: promptTokens + replyTokens,
  };
}

function details({ shortened, firstTokenMs, tokensPerSecond, seed }: ReplyResult) {
  return { shortened, firstTokenMs, tokensPerSecond, seed };
}
