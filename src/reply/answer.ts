/** One answer over one sequence: tokens to text, where it stops, and how long it took. */
import { randomInt } from "node:crypto";
import type { ReplyGuard, Withheld } from "./guard.ts";
import type { Prompt } from "./prompt.ts";
import type { RoundDecoder } from "./rounds.ts";
import type { SamplingOptions } from "./sampling.ts";
import { createTextStream } from "./stream.ts";
import type { GgufTokenizer } from "./tokenizer.ts";

/** How an answer is made. */
export interface AnswerOptions extends SamplingOptions {
  /** As of `RoundDecoder`. */
  readonly keepPrompt?: boolean;
  /** The longest reply; the prompt is shortened to leave this room. */
  readonly maxTokens: number;
  /** The reply ends before the first of these. */
  readonly stop?: readonly string[];
  /** What may not be said ends the reply; without one nothing is held back. */
  readonly guard?: ReplyGuard;
  /** Called with each new piece of the reply; the pieces put together are the reply. */
  readonly onText?: (text: string) => void;
  /** Ends the reply where it is; heard after each token, and after each 512 tokens of the prompt. */
  readonly signal?: AbortSignal;
}

/** A reply and what it cost. */
export interface ReplyResult {
  /** Without spaces at its ends. */
  readonly reply: string;
  readonly promptTokens: number;
  /** Tokens of the reply, without the one that ended it. */
  readonly replyTokens: number;
  /** From the start of the prompt's evaluation to the first new token; null where none came. */
  readonly firstTokenMs: number | null;
  /** Of the tokens after the first; null where there are fewer than two. */
  readonly tokensPerSecond: number | null;
  /** The model ended it (or a stop string), `maxTokens` did, or the signal. */
  readonly stopped: "end" | "length" | "abort";
  /** Whether the mail lost its tail to fit the context. */
  readonly shortened: boolean;
  /** The seed of the draw: the one given, or the one taken; null at temperature 0. */
  readonly seed: number | null;
  /** A promise that the guard took out. */
  readonly withheld: Withheld | null;
}

/** Answers `prompt` with the tokens of `decode`, whose context holds the prompt and `maxTokens` more. */
export async function answer(options: {
  decode: RoundDecoder;
  tokenizer: GgufTokenizer;
  prompt: Prompt;
  settings: AnswerOptions;
}): Promise<ReplyResult> {
  const { decode, tokenizer, prompt, settings } = options;
  const { maxTokens, temperature, topP, loopBan, onText, guard, signal, keepPrompt } = settings;
  const seed = temperature === 0 ? null : (settings.seed ?? randomInt(2 ** 31));
  const text = createTextStream(settings.stop);
  let written = "";
  let reply = "";
  let withheld: Withheld | null = null;
  /** Takes what was written, and shows what may be; returns whether the guard ends the reply. */
  const show = (added: string, isWhole: boolean): boolean => {
    written += added;
    const seen = guard?.(written, isWhole);
    const text = seen === undefined ? written : seen.text;
    const piece = text.slice(reply.length);
    reply += piece;
    withheld = seen?.withheld ?? null;
    if (piece !== "") onText?.(piece);
    return seen?.isOver ?? false;
  };

  let replyTokens = 0;
  let stopped: ReplyResult["stopped"] = "abort";
  const startMs = performance.now();
  let firstMs = Number.NaN;
  let lastMs = Number.NaN;
  const sampling = { temperature, topP, loopBan, seed: seed ?? undefined };
  for await (const id of decode({ prompt: prompt.ids, sampling, signal, keepPrompt })) {
    lastMs = performance.now();
    if (Number.isNaN(firstMs)) firstMs = lastMs;
    if (tokenizer.endsReply(id)) {
      stopped = "end";
      break;
    }
    replyTokens++;
    const isOver = show(text.push(tokenizer.tokenBytes(id)), false);
    if (text.stopped || isOver) stopped = "end";
    else if (replyTokens === maxTokens) stopped = "length";
    if (stopped !== "abort") break;
  }
  const rest = text.end();
  show(rest, stopped !== "abort");
  const laterTokens = replyTokens - 1;
  const seconds = (lastMs - firstMs) / 1000;
  return {
    reply,
    promptTokens: prompt.ids.length,
    replyTokens,
    firstTokenMs: Number.isNaN(firstMs) ? null : firstMs - startMs,
    tokensPerSecond: laterTokens > 0 && seconds > 0 ? laterTokens / seconds : null,
    stopped,
    shortened: prompt.shortened,
    seed,
    withheld,
  };
}
