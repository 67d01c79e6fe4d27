/** A whole reply that follows the owner: by intent, with what the steering line asks for, in a tone, at a length, in a language. */
import { type DetectLanguage, stanceOf } from "../../checks/portable.ts";
import { holdsWords } from "../../mail/portable.ts";
import {
  countSentences,
  type DraftOptions,
  inLanguage,
  type Job,
  MAX_TOKENS,
  onlyAgreeing,
  type Page,
  rightlyGreeted,
  writeOn,
} from "./draft-words.ts";
import { createFlagger, type Field, type Flag, findFields, flagWithheld, speaks } from "./flags.ts";
import { goOn, joinSentences } from "./joining.ts";
import type { AssistantMail } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import { greet, orderOpeners, promptFor } from "./opening.ts";
import { phrasesFor } from "./phrases.ts";
import { isSettled, plainAnswer, tellsOfLoss } from "./plain-answers.ts";
import type { Question, Reading } from "./reading.ts";
import { SURE_MEAN, sentenceRoom, writeSentence } from "./sentence.ts";
import { type Length, parseSteering, type Steering, type SteeringPlan } from "./steering.ts";
import { createClock, type Timings } from "./timings.ts";

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
