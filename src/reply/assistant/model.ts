/**
 * What the assistant asks of a language model: the only part that differs between this machine (llama.cpp in Node) and a phone
 * (llama.cpp in a browser worker). Everything else in this folder is plain TypeScript over this interface.
 */
import type { PromptFrame } from "../prompt.ts";
import type { GgufTokenizer } from "../tokenizer.ts";
import type { Habits } from "./habits.ts";

/** A token that may come next. */
export interface NextToken {
  readonly id: number;
  /** ln p among the tokens that were asked for; with 40 of them that is ln p to two digits. */
  readonly logProb: number;
}

/**
 * A reply model, asked by token ids. An engine keeps the key-value cache of what it was last asked about and evaluates only what differs, so
 * that a caller who asks about `[...mail, a]`, `[...mail, b]` pays for the mail once. Calls may overlap: an engine answers them one after the
 * other. All throw what the signal is aborted with, and leave the engine usable.
 */
export interface AssistantModel extends PromptFrame {
  readonly name: string;
  /** The longest context the model was trained for. */
  readonly contextLength: number;
  /** Makes ids of text here, without a round trip to the engine. */
  readonly tokenizer: GgufTokenizer;
  /** The file says that the model was trained with steering lines in its prompts (`pocketreply.steered`). */
  readonly isSteered: boolean;
  /** How its owner greets and ends, where the file says it (`pocketreply.habits`). */
  readonly habits?: Habits;
  /**
   * The `count` likeliest tokens to follow `ids`, likeliest first. `guess` may be what follows: an engine may evaluate it in the same pass, so that
   * whoever asks on along it waits for no other.
   */
  next(
    ids: readonly number[],
    options: { count: number; guess?: readonly number[]; signal?: AbortSignal },
  ): Promise<readonly NextToken[]>;
  /**
   * ln p of each token of `ids` from place `start` on, which is 1 or more, in one pass. A token that is not among the 256 likeliest
   * counts as the 257th would: e times less likely than the last of them.
   */
  score(ids: readonly number[], options: { start: number; signal?: AbortSignal }): Promise<readonly number[]>;
}

/** ours: candidates that a choice is made from, as llama.cpp's own top-k; the loop ban takes away at most 16 of them. */
export const CANDIDATES = 40;
