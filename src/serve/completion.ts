/** What OpenAI's API answers, as plain data (API reference, "The chat completion object" and "… chunk object"). */
import type { ReplyResult } from "../reply/index.ts";

/** What all objects of one completion have in common. */
export interface CompletionHead {
  readonly id: string;
  readonly model: string;
  /** Unix time in seconds. */
  readonly created: number;
  /** What of the request will have no effect, in words. */
  readonly warnings: readonly string[];
}

/** A whole completion of one choice or several. `pocketreply` is ours: what the caller should know about how the replies were made. */
export function completion(head: CompletionHead, results: readonly ReplyResult[]) {
  const choices = results.map((result, index) => {
    const message = { role: "assistant", content: result.reply, refusal: null };
    return { index, message, logprobs: null, finish_reason: finishReason(result) };
  });
  return {
    ...opening(head, "chat.completion"),
    choices,
    usage: usage(results),
    pocketreply: { ...details(head, results[0]), seeds: results.map(({ seed }) => seed) },
  };
}

/** A chunk with a piece of the reply; the first of a choice also names the role. */
export function textChunk(
  head: CompletionHead,
  index: number,
  delta: { role?: "assistant"; content?: string },
): ReturnType<typeof chunk> {
  return chunk(head, { index, delta, logprobs: null, finish_reason: null });
}

/** The chunk that ends a choice. */
export function lastChunk(head: CompletionHead, index: number, result: ReplyResult) {
  const choice = { index, delta: {}, logprobs: null, finish_reason: finishReason(result) };
  return { ...chunk(head, choice), pocketreply: details(head, result) };
}

/** The chunk after the last, where usage was asked for: no choices. */
export function usageChunk(head: CompletionHead, results: readonly ReplyResult[]) {
  return { ...opening(head, "chat.completion.chunk"), choices: [], usage: usage(results) };
}

function chunk(
  head: CompletionHead,
  choice: { index: number; delta: object; logprobs: null; finish_reason: string | null },
) {
  return { ...opening(head, "chat.completion.chunk"), choices: [choice] };
}

function opening({ id, model, created }: CompletionHead, object: "chat.completion" | "chat.completion.chunk") {
  return { id, object, created, model, system_fingerprint: null };
}

function finishReason({ stopped }: ReplyResult): "stop" | "length" {
  return stopped === "length" ? "length" : "stop";
}

/** The prompt is read once for all choices. */
function usage(results: readonly ReplyResult[]) {
  const [{ promptTokens }] = results;
  const replyTokens = results.reduce((sum, result) => sum + result.replyTokens, 0);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: replyTokens,
    total_tokens: promptTokens + replyTokens,
  };
}

function details({ warnings }: CompletionHead, { shortened, firstTokenMs, tokensPerSecond, seed }: ReplyResult) {
  return { shortened, warnings, firstTokenMs, tokensPerSecond, seed };
}
