/** One sentence that carries an intent: begun with one of its openers, ended by the model, shown only where the checks find nothing. */
import { defers, findRepetition, longestSharedRun, runs, stanceOf, toWords } from "../../checks/portable.ts";
import { contentWords, splitSentences } from "../../mail/portable.ts";
import type { AssistantMail } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import type { Intent, Phrases } from "./phrases.ts";
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

/** One sentence that begins as the intent does; null where no opener leads to one that may be shown. */
export async function writeSentence(
  model: AssistantModel,
  options: {
    /** The prompt and what of the reply stands before the sentence. */
    ids: readonly number[];
    intent: Intent;
    openers: readonly string[];
    mail: AssistantMail;
    flag: (reply: string) => readonly unknown[];
    /** The least mean ln p of the words behind the opener. */
    least?: number;
    /** Texts that it must not repeat. */
    taken?: readonly string[];
    clock: Clock;
    loopBan?: boolean;
    signal?: AbortSignal;
  },
): Promise<{ text: string; ids: readonly number[]; mean: number } | null> {
  const { ids, openers, signal, loopBan, clock, least = LEAST_MEAN, taken = [] } = options;
  const isGuess = (logProbs: readonly number[], fewest = GUESS_TOKENS) =>
    logProbs.length >= fewest && meanOf(logProbs) < least;
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

/** Whether a sentence is over: another has begun behind it, or a line. */
function endsSentence(text: string): boolean {
  return splitSentences(text.trim()).length > 1 || /\S\s*\n/.test(text);
}

function firstSentence(text: string): string {
  return splitSentences(text.trim().split("\n")[0])[0]?.trim() ?? "";
}

/** To tell what was asked is to accept, not to put off. */
const TELLING = /\blet you know (?=wh|how|if)/i;

/** Whole, short, in the intent's sense, and with nothing in it that the checks find. */
function isShowable(
  text: string,
  { intent, mail, flag }: { intent: Intent; mail: AssistantMail; flag: (reply: string) => readonly unknown[] },
): boolean {
  const words = toWords(text).length;
  if (words === 0 || words > MOST_WORDS || !/[.!?…]["'”’)]*$/.test(text) || /[[\]{}<>\ufffd]/.test(text)) return false;
  if (findRepetition(text, [text]) !== undefined || /(?<!\p{L})(\p{L}{2,}) \1(?!\p{L})/iu.test(text)) return false;
  const stance = stanceOf(text);
  if ((intent === "accept" && stance === "no") || (intent === "decline" && stance !== "no")) return false;
  if (intent === "accept" && defers(text.replace(TELLING, ""))) return false; // "I will get back to you soon."
  if (intent === "ask" && !text.endsWith("?")) return false;
  if (!isOnTopic(text, mail)) return false;
  const shared = toWords(longestSharedRun(text, mail.text)).length;
  if (shared >= ECHO_WORDS && words - shared < ECHO_WORDS) return false;
  const parts = runs(toWords(text), LOOP_WORDS);
  if (new Set(parts).size < parts.length) return false;
  return flag(text).length === 0;
}

/**
 * Whether most of the words that carry the sentence stand in the mail: a small model falls back on the matters that it was trained on ("I will check
 * whether we can refund the amount" to a question about a projector). A sentence of nothing but courtesy fits any mail.
 */
function isOnTopic(text: string, { subject = "", text: said }: AssistantMail): boolean {
  const stems = new Set(contentWords(`${subject} ${said}`).map(stem));
  const matter = contentWords(text)
    .map(stem)
    .filter((word) => !REPLYING.has(word));
  const strange = matter.filter((word) => !stems.has(word)).length;
  return 2 * strange <= matter.length;
}

const stem = (word: string) => word.replace(/(?:'s|ing|ed|es|s|e)$/u, "");

/** Stems that replies are made of, whatever they are about; COMMON_WORDS are out already. */
const REPLYING = new Set(
  "work works suit suits fine unfortunately apologise apologies possible available details confirm noted change changes letting appreciate inform whether afraid delighted gladly soon forward matter attend meet meeting come coming make take find pleasure agree"
    .split(" ")
    .map((word) => stem(word)),
);

/** The mean of a list that is not empty. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
