/** The loop that writes: one token after the other behind a prompt, with the loop ban, forced words and typed beginnings. */
import { createRandom } from "../../random.ts";
import { createLoopBan } from "../loop-ban.ts";
import { type AssistantModel, CANDIDATES, type NextToken } from "./model.ts";

/** How tokens are chosen. */
export interface WriteOptions {
  /** The prompt and what already stands of the reply. */
  readonly ids: readonly number[];
  /** The part of `ids` that is the reply: the loop ban looks at it. */
  readonly written?: readonly number[];
  readonly maxTokens: number;
  /** Whether the loop ban holds (`reply.loopBan`). Default true. */
  readonly loopBan?: boolean;
  /** 0 (default): always the likeliest. */
  readonly temperature?: number;
  readonly seed?: number | string;
  /** What may well follow `written`: costs little where it is wrong, and a pass a token less where it is right. */
  readonly guess?: (written: readonly number[]) => readonly number[];
  /** Bytes that the new text has to begin with: the half word that was typed. */
  readonly begin?: Uint8Array;
  readonly signal?: AbortSignal;
}

/** Yields each new token, without the one that ends the reply; returns whether the model ended it. */
export async function* writeTokens(model: AssistantModel, options: WriteOptions): AsyncGenerator<NextToken, boolean> {
  const { maxTokens, loopBan = true, temperature = 0, seed = 0, guess = () => [], signal } = options;
  const { tokenizer } = model;
  const ban = loopBan ? createLoopBan(tokenizer) : () => [];
  const random = createRandom(seed);
  const ids = [...options.ids];
  const written = [...(options.written ?? [])];
  let begin = options.begin ?? new Uint8Array();
  for (let count = 0; count < maxTokens; count++) {
    signal?.throwIfAborted();
    const wide = begin.length > 0;
    const candidates = await model.next(ids, { count: wide ? WIDE : CANDIDATES, guess: guess(written), signal });
    const forbidden = ban(written);
    const allowed = candidates.filter(({ id }) =>
      wide ? !tokenizer.endsReply(id) && agrees(tokenizer.tokenBytes(id), begin) : !forbidden.includes(id),
    );
    if (allowed.length === 0) return false;
    const token = choose(allowed, temperature, random.next());
    if (tokenizer.endsReply(token.id)) return true;
    begin = begin.subarray(tokenizer.tokenBytes(token.id).length);
    ids.push(token.id);
    written.push(token.id);
    yield token;
  }
  return false;
}

/** ours: candidates looked at for one that spells what was typed. */
const WIDE = 256;

/** Whether a token spells the beginning of `begin`, or all of it and more. A token without bytes spells nothing. */
function agrees(bytes: Uint8Array, begin: Uint8Array): boolean {
  const length = Math.min(bytes.length, begin.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== begin[i]) return false;
  return bytes.length > 0;
}

/** The likeliest, or at a temperature one drawn by p^(1/temperature). */
function choose(tokens: readonly NextToken[], temperature: number, draw: number): NextToken {
  if (temperature === 0) return tokens[0];
  const weights = tokens.map(({ logProb }) => Math.exp((logProb - tokens[0].logProb) / temperature));
  let rest = draw * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return tokens[i];
  }
  return tokens[tokens.length - 1];
}
