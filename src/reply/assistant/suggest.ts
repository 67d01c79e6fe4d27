/**
 * Three short replies to tap, each another intent (Kannan et al. 2016, arXiv:1606.04870, with a model that writes where theirs chose). They
 * share one evaluation of the mail: behind it stands the same greeting, and only the opening words differ, so they are diverse by construction.
 */
import { findRepetition, longestSharedRun, stanceOf, toWords } from "../../checks/portable.ts";
import { splitSentences } from "../../mail/portable.ts";
import { createFlagger } from "./flags.ts";
import type { AssistantMail } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import { greet, orderOpeners, promptFor } from "./opening.ts";
import { type Intent, type Phrases, phrasesFor } from "./phrases.ts";
import type { Reading } from "./reading.ts";
import { createClock, type Timings } from "./timings.ts";
import { writeTokens } from "./write.ts";

/** A short reply to tap. */
export interface Suggestion {
  readonly intent: Intent;
  /** One sentence of at most 25 words, without greeting. */
  readonly text: string;
  /** With the greeting, as a draft begins with it. */
  readonly reply: string;
  /** Who wrote it: the model, or our phrase for the intent where the model had nothing that passes the checks. */
  readonly source: "model" | "phrase";
  /** Mean ln p of its tokens less the generality penalty; what the ranking goes by. -Infinity for a phrase. */
  readonly score: number;
}

/** What `suggest` yields: each suggestion when it stands, then all of them ranked. */
export type SuggestEvent =
  | { readonly type: "suggestion"; readonly suggestion: Suggestion }
  | { readonly type: "done"; readonly suggestions: readonly Suggestion[]; readonly timings: Timings };

/** How suggestions are made. */
export interface SuggestOptions {
  readonly loopBan?: boolean;
  /** Weight of ln p under a blank mail, which is high for replies that fit any mail. */
  readonly generality?: number;
  readonly signal?: AbortSignal;
}

/** ours, after the issue: words of a suggestion. */
export const MOST_WORDS = 25;
const MOST_TOKENS = 48;
/** ours: openers tried of one intent before our own phrase is taken. */
const TRIES = 2;
/** ours: as many words in a row of the mail are an echo, no answer. */
const ECHO_WORDS = 7;
const GENERALITY = 0.3;

/** Suggests a reply for each of the reading's intents. Nothing is yielded in a language without phrases but the end. */
export async function* suggest(
  model: AssistantModel,
  mail: AssistantMail,
  options: SuggestOptions & { reading: Reading },
): AsyncGenerator<SuggestEvent, void> {
  const { reading, signal, generality = GENERALITY } = options;
  const clock = createClock();
  const phrases = phrasesFor(reading.language);
  if (phrases === null) {
    yield { type: "done", suggestions: [], timings: clock.read() };
    return;
  }
  const prompt = promptFor(model, mail, { room: 2 * MOST_TOKENS });
  clock.promptTokens(prompt.ids.length);
  const lead = `${greet(phrases, reading)} ${phrases.lead}`;
  const ids = [...prompt.ids, ...model.tokenizer.encode(lead)];
  const openers = await orderOpeners(model, { ids, phrases, signal });
  clock.prefilled();
  const flag = createFlagger(mail, { language: reading.language });
  const made: { suggestion: Suggestion; ids: readonly number[]; mean: number }[] = [];
  for (const intent of reading.intents) {
    const one = await writeIntent(
      model,
      { ids, intent, openers: openers(intent), ...options, clock },
      (text) =>
        isShowable(text, { intent, mail: mail.text, flag }) && !made.some(({ suggestion }) => suggestion.text === text),
    );
    const text = one?.text ?? phrases.plain[intent];
    const reply = `${greet(phrases, reading)} ${lowerAfterComma(text, phrases)}`;
    const suggestion: Suggestion = {
      ...{ intent, text, reply, source: one === null ? "phrase" : "model" },
      score: one?.mean ?? Number.NEGATIVE_INFINITY,
    };
    made.push({ suggestion, ids: one?.ids ?? [], mean: one?.mean ?? Number.NEGATIVE_INFINITY });
    yield { type: "suggestion", suggestion };
  }
  const blank = generality === 0 ? null : blankPrompt(model, lead);
  const ranked: Suggestion[] = [];
  for (const { suggestion, ids: written, mean } of made) {
    if (blank === null || written.length === 0) ranked.push(suggestion);
    else {
      const anywhere = await model.score([...blank, ...written], { start: blank.length, signal });
      ranked.push({ ...suggestion, score: mean - generality * meanOf(anywhere) });
    }
  }
  ranked.sort((a, b) => b.score - a.score);
  yield { type: "done", suggestions: ranked, timings: clock.read() };
}

/** Our phrase for each intent of a mail; none in a language without phrases. */
export function phraseSuggestions(reading: Reading): Suggestion[] {
  const phrases = phrasesFor(reading.language);
  if (phrases === null) return [];
  return reading.intents.map((intent) => {
    const text = phrases.plain[intent];
    const reply = `${greet(phrases, reading)} ${lowerAfterComma(text, phrases)}`;
    return { intent, text, reply, source: "phrase", score: Number.NEGATIVE_INFINITY };
  });
}

/** One sentence that begins as the intent does; null where no opener leads to one that may be shown. */
async function writeIntent(
  model: AssistantModel,
  options: SuggestOptions & {
    ids: readonly number[];
    intent: Intent;
    openers: readonly string[];
    clock: ReturnType<typeof createClock>;
  },
  mayShow: (text: string) => boolean,
): Promise<{ text: string; ids: readonly number[]; mean: number } | null> {
  const { ids, openers, signal, loopBan, clock } = options;
  const { tokenizer } = model;
  for (const opener of openers.slice(0, TRIES)) {
    const forced = opener === "" ? [] : tokenizer.encode(` ${opener}`);
    const start = [...ids, ...forced];
    const logProbs = forced.length === 0 ? [] : [...(await model.score(start, { start: ids.length, signal }))];
    const written = [...forced];
    let ended = false;
    const tokens = writeTokens(model, { ids: start, written: forced, maxTokens: MOST_TOKENS, loopBan, signal });
    while (!ended) {
      const next = await tokens.next();
      if (next.done) {
        ended = next.value;
        break;
      }
      clock.token();
      written.push(next.value.id);
      logProbs.push(next.value.logProb);
      ended = endsSentence(tokenizer.decode(written));
    }
    const text = ended ? firstSentence(tokenizer.decode(written)) : "";
    if (text !== "" && mayShow(text)) return { text, ids: written, mean: meanOf(logProbs) };
  }
  return null;
}

/** Whether a sentence is over: another has begun behind it, or a line. */
function endsSentence(text: string): boolean {
  return splitSentences(text.trim()).length > 1 || /\S\s*\n/.test(text);
}

function firstSentence(text: string): string {
  return splitSentences(text.trim().split("\n")[0])[0]?.trim() ?? "";
}

/** Whole, short, in the intent's sense, and with nothing in it that the checks find. */
function isShowable(
  text: string,
  { intent, mail, flag }: { intent: Intent; mail: string; flag: (reply: string) => readonly unknown[] },
): boolean {
  const words = toWords(text).length;
  if (words === 0 || words > MOST_WORDS || !/[.!?…]["'”’)]*$/.test(text) || /[[\]{}<>\ufffd]/.test(text)) return false;
  if (findRepetition(text, [text]) !== undefined || /(?<!\p{L})(\p{L}{2,}) \1(?!\p{L})/iu.test(text)) return false;
  const stance = stanceOf(text);
  if ((intent === "accept" && stance === "no") || (intent === "decline" && stance !== "no")) return false;
  if (intent === "ask" && !text.endsWith("?")) return false;
  if (toWords(longestSharedRun(text, mail)).length >= ECHO_WORDS) return false;
  return flag(text).length === 0;
}

/** The same frame around no mail: what is likely here is likely anywhere. */
function blankPrompt(model: AssistantModel, lead: string): number[] {
  const { ids } = promptFor(model, { text: "" }, { room: 2 * MOST_TOKENS });
  return [...ids, ...model.tokenizer.encode(lead)];
}

function lowerAfterComma(text: string, { greeting }: Phrases): string {
  return greeting.friendly.endsWith(",") && !/^I(?:\b|['’])/.test(text)
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
