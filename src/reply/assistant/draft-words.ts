/** The model's own words in a draft: streamed, up to where they greet somebody else, change the language, take a decision back, or are too many. */
import { type DetectLanguage, stanceOf } from "../../checks/portable.ts";
import { splitReply, splitSentences } from "../../mail/portable.ts";
import { createGuard, type Withheld } from "../guard.ts";
import { type Flag, isForeign } from "./flags.ts";
import { goOn, placesOf } from "./joining.ts";
import type { AssistantMail } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import { greet } from "./opening.ts";
import type { Phrases } from "./phrases.ts";
import { plainAnswer, tellsOfLoss } from "./plain-answers.ts";
import type { Reading } from "./reading.ts";
import type { Steering, SteeringPlan } from "./steering.ts";
import type { Clock } from "./timings.ts";
import { writeTokens } from "./write.ts";

/** How a draft is written. */
export interface DraftOptions {
  readonly maxTokens?: number;
  readonly loopBan?: boolean;
  /** Above 0 for another try. */
  readonly temperature?: number;
  readonly seed?: number | string;
  /** A beginning that the draft goes on from, such as a suggestion that was tapped. */
  readonly begin?: string;
  readonly signal?: AbortSignal;
}

/** ours: tokens of a draft where nobody says how many. */
export const MAX_TOKENS = 160;

/** A draft in progress. */
export type Job = DraftOptions & {
  reading: Reading;
  steering?: Steering;
  language: string;
  detect?: DetectLanguage;
  prompt: readonly number[];
  room: number;
  plan: SteeringPlan;
  phrases: Phrases | null;
  clock: Clock;
  page: Page;
  mail: AssistantMail;
  flag: (reply: string) => readonly Flag[];
};

/** What stands of the reply so far. */
export interface Page {
  text: string;
  ids: readonly number[];
  cutAtLimit: boolean;
  withheld: Withheld | null;
}

/** What the model adds to a decision of the owner's, up to the first sentence that takes it back or that the checks find fault with. */
export async function* onlyAgreeing(
  writing: AsyncIterable<string>,
  { plan, page, flag }: Job,
): AsyncGenerator<string, void> {
  const before = page.text;
  for await (const _ of writing);
  const against = plan.intent === "decline" ? "yes" : plan.intent === "accept" ? "no" : null;
  let kept = "";
  for (const sentence of splitSentences(page.text.slice(before.length))) {
    const isWhole = /^[^\n]*[.!?…]["'”’)]*$/u.test(sentence.trim());
    if (!isWhole || stanceOf(sentence) === against || takesBack(before, sentence) || flag(sentence).length > 0) break;
    kept += ` ${sentence.trim()}`;
  }
  page.text = before + kept;
  if (kept !== "") yield kept;
}

/** "I cannot meet on Friday." and then "I will meet on Friday." */
function takesBack(before: string, sentence: string): boolean {
  const refused = [...before.matchAll(/\b(?:cannot|can't|won't|will not|unable to) (\p{L}{3,})/giu)].map(
    ([, verb]) => verb,
  );
  return refused.some((verb) => new RegExp(`\\b(?:will|can|happy to|like to) ${verb}\\b`, "iu").test(sentence));
}

/** The model's words behind its own greeting, or behind ours where it greets somebody else: a small model misspells names. */
export async function* rightlyGreeted(
  model: AssistantModel,
  job: Job,
  sentences: number,
): AsyncGenerator<string, void> {
  const { page, phrases, reading, steering, flag } = job;
  let held = "";
  let isKnown = phrases === null || reading.senderName === "";
  for await (const piece of writeOn(model, job, sentences)) {
    if (isKnown) {
      yield piece;
      continue;
    }
    held += piece;
    const [greeting] = GREETING.exec(held) ?? [];
    if (greeting === undefined && held.length < LONGEST_GREETING) continue;
    isKnown = true;
    const wrong = greeting !== undefined && flag(`${greeting} thank you.`).length > 0;
    if (!wrong) {
      yield held;
      continue;
    }
    page.text = greet(phrases!, reading, steering?.tone); // known above
    page.ids = model.tokenizer.encode(page.text);
    yield page.text;
    yield* writeOn(model, job, sentences);
    return;
  }
  if (!isKnown) yield held;
}

const LONGEST_GREETING = 60;
const GREETING = /^[^\n,!:?]{1,60}[,!:\n]/;

/**
 * The model's words up to the first sentence in another language than the reply's, each sentence when it is over; where that is the first one, words of
 * ours stand for them. English, and a language that has no words here, is left as the model writes it.
 */
export async function* inLanguage(writing: AsyncIterable<string>, job: Job): AsyncGenerator<string, void> {
  const { language, detect, phrases, page, reading, mail, flag, steering, begin = "" } = job;
  if (language === "en" || phrases === null || detect === undefined) {
    yield* writing;
    return;
  }
  const before = page.text;
  let shown = before.length;
  let foreign = false;
  const turn = function* (isWhole: boolean) {
    const added = page.text.slice(before.length);
    for (const { start, end } of placesOf(added, splitSentences(added)).slice(0, isWhole ? undefined : -1)) {
      if (before.length + end <= shown) continue;
      foreign = isForeign(added.slice(start, end), language, detect);
      if (foreign) return;
      const piece = page.text.slice(shown, before.length + end);
      shown = before.length + end;
      yield piece;
    }
  };
  for await (const _ of writing) {
    yield* turn(false);
    if (foreign) break;
  }
  if (!foreign) yield* turn(true);
  page.text = page.text.slice(0, shown);
  if (page.text !== before || begin !== "") return;
  const fits = (text: string) => flag(text).length === 0;
  const hasAsk = reading.questions.length > 0;
  const ours = hasAsk || language !== reading.language ? null : plainAnswer("acknowledge", { mail, reading, fits });
  const said = hasAsk ? phrases.plain.defer : ours?.source === "mail" ? ours.text : "";
  const lead = before !== "" || tellsOfLoss(mail, reading) ? "" : phrases.lead;
  const opening = before === "" ? greet(phrases, reading, steering?.tone) : before;
  page.text = [opening, lead, opening.endsWith(",") && lead === "" ? goOn(said) : said].filter(Boolean).join(" ");
  yield page.text.slice(before.length);
}

/** The model's own words until it ends, or until there are `sentences`. The sentence that would be one too many is not shown. */
export async function* writeOn(model: AssistantModel, job: Job, sentences: number): AsyncGenerator<string, void> {
  const { prompt, room, plan, mail, maxTokens = MAX_TOKENS, clock, page, loopBan, temperature, seed, signal } = job;
  const { tokenizer } = model;
  const before = page.text;
  const left = Math.min(room, maxTokens) - page.ids.length; // what had to be said may have used them up
  if (left <= 0) {
    page.cutAtLimit = true;
    return;
  }
  const told = [plan.line, ...(mail.facts ?? [])].join("\n");
  const guard = createGuard({ told, from: before.length });
  const tokens = writeTokens(model, {
    ...{
      ids: [...prompt, ...page.ids],
      written: page.ids,
      maxTokens: left,
      loopBan,
      temperature,
      seed,
      signal,
    },
  });
  const written: number[] = [];
  let whole = before;
  /** What of the new text may be shown now; sets whether anything may follow. */
  const turn = (isWhole: boolean): { piece: string; isOver: boolean } => {
    const wanted = cutSentences(whole, sentences);
    const isLast = isWhole || wanted.length < whole.trim().length;
    const seen = guard(wanted, isLast);
    page.withheld = seen.withheld;
    const piece = seen.text.length > page.text.length ? seen.text.slice(page.text.length) : "";
    page.text += piece;
    return { piece, isOver: isLast || seen.isOver };
  };
  let isOver = false;
  while (!isOver) {
    const next = await tokens.next();
    if (next.done) {
      page.cutAtLimit = !next.value;
      const { piece } = turn(true);
      if (piece !== "") yield piece;
      break;
    }
    clock.token();
    written.push(next.value.id);
    let added = tokenizer.decode(written);
    if (added.endsWith("\ufffd")) continue; // half a character
    if (before.endsWith(",")) {
      if (/^\s*[\p{L}\p{N}'’]*$/u.test(added)) continue; // half a word: it may be "I" or "It"
      added = goOn(added, plan.line);
    }
    whole = before === "" ? added.trimStart() : before + added;
    const made = turn(false);
    if (made.piece !== "") yield made.piece;
    isOver = made.isOver;
  }
  page.ids = tokenizer.encode(page.text);
}

/** The text without blanks at its end, and without what stands behind `most` sentences of matter. */
function cutSentences(text: string, most: number): string {
  // A sentence is known to be over when another would begin behind it: "p.m." and "Mr." are not its end.
  const { sentences } = splitReply(text.replace(/(\s)\S*$/, "$1Then more."));
  if (sentences.length <= most) return text.trimEnd();
  return text.slice(0, placesOf(text, sentences.slice(0, most)).at(-1)?.end ?? 0);
}

/** Sentences of matter, without greeting and end. */
export function countSentences(text: string): number {
  return text === "" ? 0 : splitReply(text).sentences.length;
}
