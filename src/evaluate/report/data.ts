/** What a report is made of: plain data that the command line gathers from a run folder. */
import type { CompatReading } from "../../metrics/index.ts";
import type { Evaluation } from "../evaluate.ts";
import type { EvaluatedItem } from "../items.ts";
import type { RunLikelihood } from "../likelihood.ts";
import type { JudgeData } from "./judge.ts";

/** A step of training, as in steps.jsonl. */
export interface TrainingStep {
  readonly step: number;
  readonly loss?: number;
  readonly validationLoss?: number;
  readonly seconds?: number;
}

/** How the run went, stage by stage; null where a stage left no figures. */
export interface RunHealth {
  readonly mails: { readonly kept: number; readonly skipped: number } | null;
  readonly distill: {
    readonly accepted: number;
    readonly rejected: number;
    readonly acceptedByAttempt: Readonly<Record<string, number>>;
    readonly rejectedByReason: Readonly<Record<string, number>>;
    readonly calls: number;
    readonly retries: number;
    readonly promptTokens: number;
    readonly completionTokens: number;
    /** US dollars; null where no price is known. */
    readonly costUsd: number | null;
    readonly seconds: number;
  } | null;
  readonly training: {
    readonly steps: readonly TrainingStep[];
    readonly bestStep: number;
    readonly examples: { readonly train: number; readonly validation: number; readonly test: number };
    readonly trainableParameters: number;
    readonly shortened: number;
    readonly leftOut: number;
  } | null;
  readonly replies: {
    readonly cutAtLimit: number;
    readonly shortenedMails: number;
    readonly refused: number;
    readonly promptTokens: number;
    readonly replyTokens: number;
    /** Medians over the replies; null where the source does not say. */
    readonly firstTokenMs: number | null;
    readonly tokensPerSecond: number | null;
    readonly modelBytes: number | null;
  };
}

/** Everything a report shows. */
export interface ReportData {
  /** The run, by the name of its folder. */
  readonly name: string;
  /** When the scores were made, as text. */
  readonly madeAt: string;
  /** The version of pocketreply. */
  readonly version: string;
  /** What a judge says of these replies, where one was asked. */
  readonly judge?: JudgeData;
  readonly evaluation: Evaluation & {
    readonly teacher: string;
    readonly compat: readonly CompatReading[];
    /** Missing from evaluations of older versions. */
    readonly likelihood?: RunLikelihood;
    readonly evaluatedSha256: string;
  };
  /** What wrote the replies, for a reader. */
  readonly answeredBy: string;
  /** Why there is no ceiling; null where there is one. */
  readonly noCeiling: string | null;
  readonly items: readonly EvaluatedItem[];
  readonly health: RunHealth;
  /** Lines of the recipe that differ from the defaults: key and value. */
  readonly recipe: readonly (readonly [string, string])[];
}
