/** evaluation.json: the scores of a run, and what they were made of. */
import type { Evaluation, RunLikelihood } from "../evaluate/index.ts";
import type { CompatReading } from "../metrics/index.ts";
import type { Recipe } from "../recipe.ts";
import type { BestCheckpoint } from "./best.ts";
import type { CeilingReport } from "./ceiling.ts";
import type { Forgetting } from "./forgetting.ts";

/** evaluation.json: the scores, and what they were made of. */
export interface EvaluationReport extends Evaluation {
  /** The checkpoint; null where an endpoint answered. */
  readonly of: BestCheckpoint | null;
  /** What wrote the replies, as in predictions.jsonl. */
  readonly model: string;
  /** The file format that the replies were generated from; null where an endpoint answered. */
  readonly format: Recipe["evaluate"]["format"] | null;
  /** Who wrote the references. */
  readonly teacher: string;
  readonly ceiling: CeilingReport;
  /** Mails that an endpoint would not answer: their replies are empty, and scored. */
  readonly refused: number;
  /** What of the recipe shaped the scores, beside the replies. */
  readonly scoring: {
    readonly ceiling: string;
    readonly cleanBelow: number;
    readonly encoder: string | null;
    readonly encoderLayer: number | null;
  };
  /** SHA-256 of evaluated.jsonl, which holds every item. */
  readonly evaluatedSha256: string;
  /** How likely the references are to the model and to the base. */
  readonly likelihood: RunLikelihood;
  /** Small instructions without mail that the base and the fine-tuned model follow; null where an endpoint answered, left out by earlier versions. */
  readonly forgetting?: Forgetting | null;
  /** The fine-tuned model's BLEU as it is often computed wrongly: not comparable, kept to explain published figures. */
  readonly compat: readonly CompatReading[];
}
