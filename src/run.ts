/** A run folder: the only place that knows the names of its files. Stages get paths from here and talk through these files alone. */
import { join } from "node:path";

/** Every path of a run folder, by stage. */
export interface RunPaths {
  readonly folder: string;
  readonly recipe: string; //        recipe.json, the resolved recipe that made the folder
  readonly lock: string; //          held by the one process that works in the folder
  readonly sampleMailbox: string; // quickstart: the mailbox it makes
  readonly emails: string; //        import
  readonly importReport: string;
  readonly attempts: string; //      distill
  readonly replies: string;
  readonly rejected: string;
  readonly preferences: string;
  readonly distillReport: string;
  readonly split: string; //         train
  readonly steps: string;
  readonly checkpoints: string;
  readonly best: string;
  readonly wandb: string;
  readonly trainReport: string;
  readonly baseExport: string; //    evaluate: the base as it is, in the format replies are generated from
  readonly predictions: string;
  readonly basePredictions: string;
  readonly evaluation: string;
  readonly exportFolder: string; //  export
  readonly exportReport: string;
}

export function runPaths(folder: string): RunPaths {
  const at = (...names: string[]) => join(folder, ...names);
  return {
    folder,
    recipe: at("recipe.json"),
    lock: at("lock.json"),
    sampleMailbox: at("sample.mbox"),
    emails: at("emails.jsonl"),
    importReport: at("import.json"),
    attempts: at("attempts.jsonl"),
    replies: at("replies.jsonl"),
    rejected: at("rejected.jsonl"),
    preferences: at("preferences.jsonl"),
    distillReport: at("distill.json"),
    split: at("split.json"),
    steps: at("steps.jsonl"),
    checkpoints: at("checkpoints"),
    best: at("best.json"),
    wandb: at("wandb"),
    trainReport: at("train.json"),
    baseExport: at("base-export"),
    predictions: at("predictions.jsonl"),
    basePredictions: at("base-predictions.jsonl"),
    evaluation: at("evaluation.json"),
    exportFolder: at("export"),
    exportReport: at("export.json"),
  };
}
