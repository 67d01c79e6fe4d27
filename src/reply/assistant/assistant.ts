/** The reply assistant over any model that speaks `AssistantModel`: does this mail want a reply, three to tap, a draft that follows, words that complete. */

import type { DetectLanguage } from "../../checks/portable.ts";
import { UserError } from "../../errors.ts";
import { buildTrie, type ChooseOptions, rankByModel, type Trie } from "../responses/beam.ts";
import { chooseDiverse } from "../responses/choose.ts";
import type { ResponseSet } from "../responses/set.ts";
import { type CompleteOptions, type Completion, complete } from "./complete.ts";
import { type DraftEvent, type DraftOptions, draft } from "./draft.ts";
import { createFlagger, type Field, type Flag, findFields } from "./flags.ts";
import { type AssistantMail, isWordless } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import { type Reading, readForReply } from "./reading.ts";
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
  /** Whether the mail wants a reply, and if not why. Asks no model. */
  trigger(mail: AssistantMail): Trigger;
  /** Language, questions with answers to tap, intents. Asks no model. */
  read(mail: AssistantMail): Reading;
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
  /** Replies that were given often (`pocketreply responses build`). */
  readonly responses?: ResponseSet;
  /** `reply.loopBan`. Default true. */
  readonly loopBan?: boolean;
}

/** An assistant over `model`; it holds no state of its own. */
export function createAssistant(model: AssistantModel, options: AssistantOptions = {}): Assistant {
  const { detect, score, threshold, loopBan, responses: set } = options;
  let trie: Trie | undefined; // made at the first use: the model's vocabulary may not be there before
  const check = (mail: AssistantMail) => {
    if (isWordless(mail)) throw new UserError("The mail holds no words to answer: it is empty, or only an image.");
    return readForReply(mail, detect);
  };
  return {
    model,
    trigger: (mail) => decideTrigger(mail, score, threshold),
    read: (mail) => readForReply(mail, detect),
    async *suggest(mail, settings) {
      yield* suggest(model, mail, { loopBan, ...settings, reading: check(mail) });
    },
    async *draft(mail, steering, settings) {
      yield* draft(model, mail, { loopBan, ...settings, reading: check(mail), steering });
    },
    instant: (mail) => (isWordless(mail) ? [] : instantSuggestions(mail, { reading: readForReply(mail, detect), set })),
    async choose(mail, settings) {
      const reading = check(mail);
      if (set === undefined || set.language !== reading.language) return [];
      trie ??= buildTrie(set, model);
      const flag = createFlagger(mail, { language: reading.language });
      const ranked = await rankByModel(model, mail, { ...settings, set, trie, reading });
      return chooseDiverse(
        ranked.filter(({ text }) => flag(text).length === 0),
        reading,
      ).map(({ text, intent, score }) => asSuggestion(text, { intent, source: "response", reading, score }));
    },
    check(mail, text, steering = {}) {
      const language = steering.language ?? readForReply(mail, detect).language;
      return {
        flags: createFlagger(mail, { language, steering: steering.line })(text),
        fields: findFields(text, mail),
      };
    },
    async complete(mail, typed, settings) {
      check(mail);
      return complete(model, mail, { loopBan, ...settings, typed });
    },
  };
}
