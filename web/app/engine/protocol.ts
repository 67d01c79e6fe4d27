/** What the page asks of the engine's worker and what it hears back; both sides import these types. */
import type {
  AssistantMail,
  Completion,
  Draft,
  DraftOptions,
  Edit,
  Field,
  Flag,
  LeftOut,
  NextToken,
  Reading,
  ResponseFile,
  Steering,
  Suggestion,
  Trigger,
} from "../../../src/reply/portable.ts";
import type { OfferedModel } from "../../../src/serve/models-api.ts";
import type { EnginePlan, Speed } from "./plan.ts";

/** A model on this device. */
export interface InstalledModel extends OfferedModel {
  /** Bytes that are here; fewer than `sizeBytes` where a load was cut. */
  readonly hereBytes: number;
  readonly isComplete: boolean;
  /** Kept when the page closes; false where the browser gives no storage (plain http, private windows). */
  readonly isKept: boolean;
}

/** A mail, read: all that is known before the model is asked. */
export interface ReadMail {
  readonly mail: AssistantMail;
  readonly trigger: Trigger;
  readonly reading: Reading;
  /** What of it no model reads. */
  readonly leftOut: readonly LeftOut[];
  /** Our own phrases for the intents, to be shown at once. */
  readonly instant: readonly Suggestion[];
}

/** What of a draft should be looked at. */
export interface Checked {
  readonly flags: readonly Flag[];
  readonly fields: readonly Field[];
}

/** A model that is open, and what it did in a short test. */
export interface OpenedModel {
  readonly file: string;
  readonly name: string;
  readonly loadMs: number;
  readonly contextTokens: number;
  /** Fewer than were asked for where the browser allows no more. */
  readonly threads: number;
}

/** Each call: its arguments, what it reports meanwhile, what it returns. */
export interface Calls {
  list: { args: []; event: never; result: readonly InstalledModel[] };
  install: {
    args: [model: OfferedModel, from: { url: string; key: string | null }];
    event: { readonly doneBytes: number; readonly phase: "load" | "check" };
    result: InstalledModel;
  };
  remove: { args: [sha256: string]; event: never; result: null };
  open: { args: [sha256: string, plan: EnginePlan]; event: never; result: OpenedModel };
  /** Tokens a second, of prompt and of reply, on this device; null where it took longer than `mostMs`. */
  measure: { args: [mostMs: number | null]; event: never; result: Speed | null };
  /** Ids of a text as the engine makes them, and as the assistant does: they have to be the same. */
  tokens: { args: [text: string]; event: never; result: { engine: readonly number[]; ours: readonly number[] } };
  /** The likeliest tokens behind `ids`: what a test sets beside llama.cpp in Node. */
  next: { args: [ids: readonly number[], count: number]; event: never; result: readonly NextToken[] };
  parse: { args: [bytes: Uint8Array, name: string]; event: never; result: AssistantMail };
  read: { args: [mail: AssistantMail, responses: ResponseFile | null]; event: never; result: ReadMail };
  suggest: { args: [mail: AssistantMail]; event: Suggestion; result: readonly Suggestion[] };
  draft: {
    args: [mail: AssistantMail, steering: Steering, options: Omit<DraftOptions, "signal">];
    event: string;
    result: Draft;
  };
  /** `from`: how sure the words have to be; null for the default. */
  complete: {
    args: [mail: AssistantMail, typed: string, from: number | null];
    event: never;
    result: Completion | null;
  };
  /** What the person made of a draft, to be kept; null where no word was changed. */
  edited: {
    args: [mail: AssistantMail, change: Pick<Edit, "line" | "draft" | "kept">];
    event: never;
    result: Edit | null;
  };
  check: { args: [mail: AssistantMail, text: string, line: string]; event: never; result: Checked };
}

export type CallName = keyof Calls;

/** To the worker. */
export type ToWorker =
  | { readonly id: number; readonly call: CallName; readonly args: readonly unknown[] }
  | { readonly abort: number };

/** From the worker. */
export type FromWorker =
  | { readonly id: number; readonly event: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: EngineFault };

/** What went wrong, in a form that the page can put into its own words. */
export interface EngineFault {
  readonly kind: FaultKind;
  readonly message: string;
  /** For `quota`: bytes that are missing. */
  readonly missingBytes?: number;
}

/**
 * aborted: asked for. offline: the server did not answer. refused: it wants a key. cut: a load broke off and can go on. quota: no room.
 * damaged: the bytes are not those that were promised. gone: the browser took the model away. busy: another tab loads it.
 * unfit: the file is no model that runs here. crashed: the engine died. mail: the mail or the steering line cannot be read. other: our own fault.
 */
export type FaultKind =
  | "aborted"
  | "offline"
  | "refused"
  | "cut"
  | "quota"
  | "damaged"
  | "gone"
  | "busy"
  | "unfit"
  | "crashed"
  | "mail"
  | "other";

/** An engine's fault as an Error. */
export class EngineError extends Error {
  override name = "EngineError";
  readonly kind: FaultKind;
  readonly missingBytes: number | undefined;

  constructor({ kind, message, missingBytes }: EngineFault) {
    super(message);
    this.kind = kind;
    this.missingBytes = missingBytes;
  }
}
