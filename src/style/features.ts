/** A style in words and numbers that a person recognises: how one greets, ends, and how long and how formally one writes. */
import { splitReply } from "../mail/index.ts";

/** Of a set of replies. */
export interface StyleFeatures {
  readonly replies: number;
  /** The commonest openings and closings with their shares; "" is none. */
  readonly greetings: readonly Counted[];
  readonly closings: readonly Counted[];
  readonly medianWords: number;
  readonly wordsPerSentence: number;
  /** Shares of replies with … */
  readonly exclaiming: number;
  readonly asking: number;
  readonly contracting: number;
}

/** A text and the share of replies that have it. */
export interface Counted {
  readonly text: string;
  readonly share: number;
}

const SHOWN = 3;
const CONTRACTION = /\b\p{L}{1,40}['’](?:s|t|re|ve|ll|d|m)\b/iu;

export function describeStyle(replies: readonly string[]): StyleFeatures {
  const parts = replies.map((reply) => splitReply(reply));
  const words = replies.map((reply) => (reply.match(/[\p{L}\p{N}'’]+/gu) ?? []).length);
  const sentences = parts.reduce((sum, part) => sum + Math.max(1, part.sentences.length), 0);
  const share = (test: (reply: string) => boolean) => replies.filter(test).length / (replies.length || 1);
  return {
    replies: replies.length,
    greetings: commonest(parts.map(({ greeting }) => withoutNames(greeting))),
    closings: commonest(parts.map(({ signOff }, i) => withoutNames(signOff.split("\n")[0] || lastLine(replies[i])))),
    medianWords: median(words),
    wordsPerSentence: words.reduce((sum, count) => sum + count, 0) / (sentences || 1),
    exclaiming: share((reply) => reply.includes("!")),
    asking: share((reply) => reply.includes("?")),
    contracting: share((reply) => CONTRACTION.test(reply)),
  };
}

/** ours: words of a line that ends a reply and is no sentence: "Nikos", "<end transmission>". */
const CLOSING_WORDS = 5;

/** A short line at the end that is no sentence; "" where there is none. */
function lastLine(reply: string): string {
  const [last, ...before] = reply.trim().split("\n").reverse();
  return before.length > 0 && last.split(/\s+/).length <= CLOSING_WORDS && !/[.?!]$/.test(last.trim()) ? last : "";
}

/** "Hi Ann," and "Hi Tom," are one greeting. */
function withoutNames(line: string): string {
  return line
    .trim()
    .replace(/(?<=\s)\p{Lu}[\p{L}'’.-]*/gu, "…")
    .replace(/(?:…\s*)+/g, "…");
}

function commonest(texts: readonly string[]): Counted[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, SHOWN)
    .map(([text, count]) => ({ text, share: count / texts.length }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? 0 : (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
