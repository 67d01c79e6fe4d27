/** Short replies that were given often, taken out of whole ones: what may stand in an answer to anybody, and nothing that belongs to one mail. */
import { toWords } from "../../checks/portable.ts";
import { splitReply } from "../../mail/portable.ts";
import { INTENTS, type Intent, phrasesFor } from "../assistant/phrases.ts";
import type { Reading } from "../assistant/reading.ts";
import { buildGraph, groupNodes, propagateLabels } from "./graph.ts";
import type { Response, ResponseSet } from "./set.ts";

/** A mail that was answered. */
export interface RepliedMail {
  readonly threadId: string;
  readonly reply: string;
  /** Called only where the reply holds something that is kept: reading a mail takes milliseconds. */
  readonly read: () => Signs;
}

/** What of a mail's reading responses are counted by. */
export type Signs = Pick<Reading, "questions" | "about">;

/** ours: what fewer conversations hold could be about one person. */
const FEWEST_THREADS = 3;
const MOST_WORDS = 20;

/** The signs of a mail that responses are counted by: what it asks, and what it is about. */
export function signsOf({ questions, about }: Signs): string[] {
  const kinds = [...new Set(questions.map(({ kind }) => kind as string))];
  return [...(kinds.length === 0 ? ["none"] : kinds), `about ${about}`];
}

/** Mines a set: sentences of `mails`' replies that three conversations or more hold, by intent and cluster. */
export function mineResponses(mails: Iterable<RepliedMail>, { language = "en" } = {}): ResponseSet {
  const threads = new Map<string, Set<string>>();
  const kept: { mail: RepliedMail; texts: readonly string[] }[] = [];
  for (const mail of mails) {
    const texts = [...new Set(responsesIn(mail.reply))];
    if (texts.length > 0) kept.push({ mail, texts });
    for (const text of texts) threads.set(text, (threads.get(text) ?? new Set()).add(mail.threadId));
  }
  const found = new Map<string, { after: Record<string, number>; count: number }>();
  for (const { mail, texts } of kept) {
    const frequent = texts.filter((text) => threads.get(text)!.size >= FEWEST_THREADS);
    if (frequent.length === 0) continue;
    const signs = signsOf(mail.read());
    for (const text of frequent) {
      const { after, count } = found.get(text) ?? { after: {}, count: 0 };
      for (const sign of signs) after[sign] = (after[sign] ?? 0) + 1;
      found.set(text, { after, count: count + 1 });
    }
  }
  const frequent = [...found].sort(([a, { count: m }], [b, { count: n }]) => n - m || (a < b ? -1 : 1));
  const texts = frequent.map(([text]) => text);
  const graph = buildGraph(texts);
  const labels = propagateLabels(graph, {
    seeds: texts.map((text) => seedIntent(text, language)),
    labels: INTENTS,
    fallback: "answer",
  });
  const groups = groupNodes(graph, { mayJoin: (a, b) => labels[a] === labels[b] });
  return {
    language,
    responses: frequent.map(
      ([text, { count, after }], i): Response => ({
        ...{ text, intent: labels[i], cluster: texts[groups[i]], count, after },
      }),
    ),
  };
}

/** The sentences of a reply that a set may hold, as the set writes them. */
export function responsesIn(reply: string): string[] {
  const { sentences } = splitReply(reply);
  const isLead = sentences.length > 1 && /^(?:thank|merci|danke|vielen dank|gracias)/i.test(sentences[0]);
  return sentences.slice(isLead ? 1 : 0).flatMap((sentence) => {
    const text = canonical(sentence);
    return isGeneral(text) ? [text] : [];
  });
}

/** A gap at the end says what nobody knows yet; without it the sentence still stands. */
function canonical(sentence: string): string {
  const text = sentence
    .trim()
    .replace(/\s+/g, " ")
    .replace(/ (?:by|on|at|until) \[[^\]]{1,30}\](?=[.!?]?$)/, "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const TIMES =
  /\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|april|june|july|august|september|october|november|december|today|tomorrow|tonight|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|heute|morgen)\b/i;

/** No time, no figure, no gap, no name: in the middle of a sentence nothing but "I" is a capital. */
function isGeneral(text: string): boolean {
  if (/[\p{N}[\]{}<>@"“”„\n]|https?:/u.test(text) || !/[.!?]$/.test(text)) return false;
  if (TIMES.test(text)) return false;
  if (/(?<=[^.!?]\s)(?!I(?:\b|['’]))\p{Lu}/u.test(text)) return false;
  const words = toWords(text).length;
  return words >= 2 && words <= MOST_WORDS;
}

/** The intent that a sentence shows by its words; null where it shows none, and those that are like it decide. */
function seedIntent(text: string, language: string): Intent | null {
  if (text.endsWith("?")) return "ask";
  const shown = language === "en" ? SHOWN.find(([, pattern]) => pattern.test(text)) : undefined;
  if (shown !== undefined) return shown[0];
  const openers = phrasesFor(language)?.openers;
  if (openers === undefined) return null;
  const begins = (opener: string) => opener !== "" && text.toLowerCase().startsWith(opener.toLowerCase());
  return INTENTS.find((intent) => openers[intent].some(begins)) ?? null;
}

/** The words of an intent, the surest first: "I will let you know" puts off, whatever "I will" says. */
const SHOWN: readonly (readonly [Intent, RegExp])[] = [
  [
    "decline",
    /^(?:unfortunately|no,|sorry|i(?:'m| am) (?:sorry|afraid),? (?:but|i|that i)|i (?:cannot|can't|won't|will not|have to decline))/i,
  ],
  [
    "acknowledge",
    /^(?:thank|i (?:appreciate|understand|apologi[sz]e)|i(?:'m| am) (?:glad|sorry) to hear|i have noted|noted\b|it was a pleasure)/i,
  ],
  ["defer", /\b(?:let you know|get back to you|find out|look into|take (?:this|it) into account)\b/i],
  [
    "accept",
    /^(?:yes\b|sure\b|of course|please feel free|gladly)|\b(?:works (?:well |fine )?for me|happy to|glad to|be there)\b/i,
  ],
];
