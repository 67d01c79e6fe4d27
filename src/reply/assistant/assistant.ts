/** The reply assistant over any model that speaks `AssistantModel`: does this mail want a reply, three to tap, a draft that follows, words that complete. */

import type { DetectLanguage } from "../../checks/portable.ts";
import { UserError } from "../../errors.ts";
import { findLeftOut, type LeftOut } from "../left-out.ts";
import { type CompleteOptions, type Completion, complete } from "./complete.ts";
import { type DraftEvent, draft } from "./draft.ts";
import type { DraftOptions } from "./draft-words.ts";
import { createFlagger, type Field, type Flag, findFields } from "./flags.ts";
import type { Habits } from "./habits.ts";
import { draftInHabits, suggestInHabits, suggestionInHabits } from "./in-habits.ts";
import { type AssistantMail, isWordless, shielded } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import { promptFor } from "./opening.ts";
import { type Reading, readForReply } from "./reading.ts";
import type { ChooseOptions, ReadyReplies } from "./ready-replies.ts";
import { isOnTopic } from "./sentence.ts";
import type { Steering } from "./steering.ts";
import {
  asSuggestion,
  instantSuggestions,
  type SuggestEvent,
  type Suggestion,
  type SuggestOptions,
  suggest,
} from "./suggest.ts";
import { decideTrigger, type ScoreTrigger, type Trigger } from "./trigger.ts";

/** What the assistant can do with a mail. All but `trigger` and `read` throw UserError for a mail without words, and what a signal is aborted with. */
export interface Assistant {
  readonly model: AssistantModel;
  /** Has the model read what stands before every mail, so that the first one waits less; throws what the signal is aborted with. */
  prepare(options?: { signal?: AbortSignal }): Promise<void>;
  /** Whether the mail wants a reply, and if not why. Asks no model. */
  trigger(mail: AssistantMail): Trigger;
  /** Language, questions with answers to tap, intents. Asks no model. */
  read(mail: AssistantMail): Reading;
  /** What of the mail no model reads, with its place: words to machines, secrets. Asks no model. */
  leftOut(mail: AssistantMail): readonly LeftOut[];
  /** Three short replies, each another intent, as they come; then ranked. */
  suggest(mail: AssistantMail, options?: SuggestOptions): AsyncGenerator<SuggestEvent, void>;
  /** A reply that follows the steering, as it is written; then with its flags and fields. */
  draft(mail: AssistantMail, steering?: Steering, options?: DraftOptions): AsyncGenerator<DraftEvent, void>;
  /** For each of the reading's intents a reply of the response set, or our own phrase: to be shown until the model's words come. Asks no model. */
  instant(mail: AssistantMail): readonly Suggestion[];
  /** Up to three replies of the response set, ranked by the model, each another intent where the set has them; none without a set. */
  choose(mail: AssistantMail, options?: ChooseOptions): Promise<readonly Suggestion[]>;
  /** What to look at in a text that a person has changed, and the gaps that are left in it. Asks no model. */
  check(mail: AssistantMail, text: string, steering?: Steering): { flags: readonly Flag[]; fields: readonly Field[] };
  /** The next words of a reply of which `typed` stands; null where the model is not sure. */
  complete(mail: AssistantMail, typed: string, options?: CompleteOptions): Promise<Completion | null>;
}

/** What an assistant is made of besides the model. */
export interface AssistantOptions {
  /** Tells languages (`loadLanguageDetector`); without it every mail counts as English. */
  readonly detect?: DetectLanguage;
  /** A trained trigger behind the rules. */
  readonly score?: ScoreTrigger;
  /** The score from which on a reply is wanted. */
  readonly threshold?: number;
  /** What `complete` has to be sure of, where a call does not say. */
  readonly completeFrom?: number;
  /** Replies that were given often (`openResponses`). */
  readonly responses?: ReadyReplies;
  /** `reply.loopBan`. Default true. */
  readonly loopBan?: boolean;
  /** How the owner greets and ends; where not given, those that the model's file carries. */
  readonly habits?: Habits;
}

/** An assistant over `model`; it holds no state of its own. */
export function createAssistant(model: AssistantModel, options: AssistantOptions = {}): Assistant {
  const { detect, score, threshold, loopBan, responses, completeFrom } = options;
  const habits = options.habits ?? model.habits;
  const readyFor = (mail: AssistantMail, reading: Reading) => {
    const flag = createFlagger(mail, { language: reading.language });
    return { reading, fits: (text: string) => flag(text).length === 0 };
  };
  const inHabits = (made: readonly Suggestion[], reading: Reading) =>
    habits === undefined ? made : made.map((suggestion) => suggestionInHabits(suggestion, { habits, reading, detect }));
  const calmed = new WeakMap<AssistantMail, AssistantMail>();
  /** Nothing but the trigger sees what a mail says to machines, or its secrets. */
  const calm = (mail: AssistantMail) => {
    const known = calmed.get(mail) ?? shielded(mail);
    calmed.set(mail, known);
    return known;
  };
  const check = (mail: AssistantMail) => {
    if (isWordless(mail)) throw new UserError("The mail holds no words to answer: it is empty, or only an image.");
    return calm(mail);
  };
  return {
    model,
    async prepare({ signal } = {}) {
      const { ids } = promptFor(model, { text: "" }, { room: 1 });
      await model.next(ids, { count: 1, signal });
    },
    trigger: (mail) => decideTrigger(mail, score, threshold),
    read: (mail) => readForReply(calm(mail), detect),
    leftOut: findLeftOut,
    async *suggest(asked, settings) {
      const mail = check(asked);
      const reading = readForReply(mail, detect);
      const events = suggest(model, mail, { loopBan, ...settings, reading, detect });
      yield* habits === undefined ? events : suggestInHabits(events, { habits, mail, reading, detect });
    },
    async *draft(asked, steering, settings) {
      const mail = check(asked);
      const reading = readForReply(mail, detect);
      const events = draft(model, mail, { loopBan, ...settings, reading, steering, detect });
      yield* habits === undefined ? events : draftInHabits(events, { habits, mail, reading, steering, detect });
    },
    instant(asked) {
      if (isWordless(asked)) return [];
      const mail = calm(asked);
      const reading = readForReply(mail, detect);
      const isServed = responses?.language === reading.language;
      const ready = isServed ? responses : undefined;
      return inHabits(instantSuggestions({ ...readyFor(mail, reading), mail, ready }), reading);
    },
    async choose(asked, settings) {
      const mail = check(asked);
      const reading = readForReply(mail, detect);
      if (responses?.language !== reading.language) return [];
      const of = readyFor(mail, reading);
      const fits = (text: string) => of.fits(text) && isOnTopic(text, mail);
      const chosen = await responses.choose(model, mail, { ...settings, reading, fits });
      const made = chosen.map(({ text, ...of }) => asSuggestion(text, { ...of, source: "response", reading }));
      return inHabits(made, reading);
    },
    check(asked, text, steering = {}) {
      const mail = calm(asked);
      const language = steering.language ?? readForReply(mail, detect).language;
      return {
        flags: createFlagger(mail, { language, steering: steering.line })(text),
        fields: findFields(text, mail),
      };
    },
    async complete(mail, typed, settings) {
      const confidence = settings?.confidence ?? completeFrom;
      return complete(model, check(mail), { loopBan, ...settings, confidence, typed });
    },
  };
}
