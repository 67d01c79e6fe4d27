/**
 * Three short replies to tap, each another intent (Kannan et al. 2016, arXiv:1606.04870, with a model that writes where theirs chose). They
 * share one evaluation of the mail: behind it stands the same greeting, and only the opening words differ, so they are diverse by construction.
 */
import { type DetectLanguage, defers, toWords } from "../../checks/portable.ts";
import { createFlagger, speaks } from "./flags.ts";
import { goOn } from "./joining.ts";
import type { AssistantMail } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import { greet, orderOpeners, promptFor } from "./opening.ts";
import { type Intent, phrasesFor } from "./phrases.ts";
import { isSettled, plainAnswer } from "./plain-answers.ts";
import type { Reading } from "./reading.ts";
import type { ReadyFor, ReadyReplies } from "./ready-replies.ts";
import { isOnTopic, meanOf, SURE_MEAN, sentenceRoom, writeSentence } from "./sentence.ts";
import { createClock, type Timings } from "./timings.ts";

/** A short reply to tap. */
export interface Suggestion {
  readonly intent: Intent;
  /** One sentence of at most 25 words, without greeting. */
  readonly text: string;
  /** With the greeting, as a draft begins with it. */
  readonly reply: string;
  /** Who wrote it: the model; or the response set; or our phrase for the intent, where neither had anything that passes the checks. */
  readonly source: "model" | "response" | "mail" | "phrase";
  /** Mean ln p of its tokens, less the generality penalty where the model wrote more than one; what the ranking goes by. Null for other sources. */
  readonly score: number | null;
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

const GENERALITY = 0.3;

/** Suggests a reply for each of the reading's intents. Nothing is yielded in a language without phrases but the end. */
export async function* suggest(
  model: AssistantModel,
  mail: AssistantMail,
  options: SuggestOptions & { reading: Reading; detect?: DetectLanguage },
): AsyncGenerator<SuggestEvent, void> {
  const { reading, detect, signal, generality = GENERALITY } = options;
  const clock = createClock();
  const phrases = phrasesFor(reading.language, reading.formality);
  if (phrases === null) {
    yield { type: "done", suggestions: [], timings: clock.read() };
    return;
  }
  const lead = model.tokenizer.encode(`${greet(phrases, reading)} ${phrases.lead}`);
  const room = lead.length + sentenceRoom(model, phrases);
  const prompt = promptFor(model, mail, { room });
  clock.promptTokens(prompt.ids.length);
  const ids = [...prompt.ids, ...lead];
  const openers = await orderOpeners(model, { ids, phrases, signal });
  clock.prefilled();
  const flag = createFlagger(mail, { language: reading.language, detect });
  const asks = reading.questions.map(({ text }) => text);
  const speaksIt = speaks(reading.language, detect);
  const made: { suggestion: Suggestion; ids: readonly number[] }[] = [];
  for (const intent of reading.intents) {
    const taken = made.map(({ suggestion }) => suggestion.text);
    const fits = (text: string) => flag(text).length === 0 && !taken.includes(text);
    const ours = plainAnswer(intent, { mail, reading, fits })!; // this language has phrases
    const isPlain = ours.source === "phrase" && reading.language === "en" && ours.text === phrases.plain[intent];
    const least = isPlain ? undefined : SURE_MEAN;
    const before = made.map(({ ids: written }) => written);
    const asked = { ...options, ids, intent, openers: openers(intent), mail, flag, taken, before, clock, least, ours, asks, speaks: speaksIt }; // biome-ignore format: one line
    const one = isSettled(ours, { mail, reading }) ? null : await writeSentence(model, asked);
    const { text, source } = one === null ? ours : { text: one.text, source: "model" as const };
    const suggestion = asSuggestion(text, { intent, source, reading, score: one?.mean });
    made.push({ suggestion, ids: one?.ids ?? [] });
    yield { type: "suggestion", suggestion };
  }
  // Where the model wrote no two of them there is nothing to rank.
  const isRanked = generality !== 0 && made.filter(({ suggestion }) => suggestion.score !== null).length > 1;
  const suggestions = isRanked ? await penalise() : made.map(({ suggestion }) => suggestion);
  // What takes up the mail's own asks comes first, in the order of the intents; then the model's, the surest first; what says nothing comes last. Where a
  // decision is wanted, one stands before a way round it.
  const isWayRound = ({ intent }: Suggestion) => reading.wantsDecision && intent !== "accept" && intent !== "decline";
  const rank = (one: Suggestion) =>
    one.source === "mail" ? (isWayRound(one) ? -1e8 : 1e9) : (one.score ?? (isWayRound(one) ? -2e9 : -1e9));
  yield { type: "done", suggestions: suggestions.toSorted((a, b) => rank(b) - rank(a)), timings: clock.read() };

  /** Takes from each score its share of ln p under the same frame around no mail: what is likely there is likely anywhere. */
  async function penalise(): Promise<Suggestion[]> {
    const { ids: frame } = promptFor(model, { text: "" }, { room });
    const blank = [...frame, ...lead];
    const ranked: Suggestion[] = [];
    for (const { suggestion, ids: written } of made) {
      if (suggestion.score === null) ranked.push(suggestion);
      else {
        const anywhere = meanOf(await model.score([...blank, ...written], { start: blank.length, signal }));
        ranked.push({ ...suggestion, score: suggestion.score - generality * anywhere });
      }
    }
    return ranked;
  }
}

/** What is shown before the model answers: the best response of each intent, else our phrase; none in a language without phrases. */
export function instantSuggestions({
  ready,
  mail,
  ...of
}: ReadyFor & { ready?: ReadyReplies; mail: AssistantMail }): Suggestion[] {
  const { reading } = of;
  const empty = phrasesFor(reading.language, reading.formality)?.plain.answer;
  const made = reading.intents.flatMap((intent) => {
    const fits = (text: string) => of.fits(text) && isOnTopic(text, mail) && (intent !== "defer" || defers(text)); // often said to other mails
    const often = ready?.best(intent, { reading, fits }) ?? null;
    const found = often === null ? plainAnswer(intent, { mail, ...of }) : { text: often, source: "response" as const };
    return found === null ? [] : [asSuggestion(found.text, { intent, source: found.source, reading })];
  });
  // A reply of the set and one that takes up the mail's words come first; what says nothing comes last.
  const known = new Set(longWords(`${mail.subject ?? ""} ${mail.text}`));
  const worth = ({ text, source }: Suggestion) =>
    text === empty ? -1 : Number(source === "response" || longWords(text).filter((word) => known.has(word)).length > 1);
  return made.toSorted((a, b) => worth(b) - worth(a));
}

const longWords = (text: string) => toWords(text).filter((word) => word.length > 3);

/** A sentence as a suggestion, with the greeting before it. */
export function asSuggestion(
  text: string,
  of: { intent: Intent; source: Suggestion["source"]; reading: Reading; score?: number },
): Suggestion {
  const { intent, source, reading, score = null } = of;
  const phrases = phrasesFor(reading.language, reading.formality);
  const greeting = phrases === null ? "" : greet(phrases, reading);
  const reply = greeting === "" ? text : `${greeting} ${greeting.endsWith(",") ? goOn(text) : text}`;
  return { intent, text, reply, source, score };
}
