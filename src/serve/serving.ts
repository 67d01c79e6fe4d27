/** What the routes share: the model with its two ways of answering, a queue before each, and the counters. */
import type { Assistant, Edit, Replier, ResponseSet } from "../reply/index.ts";
import type { Metrics } from "./metrics.ts";
import type { Queue } from "./queue.ts";

/** Keeps what people made of drafts; gives how many of them were new. */
export type KeepEdits = (edits: readonly Edit[]) => Promise<number>;

/** Given to every route. */
export interface Serving {
  readonly replier: Replier;
  readonly assistant: Assistant;
  /** The model's name. */
  readonly model: string;
  /** Before `replier`: as many at once as it has lanes. */
  readonly chats: Queue;
  /** Before `assistant`: one at a time, for it keeps the mail that it was last asked about. */
  readonly mails: Queue;
  /** What the app may show at once. */
  readonly responses: { readonly set: ResponseSet } | undefined;
  /** The assistant in the owner's own words, loaded when it is first asked for; it waits its turn in `mails` too. */
  readonly inOwnWords: () => Promise<Assistant>;
  /** Keeps edits, and gives how many were new; undefined where there is no run to keep them in. */
  readonly keepEdits: KeepEdits | undefined;
  readonly metrics: Metrics;
  /** Tokens of a reply where the request names none. */
  readonly maxReplyTokens: number;
  /** `reply.loopBan` */
  readonly loopBan: boolean;
  readonly maxBodyBytes: number;
  /** Aborts what is in progress when the server closes. */
  readonly closing: AbortSignal;
}
