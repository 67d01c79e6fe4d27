/**
 * What the page of a training and its server say to each other.
 *
 *   GET /api/training?of=VERSION&from=N   TrainingPage: the rows from the Nth on; all of them where VERSION is not that of the file any more
 */

/** A row of steps.jsonl: a step, or a validation, which has `validationLoss` and no loss. */
export interface TrainingRow {
  readonly step: number;
  readonly epoch: number;
  readonly loss?: number;
  readonly validationLoss?: number;
  readonly learningRate?: number;
  readonly gradNorm?: number;
  readonly tokens?: number;
  readonly seconds?: number;
  readonly skipped?: string;
  /** Training by preference. */
  readonly margin?: number;
  readonly accuracy?: number;
}

export interface TrainingPage {
  /** Of the run folder, without its path. */
  readonly name: string;
  /** Another one where training was taken up again and the file written anew. */
  readonly version: string;
  /** The place of the first of `rows` among all, from 0. */
  readonly from: number;
  readonly rows: readonly TrainingRow[];
  /** Whether the training is done. */
  readonly done: boolean;
}
