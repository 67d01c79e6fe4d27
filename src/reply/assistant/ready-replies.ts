/** What an assistant asks of replies that are ready: a response set, whoever keeps it. */
import type { AssistantMail } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import type { Intent } from "./phrases.ts";
import type { Reading } from "./reading.ts";

/** Of which mail, and whether a text may be shown for it. */
export interface ReadyFor {
  readonly reading: Reading;
  readonly fits: (text: string) => boolean;
}

/** How a set is scored by a model. */
export interface ChooseOptions {
  /** Hypotheses that are kept at each length. */
  readonly beam?: number;
  readonly signal?: AbortSignal;
}

/** Replies that are ready, in one language. */
export interface ReadyReplies {
  /** ISO 639-1: they serve mails in this language. */
  readonly language: string;
  /** The reply of this intent that fits the mail best by its signs; null where none was given after mails that ask the same. Asks no model. */
  best(intent: Intent, of: ReadyFor): string | null;
  /** Up to three, ranked by the model, each another intent where there are others. */
  choose(
    model: AssistantModel,
    mail: AssistantMail,
    of: ReadyFor & ChooseOptions,
  ): Promise<readonly { readonly text: string; readonly intent: Intent; readonly score: number }[]>;
}
