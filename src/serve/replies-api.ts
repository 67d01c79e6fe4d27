/** What `POST /v1/replies` streams and `POST /v1/edits` takes, as JSON; the add-on reads the same types. answers.ts holds the schemas to them. */
import type { Draft, LeftOut, Reading, Suggestion, Trigger } from "../reply/portable.ts";

/** An event of a streamed answer; after `done` it ends. */
export type ReplyEvent =
  | ({ readonly type: "trigger" } & ReadParts)
  | { readonly type: "responses"; readonly responses: readonly Suggestion[] }
  | { readonly type: "suggestion"; readonly suggestion: Suggestion }
  | { readonly type: "suggestions"; readonly suggestions: readonly Suggestion[] }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "draft"; readonly draft: Draft }
  | {
      readonly type: "done";
      readonly id: string;
      readonly object: "replies";
      readonly created: number;
      readonly model: string;
    }
  | ErrorBody;

/** What is known of a mail before the model is asked. */
export interface ReadParts {
  readonly trigger: Trigger;
  readonly language: string;
  readonly questions: Reading["questions"];
  /** What of the mail no model reads. */
  readonly leftOut: readonly LeftOut[];
  readonly instant: readonly Suggestion[];
}

/** Every refusal. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    /** The field that is wrong. */
    readonly param: string | null;
    readonly code: string | null;
  };
}
