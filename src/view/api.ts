/**
 * What the page and its server say to each other: plain JSON, these types on both sides.
 *
 *   GET    /api/run                     RunInfo
 *   GET    /api/facets?QUERY            Facets
 *   GET    /api/rows?QUERY&from&size    RowPage; with around=ID the page that holds this mail
 *   GET    /api/rows/ID                 MailDetail
 *   PUT    /api/rows/ID/review          ReviewRequest → MailDetail; 409 where the mail has changed since it was shown
 *   DELETE /api/rows/ID/review          MailDetail: the decision is taken back
 *   POST   /api/bulk                    BulkRequest → {"decided"}: one decision on every undecided mail of a query; 409 where their number is another
 *
 * QUERY: like (a group of mails that say nearly the same), status, intent, reason, review, fault (each may repeat: any of them), attempts (may repeat), scoreOf (a criterion; else the run's rule), scoreFrom,
 * scoreTo (0 to 1, both ends in), wordsFrom, wordsTo (words of the reply), text (each word in sender, subject, mail or reply), sort.
 * An error is {"error": {"message"}} with its status.
 */

/** Why a reply could not be sent as it is, as in checks. */
export const faultNames = ["invented", "wrong person", "repeats", "gap left", "wrong language", "malformed"] as const;
export type FaultName = (typeof faultNames)[number];

/** What a judge looks at. Declared anew: the page needs no more of distill than this, and the server would not compile were they not the same. */
export type Criterion = "relevance" | "conciseness" | "adaptability" | "politeness";
export type Scores = Readonly<Record<Criterion, number>>;
export type Feedback = Readonly<Record<Criterion, string>>;

/** Where a mail stands by teacher and judge alone. */
export const statuses = ["accepted", "rejected", "open"] as const;
export type Status = (typeof statuses)[number];

/** What a person said of it; "outdated": of a mail that has another text now, so it counts no more. */
export const reviewStates = ["none", "accepted", "edited", "rejected", "unsure", "outdated"] as const;
export type ReviewState = (typeof reviewStates)[number];

/** Mailbox order, an order drawn at random that stays the same, or by the score or the words of the reply. */
export const sorts = ["mailbox", "random", "score-up", "score-down", "words-up", "words-down"] as const;
export type Sort = (typeof sorts)[number];

/** GET /api/run */
export interface RunInfo {
  /** Of the folder, without its path. */
  readonly name: string;
  readonly teacher: string;
  readonly judge: string;
  readonly threshold: number;
  /** How the four scores make the one that is held against the threshold. */
  readonly rule: "minimum" | "mean";
  readonly refinements: number;
  readonly criteria: readonly Criterion[];
  /** Grows whenever a row changes: distill is going on, or a person decided. */
  readonly version: number;
  readonly total: number;
  /** Where the mails stand with the decisions of the person on top. */
  readonly byStatus: Readonly<Record<Status, number>>;
  readonly byReview: Readonly<Record<ReviewState, number>>;
  /** US dollars so far; null where the price of some call is not known. */
  readonly costUsd: number | null;
  readonly calls: number;
  /** Training has begun: decisions made now are not in it. */
  readonly trained: boolean;
  /** Decisions that the dataset, and so the model, does not hold yet. */
  readonly notTakenIn: number;
  /** The command that takes them in. */
  readonly takeIn: string;
}

/** A mail in the list. */
export interface RowSummary {
  readonly id: string;
  readonly sender: string;
  readonly subject: string;
  /** The beginning of the reply that stands, or of the mail where there is none. */
  readonly snippet: string;
  readonly status: Status;
  /** Why it was rejected. */
  readonly reason: string | null;
  readonly intent: string;
  /** Drafts written. */
  readonly attempts: number;
  /** Of the last judged draft of an accepted mail, the best one of another, by the run's rule; null where none was judged. */
  readonly score: number | null;
  /** Words of that draft. */
  readonly words: number | null;
  readonly review: ReviewState;
  /** Names the mails that say nearly the same, this one among them; and how many others there are. Known some time after the run was opened. */
  readonly group: string;
  readonly alike: number;
  /** What exact rules over mail and reply find in the reply that is shown. */
  readonly faults: readonly FaultName[];
}

/** GET /api/rows */
export interface RowPage {
  readonly version: number;
  /** Mails that the query lets through. */
  readonly total: number;
  /** Place of the first row among them, from 0. */
  readonly from: number;
  readonly rows: readonly RowSummary[];
}

/** A bar of a histogram: values from `from` up to, not including, `to`; the last bar holds its end too. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly open: number;
}

/** Of the mails that have a draft of this number: how many ended with it, accepted, and how many went on or were rejected. */
export interface AttemptCount {
  readonly attempt: number;
  readonly reached: number;
  readonly accepted: number;
}

/** GET /api/facets: each counted under the rest of the query, without its own filter. */
export interface Facets {
  readonly version: number;
  readonly total: number;
  readonly status: readonly FacetCount<Status>[];
  readonly reason: readonly FacetCount<string>[];
  readonly intent: readonly FacetCount<string>[];
  readonly review: readonly FacetCount<ReviewState>[];
  readonly attempts: readonly FacetCount<number>[];
  readonly score: readonly Bin[];
  readonly words: readonly Bin[];
  readonly byAttempt: readonly AttemptCount[];
  readonly fault: readonly FacetCount<FaultName>[];
  readonly estimate: Estimate | null;
}

/** How often the person overturns teacher and judge, from the mails at the head of the random order that were all looked at. */
export interface Estimate {
  /** Mails looked at and decided; those left unsure are not among them. */
  readonly decided: number;
  readonly overturned: number;
  /** The 95 % interval of the share, by Wilson. */
  readonly low: number;
  readonly high: number;
}

export interface FacetCount<T> {
  readonly value: T;
  readonly count: number;
}

/** A draft of a mail, private details in their places. */
export interface DraftDetail {
  /** From 1. */
  readonly attempt: number;
  readonly reply: string;
  /** null: not judged yet, or the judge gave no usable answer. */
  readonly scores: Scores | null;
  readonly feedback: Feedback | null;
  /** By the run's rule; null without scores. */
  readonly score: number | null;
  readonly passes: boolean;
}

/** A call to a teacher or judge. */
export interface CallDetail {
  readonly kind: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly error: string | null;
  readonly model: string;
  readonly promptVersion: string;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly latencyMs: number | null;
  readonly costUsd: number | null;
  readonly retries: number;
  readonly at: string;
}

/** What a person decided. */
export interface ReviewDetail {
  readonly state: Exclude<ReviewState, "none">;
  /** The words that are accepted; null for a rejection. */
  readonly reply: string | null;
  /** The draft they are, or were edited from. */
  readonly attempt: number | null;
  readonly note: string | null;
  readonly at: string;
}

/** GET /api/rows/ID */
export interface MailDetail extends RowSummary {
  /** Names what was shown: a decision says which it was made of. */
  readonly seen: string;
  readonly email: {
    readonly from: string;
    readonly to: string;
    readonly cc: string;
    readonly date: string | null;
    readonly subject: string;
    readonly body: string;
  };
  /** Why it was rejected, in a sentence. */
  readonly detail: string | null;
  /** Earlier mails of the thread, oldest first, as far as the run holds them. */
  readonly earlier: readonly { readonly from: string; readonly date: string | null; readonly body: string }[];
  /** What the owner of the mailbox really answered, where that is known. */
  readonly answered: string | null;
  readonly drafts: readonly DraftDetail[];
  readonly calls: readonly CallDetail[];
  readonly decided: ReviewDetail | null;
}

/** PUT /api/rows/ID/review */
export interface ReviewRequest {
  /** MailDetail.seen of what was decided on. */
  readonly seen: string;
  readonly decision: "accept" | "reject" | "unsure";
  /** accept: the exact words. */
  readonly reply?: string;
  readonly attempt?: number | null;
  readonly note?: string | null;
}

/** POST /api/bulk: on every mail of the query that is not decided yet. */
export interface BulkRequest {
  /** As in the address of /api/rows. */
  readonly query: string;
  /** accept: the reply that stands; a mail without one is passed over. */
  readonly decision: "accept" | "reject";
  readonly note?: string | null;
  /** How many undecided mails the person was shown. */
  readonly expected: number;
}
