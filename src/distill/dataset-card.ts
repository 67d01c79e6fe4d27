/** dataset-card.json: the card of a dataset as data. */
import type { DistillReport } from "./distill-report.ts";

/** A file of the dataset as it was when the card was written. */
export interface CardFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** null where it is not counted. */
  readonly rows: number | null;
}

/** A link of the chain that says what may be done with the dataset. */
export interface LicenceLink {
  readonly of: string;
  readonly licence: string;
}

/** dataset-card.json. */
export interface DatasetCard {
  readonly name: string;
  readonly teacher: DistillReport["teacher"];
  readonly judge: DistillReport["judge"];
  readonly licences: readonly LicenceLink[];
  /** Where the mails came from and what was left out; null where they were not imported by this program. */
  readonly mails: {
    readonly source: string;
    readonly kind: string;
    readonly read: number;
    readonly kept: number;
    readonly filters: readonly { readonly reason: string; readonly meaning: string; readonly count: number }[];
  } | null;
  readonly sample: DistillReport["emails"];
  readonly seed: number;
  readonly redacted: boolean;
  readonly prompts: { readonly set: string; readonly versions: Readonly<Record<string, string>> };
  readonly rules: DistillReport["rules"];
  readonly counts: Pick<
    DistillReport,
    | "accepted"
    | "rejected"
    | "undecided"
    | "preferences"
    | "acceptedByAttempt"
    | "rejectedByReason"
    | "reviewed"
    | "meanScores"
  >;
  readonly stopped: DistillReport["stopped"];
  readonly work: Pick<
    DistillReport,
    "calls" | "outcomes" | "retries" | "promptTokens" | "completionTokens" | "wallMs" | "sessions"
  >;
  readonly cost: Pick<DistillReport, "costUsd" | "lostUsd" | "callsWithoutCost" | "prices">;
  readonly files: readonly CardFile[];
}
