/** One sentence that carries an intent: begun with one of its openers, ended by the model, shown only where the checks find nothing. */
import {
  defers,
  findClaims,
  findRepetition,
  longestSharedRun,
  runs,
  stanceOf,
  toWords,
} from "../../checks/portable.ts";
import { contentWords, splitSentences } from "../../mail/portable.ts";
import type { AssistantMail } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import type { Intent, Phrases } from "./phrases.ts";
import type { PlainAnswer } from "./plain-answers.ts";
import type { Clock } from "./timings.ts";
import { writeTokens } from "./write.ts";

/** ours, after the issue: words of a suggestion. */
const MOST_WORDS = 25;
const MOST_TOKENS = 48;
/** ours: openers tried of one intent before our own phrase is taken. */
const TRIES = 2;
/** ours: mean ln p of the words behind the opener; below it, less than 1/e a token, a small model is guessing ("I cannot the original"). */
const LEAST_MEAN = -1;
/** ours: the same where a sentence of the mail's own words could stand instead, which is never nonsense: between the two bounds half of the 3.7M's are. */
export const SURE_MEAN = -0.4;
/** ours: behind as many tokens a guess is known as one, and is not written to its end. */
const GUESS_TOKENS = 6;
/** ours: as many words in a row of the mail are an echo and no answer, unless as many others say what is to be done about them. */
const ECHO_WORDS = 7;
/** ours: as many words in a row that come twice in one sentence are a loop. */
const LOOP_WORDS = 4;

/** Room that a prompt has to leave for one sentence of any intent: how long an opener is depends on the vocabulary. */
export function sentenceRoom({ tokenizer }: AssistantModel, phrases: Phrases | null): number {
  const openers = phrases === null ? [] : Object.values(phrases.openers).flat();
  return MOST_TOKENS + Math.max(0, ...openers.map((opener) => tokenizer.encode(` ${opener}`).length));
}

/** What a sentence is written for, and behind what. */
export interface SentenceOptions {
  /** The prompt and what of the reply stands before the sentence. */
  readonly ids: readonly number[];
  readonly intent: Intent;
  readonly openers: readonly string[];
  readonly mail: AssistantMail;
  readonly flag: (reply: string) => readonly unknown[];
  /** The least mean ln p of the words behind the opener. */
  readonly least?: number;
  /** What is said in its place: where that takes up the mail, so must this. */
  readonly ours?: PlainAnswer | null;
  /** The questions and requests of the mail. */
  readonly asks?: readonly string[];
  /** Texts that it must not repeat. */
  readonly taken?: readonly string[];
  /** Tokens of sentences that were written for this mail: what followed a word there may follow it here. */
  readonly before?: readonly (readonly number[])[];
  readonly clock: Clock;
  readonly loopBan?: boolean;
  readonly signal?: AbortSignal;
  /** Whether a text is in the language of the reply; default: any is. */
  readonly speaks?: (text: string) => boolean;
}

/** One sentence that begins as the intent does; null where no opener leads to one that may be shown. */
export async function writeSentence(
  model: AssistantModel,
  options: SentenceOptions,
): Promise<{ text: string; ids: readonly number[]; mean: number } | null> {
  const { ids, openers, signal, loopBan, clock, least = LEAST_MEAN, taken = [], before = [] } = options;
  const isGuess = (logProbs: readonly number[], fewest = GUESS_TOKENS) =>
    logProbs.length >= fewest && meanOf(logProbs) < least;
  const { tokenizer } = model;
  for (const opener of openers.slice(0, TRIES)) {
    const forced = opener === "" ? [] : tokenizer.encode(` ${opener}`);
    const start = [...ids, ...forced];
    const logProbs = forced.length === 0 ? [] : [...(await model.score(start, { start: ids.length, signal }))];
    const written = [...forced];
    let ended = false;
    const guess = (written: readonly number[]) => guessFrom(before, written);
    const tokens = writeTokens(model, { ids: start, written: forced, maxTokens: MOST_TOKENS, loopBan, guess, signal });
    while (!ended) {
      const next = await tokens.next();
      if (next.done) {
        ended = next.value;
        break;
      }
      clock.token();
      written.push(next.value.id);
      logProbs.push(next.value.logProb);
      const text = tokenizer.decode(written);
      ended = endsSentence(text);
      if (!ended && (toWords(text).length > MOST_WORDS || isGuess(logProbs.slice(forced.length)))) break;
    }
    const text = ended ? firstSentence(tokenizer.decode(written)) : "";
    if (text !== "" && !isGuess(logProbs.slice(forced.length), 1) && !taken.includes(text) && isShowable(text, options))
      return { text, ids: written, mean: meanOf(logProbs) };
  }
  return null;
}

/** Whether a sentence is over: another has begun behind it, or would, or a line. Behind "10." a figure may go on. */
function endsSentence(text: string): boolean {
  const said = /(?:[^\d.]|:\d\d)\.$|[!?…]$/.test(text) ? `${text} Then more.` : text;
  return splitSentences(said.trim()).length > 1 || /\S\s*\n/.test(text);
}

/** What followed the last token of `written` where it stands in an earlier sentence, to the end of that. */
function guessFrom(before: readonly (readonly number[])[], written: readonly number[]): readonly number[] {
  const last = written.at(-1);
  const found = last === undefined ? undefined : before.find((tokens) => tokens.includes(last));
  return found === undefined ? [] : found.slice(found.indexOf(last!) + 1);
}

function firstSentence(text: string): string {
  return splitSentences(text.trim().split("\n")[0])[0]?.trim() ?? "";
}

/** To tell what was asked is to accept, not to put off. */
const TELLING = /\blet you know (?=wh|how|if)/i;

/** Whole, short, in the intent's sense, and with nothing in it that the checks find. */
function isShowable(
  text: string,
  {
    intent,
    mail,
    flag,
    ours,
    asks = [],
    speaks,
  }: Pick<SentenceOptions, "intent" | "mail" | "flag" | "ours" | "asks" | "speaks">,
): boolean {
  const words = toWords(text).length;
  if (speaks?.(text) === false) return false;
  if (words === 0 || words > MOST_WORDS || !/[.!?…]["'”’)]*$/.test(text) || /[[\]{}<>\ufffd]/.test(text)) return false;
  if (findRepetition(text, [text]) !== undefined || /(?<!\p{L})(\p{L}{2,}) \1(?!\p{L})/iu.test(text)) return false;
  const stance = stanceOf(text);
  if ((intent === "accept" && stance === "no") || (intent === "decline" && stance !== "no")) return false;
  if ((intent === "answer" || intent === "acknowledge") && defers(text)) return false; // that is another intent
  if (intent === "decline" && defers(text)) return false; // "I cannot get back to you."
  if (intent === "accept" && defers(text.replace(TELLING, ""))) return false; // "I will get back to you soon."
  if (intent === "ask" && (!text.endsWith("?") || asksBack(text, asks))) return false;
  if (!isOnTopic(text, mail) || (ours?.source === "mail" && !takesUp(text, ours.text))) return false;
  const shared = toWords(longestSharedRun(text, mail.text)).length;
  if (shared >= ECHO_WORDS && words - shared < ECHO_WORDS) return false;
  const parts = runs(toWords(text), LOOP_WORDS);
  if (new Set(parts).size < parts.length) return false;
  return flag(text).length === 0;
}

/** "When would you meet on Tuesday at 10:30?" asks what the mail has told, "Could you recommend a hotel?" what it asks itself. */
function asksBack(text: string, asks: readonly string[]): boolean {
  if (findClaims(text).some(({ kind }) => kind === "time" || kind === "date" || kind === "weekday")) return true;
  if (/ (?:who|which|what|when|where|why|how)\b/i.test(text)) return false; // and so for something new
  const asked = new Set(asks.flatMap((ask) => contentWords(ask).map(stem)));
  const matter = contentWords(text).map(stem);
  return matter.length > 0 && matter.every((word) => asked.has(word));
}

/**
 * Whether most of the words that carry the sentence stand in the mail: a small model falls back on the matters that it was trained on ("I will check
 * whether we can refund the amount" to a question about a projector). A sentence of nothing but courtesy fits any mail.
 */
export function isOnTopic(text: string, { subject = "", text: said }: AssistantMail): boolean {
  const stems = new Set(contentWords(`${subject} ${said}`).map(stem));
  const own = text.replace(/["“„«][^"“”„«»]{1,120}["”“»]/gu, ""); // a title in marks says nothing of what is done with it
  const matter = contentWords(own)
    .map(stem)
    .filter((word) => !REPLYING.has(word));
  const strange = matter.filter((word) => !stems.has(word)).length;
  return 2 * strange <= matter.length;
}

/** Whether `text` does with the mail what `ours` does: the same time or figure, or where that names none the same deed. "I cannot have it by 20 May." writes no reference. */
function takesUp(text: string, ours: string): boolean {
  const [claim] = findClaims(ours);
  // "Unfortunately, I cannot come." may be said to anything.
  const isBare = findClaims(text).length === 0 && contentWords(text).every((word) => REPLYING.has(stem(word)));
  if (claim !== undefined) return isBare || text.includes(claim.text.replace(/[.!?]$/, ""));
  const deed =
    /\b(?:will|cannot|can) (?:see whether I can )?(?:check|let you know|get back|look into|not\b|(\p{L}+))/iu.exec(
      ours,
    )?.[1];
  return deed === undefined || isBare || toWords(text).includes(deed.toLowerCase());
}

const stem = (word: string) => word.replace(/(?:'s|ing|ed|es|s|e)$/u, "");

/** Stems that replies are made of, whatever they are about; COMMON_WORDS are out already. */
const REPLYING = new Set(
  "work works suit suits fine unfortunately apologise apologies possible available details confirm noted change changes letting appreciate inform whether afraid delighted gladly soon forward matter attend meet meeting come coming make take find pleasure agree glad hear sound help helpful welcome trouble account consider consideration always usual ever"
    .split(" ")
    .map((word) => stem(word)),
);

/** The mean of a list that is not empty. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
