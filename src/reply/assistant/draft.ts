/** A whole reply that follows the owner: by intent, with what the steering line asks for, in a tone, at a length, in a language. */
import { type DetectLanguage, stanceOf } from "../../checks/portable.ts";
import { holdsWords, splitReply, splitSentences } from "../../mail/portable.ts";
import { createGuard, type Withheld } from "../guard.ts";
import { createFlagger, type Field, type Flag, findFields, flagWithheld, isForeign, speaks } from "./flags.ts";
import { goOn, joinSentences, placesOf } from "./joining.ts";
import type { AssistantMail } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import { greet, orderOpeners, promptFor } from "./opening.ts";
import { type Phrases, phrasesFor } from "./phrases.ts";
import { isSettled, plainAnswer, tellsOfLoss } from "./plain-answers.ts";
import type { Question, Reading } from "./reading.ts";
import { SURE_MEAN, sentenceRoom, writeSentence } from "./sentence.ts";
import { type Length, parseSteering, type Steering, type SteeringPlan } from "./steering.ts";
import { createClock, type Timings } from "./timings.ts";
import { writeTokens } from "./write.ts";

/** A draft, with all that a person should see beside it. */
export interface Draft {
  readonly text: string;
  /** What the mail asks. */
  readonly questions: readonly Question[];
  /** What to look at before sending. */
  readonly flags: readonly Flag[];
  /** Gaps to fill in. */
  readonly fields: readonly Field[];
  readonly language: string;
  /** What of the steering the text shows; empty without steering. */
  readonly followed: readonly { readonly wish: string; readonly followed: boolean }[];
  /** The mail lost its tail to fit the context. */
  readonly shortened: boolean;
  /** The model had more to say when its tokens were used up. */
  readonly cutAtLimit: boolean;
  readonly timings: Timings;
}

/** What `draft` yields: text as it grows, then the draft; the pieces put together are its text. */
export type DraftEvent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "done"; readonly draft: Draft };

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

const MAX_TOKENS = 160;
/** ours: more than the words of any greeting take without the name, in bytes. */
const GREETING_TOKENS = 16;
/** ours: sentences of the matter; the paper's replies have one to three. */
const SENTENCES: Readonly<Record<Length, number>> = { short: 1, medium: 3, long: 6 };

/** Drafts a reply. Throws UserError for a steering line that cannot be read. */
export async function* draft(
  model: AssistantModel,
  mail: AssistantMail,
  options: DraftOptions & { reading: Reading; steering?: Steering; detect?: DetectLanguage },
): AsyncGenerator<DraftEvent, void> {
  const { reading, steering = {}, detect, maxTokens = MAX_TOKENS, signal } = options;
  const clock = createClock();
  const language = steering.language ?? reading.language;
  const phrases = phrasesFor(language, reading.formality);
  const plan = parseSteering(steering.line, phrases);
  const forced = [options.begin ?? "", phrases?.lead ?? "", reading.senderName, ...plan.sentences].join(" ");
  const least = model.tokenizer.encode(forced).length + GREETING_TOKENS + sentenceRoom(model, phrases);
  const room = Math.max(least, Math.min(maxTokens, model.contextTokens >> 1));
  const prompt = promptFor(model, mail, { room, line: plan.line });
  clock.promptTokens(prompt.ids.length);
  const page: Page = { text: "", ids: [], cutAtLimit: false, withheld: null };
  const flag = createFlagger(mail, { language, steering: plan.line, detect });
  const job = { ...options, language, mail, flag, prompt: prompt.ids, room, plan, phrases, clock, page };
  for await (const piece of writeDraft(model, job)) yield { type: "text", text: piece };
  const { text } = page;
  signal?.throwIfAborted();
  const withheld = page.withheld !== null && page.withheld.end <= text.length ? page.withheld : null;
  const flags = [...flag(text), ...flagWithheld(text, withheld)].sort((a, b) => a.start - b.start);
  yield {
    type: "done",
    draft: {
      ...{ text, questions: reading.questions, flags, fields: findFields(text, mail), language },
      followed: checkObedience(text, plan, steering),
      ...{ shortened: prompt.shortened, cutAtLimit: page.cutAtLimit, timings: clock.read() },
    },
  };
}

type Job = DraftOptions & {
  reading: Reading;
  steering?: Steering;
  language: string;
  detect?: DetectLanguage;
  prompt: readonly number[];
  room: number;
  plan: SteeringPlan;
  phrases: Phrases | null;
  clock: ReturnType<typeof createClock>;
  page: Page;
  mail: AssistantMail;
  flag: (reply: string) => readonly Flag[];
};

/** What stands of the reply so far. */
interface Page {
  text: string;
  ids: readonly number[];
  cutAtLimit: boolean;
  withheld: Withheld | null;
}

/**
 * Forced words and the model's by turns: greeting, opener and its sentence, the sentences that were asked for, and what the model adds. Where one
 * sentence is wanted the lead is not shown, but stands before the model, which was trained with it; what has to be said is put into that one.
 */
async function* writeDraft(model: AssistantModel, job: Job): AsyncGenerator<string, void> {
  const { steering = {}, plan, phrases, begin = "", reading, page, mail } = job;
  const isSteered = plan.line !== "" || steering.tone !== undefined || steering.language !== undefined;
  const most = plan.isShort ? SENTENCES.short : mostSentences(steering, isSteered);
  const isOne = most === SENTENCES.short;
  page.text = begin;
  page.ids = model.tokenizer.encode(begin);
  const force = (words: string) => {
    const piece = page.text === "" ? words : ` ${words}`;
    page.ids = [...page.ids, ...model.tokenizer.encode(piece)];
    page.text += piece;
    return piece;
  };
  if (begin !== "") yield begin;
  if (begin === "" && (isSteered || isOne) && phrases !== null) {
    yield force(greet(phrases, reading, steering.tone));
    if (isOne) page.ids = [...page.ids, ...model.tokenizer.encode(` ${phrases.lead}`)];
    else if (steering.tone !== "brief" && plan.line !== "" && !tellsOfLoss(mail, reading)) yield force(phrases.lead);
  }
  const said = await writeStance(model, job);
  const asked = plan.sentences.filter((sentence) => !holdsWords(`${page.text} ${said ?? ""}`, sentence));
  const sentences = [...(said === null ? [] : [said]), ...asked];
  const asOne = isOne && sentences.length > 0 ? [joinSentences(sentences, plan.line)] : sentences;
  for (const text of asOne) yield force(page.text.endsWith(",") ? goOn(text, plan.line) : text);
  const free = most - (plan.intent === null ? 0 : 1) - plan.sentences.length;
  const isBare = page.text.endsWith(","); // the greeting alone
  if (free > 0 && plan.sentences.length === 0) {
    const sentences = (isBare ? 0 : countSentences(page.text)) + free;
    const writing = page.text === "" ? rightlyGreeted(model, job, sentences) : writeOn(model, job, sentences);
    if (plan.intent === null) yield* inLanguage(writing, job);
    else yield* onlyAgreeing(writing, job);
  }
  if (phrases !== null && page.text.endsWith(",")) yield force(phrases.lead);
}

/** The sentence that says yes, no or later, where the line asks for one and nothing else says it. */
async function writeStance(model: AssistantModel, job: Job): Promise<string | null> {
  const { plan, phrases, begin = "", prompt, page, signal } = job;
  const { intent } = plan;
  if (intent === null || phrases === null || hasSaid(begin, intent)) return null;
  if (plan.sentences.length > 0 && intent === "accept") return null; // "accept, confirm Tuesday" is said by its second half
  const { mail, reading, flag } = job;
  const isOwnLanguage = job.language === reading.language;
  const fits = (text: string) => flag(text).length === 0;
  const ours = isOwnLanguage ? plainAnswer(intent, { mail, reading, fits }) : null;
  if (ours !== null && isSettled(ours, { mail, reading })) return ours.text;
  const least = ours?.source === "mail" ? SURE_MEAN : undefined;
  const ids = [...prompt, ...page.ids];
  const openers = await orderOpeners(model, { ids, phrases, signal });
  const one = await writeSentence(model, {
    ...job,
    ids,
    intent,
    openers: openers(intent),
    least,
    ours,
    speaks: speaks(job.language, job.detect),
  });
  return one?.text ?? ours?.text ?? phrases.plain[intent];
}

/** What the model adds to a decision of the owner's, up to the first sentence that takes it back or that the checks find fault with. */
async function* onlyAgreeing(writing: AsyncIterable<string>, { plan, page, flag }: Job): AsyncGenerator<string, void> {
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

/** The model's words behind its own greeting, or behind ours where it greets somebody else: a small model misspells names. */
async function* rightlyGreeted(model: AssistantModel, job: Job, sentences: number): AsyncGenerator<string, void> {
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
async function* inLanguage(writing: AsyncIterable<string>, job: Job): AsyncGenerator<string, void> {
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

/** "I cannot meet on Friday." and then "I will meet on Friday." */
function takesBack(before: string, sentence: string): boolean {
  const refused = [...before.matchAll(/\b(?:cannot|can't|won't|will not|unable to) (\p{L}{3,})/giu)].map(
    ([, verb]) => verb,
  );
  return refused.some((verb) => new RegExp(`\\b(?:will|can|happy to|like to) ${verb}\\b`, "iu").test(sentence));
}

/** Whether a beginning, such as a suggestion that was tapped, says already what the line asks for. */
function hasSaid(begin: string, intent: SteeringPlan["intent"]): boolean {
  const stance = stanceOf(begin);
  return (intent === "decline" && stance === "no") || (intent === "accept" && stance === "yes");
}

/** A draft that nobody steers is as long as the model makes it. */
function mostSentences({ length, tone }: Steering, isSteered: boolean): number {
  if (length !== undefined) return SENTENCES[length];
  if (tone === "brief") return SENTENCES.short;
  return isSteered ? SENTENCES.medium : Number.POSITIVE_INFINITY;
}

/** The model's own words until it ends, or until there are `sentences`. The sentence that would be one too many is not shown. */
async function* writeOn(model: AssistantModel, job: Job, sentences: number): AsyncGenerator<string, void> {
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

function countSentences(text: string): number {
  return text === "" ? 0 : splitReply(text).sentences.length;
}

function checkObedience(text: string, plan: SteeringPlan, steering: Steering): Draft["followed"] {
  const followed: { wish: string; followed: boolean }[] = [];
  const add = (wish: string, is: boolean) => followed.push({ wish, followed: is });
  const stance = stanceOf(text);
  if (plan.intent === "accept") add("accept", stance !== "no");
  if (plan.intent === "decline") add("decline", stance === "no");
  for (const sentence of plan.sentences) add(sentence, holdsWords(text, sentence));
  for (const part of plan.open) add(part, holdsWords(text, part));
  if (steering.language !== undefined && phrasesFor(steering.language) === null)
    add(`write in ${steering.language}`, false);
  const length = plan.isShort ? "short" : steering.length;
  // The lead is a courtesy; a short reply has none.
  if (length !== undefined) add(length, countSentences(text) <= SENTENCES[length] + (length === "short" ? 0 : 1));
  return followed;
}
