/** The next words of a draft while it is typed (Smart Compose, Chen et al. 2019, arXiv:1906.00080): shown only when the model is sure. */
import type { AssistantMail } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import { promptFor } from "./opening.ts";
import { createClock, type Timings } from "./timings.ts";
import { writeTokens } from "./write.ts";

/** Words that may follow. */
export interface Completion {
  /** What was typed, as it was given. */
  readonly typed: string;
  /** What would come next: whole words, from the half word on that was typed; never past the end of a sentence. */
  readonly text: string;
  /** The geometric mean of the tokens' probabilities, where it is lowest on the way: up to this threshold the words are offered. */
  readonly confidence: number;
  readonly timings: Timings;
}

/** How words are completed. */
export interface CompleteOptions {
  /** Nothing less sure is shown. */
  readonly confidence?: number;
  readonly maxWords?: number;
  readonly loopBan?: boolean;
  /** The completion of an earlier call: kept, at no cost, where what was typed since agrees with it. */
  readonly previous?: Completion | null;
  readonly signal?: AbortSignal;
}

/** ours: where no threshold was measured for a rate; docs/replies.md says what it shows how often and how often it is right. */
const CONFIDENCE = 0.5;
/** The longest that Smart Compose measures. */
const MAX_WORDS = 15;
const MAX_TOKENS = 32;

/** The previous completion less what was typed of it since; null where it does not agree, or nothing is left. */
export function keepCompletion(previous: Completion, typed: string): Completion | null {
  const whole = previous.typed + previous.text;
  if (!typed.startsWith(previous.typed) || !whole.startsWith(typed) || typed.length >= whole.length) return null;
  return { ...previous, typed, text: whole.slice(typed.length) };
}

/** Completes `typed`, the reply so far; null where the model is not sure of a single word. */
export async function complete(
  model: AssistantModel,
  mail: AssistantMail,
  options: CompleteOptions & { typed: string },
): Promise<Completion | null> {
  const { typed, previous = null, confidence = CONFIDENCE, maxWords = MAX_WORDS, loopBan, signal } = options;
  const kept = previous === null ? null : keepCompletion(previous, typed);
  if (kept !== null) return kept;
  if (/[.!?…]["'”’)]?$/.test(typed)) return null; // a sentence is over: what follows is another thought
  const clock = createClock();
  const { tokenizer } = model;
  const typedTokens = tokenizer.encode(typed).length;
  if (typedTokens + MAX_TOKENS > model.contextTokens >> 1) return null;
  const prompt = promptFor(model, mail, { room: typedTokens + 2 * MAX_TOKENS });
  clock.promptTokens(prompt.ids.length);
  const half = /(?:^|[^\S\n]|(?<!\S))\S*$/u.exec(typed)?.[0] ?? "";
  const head = tokenizer.encode(typed.slice(0, typed.length - half.length));
  const begin = new TextEncoder().encode(half);
  const ids = [...prompt.ids, ...head];

  const written: number[] = [];
  let sum = 0;
  let least = 1;
  let best: { text: string; confidence: number } | null = null;
  for await (const token of writeTokens(model, { ids, written: head, maxTokens: MAX_TOKENS, loopBan, begin, signal })) {
    clock.token();
    written.push(token.id);
    sum += token.logProb;
    const sure = Math.exp(sum / written.length);
    if (sure < confidence) break;
    least = Math.min(least, sure);
    const text = tokenizer.decode(written);
    const words = wholeWords(text, half.length);
    if (words !== "") best = { text: words, confidence: least };
    if (/[.!?…]$/.test(text) || text.includes("\n") || countWords(words) >= maxWords) break;
  }
  return best === null ? null : { typed, ...best, timings: clock.read() };
}

/** What stands behind the typed half of `text` and ends at a word's end: a last word may still grow. */
function wholeWords(text: string, typedLength: number): string {
  const end = /[.!?…,;:]$/.test(text) ? text.length : text.search(/(?<!\s)\s+\S*$/);
  return end <= typedLength ? "" : text.slice(typedLength, end).replace(/\n[\s\S]*$/, "");
}

function countWords(text: string): number {
  return text.trim() === "" ? 0 : text.trim().split(/\s+/).length;
}
