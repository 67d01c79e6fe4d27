/** A run folder: the only place that knows the names of its files. Stages get paths from here and talk through these files alone. */
import { join } from "node:path";

/** The stages of a run, in order. */
export const stageNames = ["import", "distill", "train", "evaluate", "export"] as const;
export type StageName = (typeof stageNames)[number];

/** Every path of a run folder, by stage. */
export interface RunPaths {
  readonly folder: string;
  readonly recipe: string; //        recipe.json, the resolved recipe that made the folder
  readonly lock: string; //          held by the one process that works in the folder
  readonly earlier: string; //       results that gave way to others, a folder each
  readonly sampleMailbox: string; // quickstart: the mailbox it makes
  readonly emails: string; //        import
  readonly importReport: string;
  readonly filterReport: string; //  what each filter left out, with examples
  readonly pairs: string; //         real replies, each with the mail it answers
  readonly fetched: string; //       what import has fetched from a hub or an IMAP server
  readonly attempts: string; //      distill
  readonly batches: string; //       batches under way at the provider, with distill.mode=batch
  readonly batchFiles: string; //    their request and answer files, until they are taken in
  readonly replies: string;
  readonly rejected: string;
  readonly preferences: string;
  readonly reviews: string; //       view: what a person decided, append-only
  readonly edits: string; //         serve: what people made of drafts in the app and in their mail program, append-only
  readonly completion: string; //    train --completion: how sure of the next words, for how often
  readonly trigger: string; //       train --trigger: whether a mail wants a reply
  readonly distillReport: string;
  readonly datasetCard: string; //   what the dataset is, for people
  readonly datasetCardData: string; // the same for programs
  readonly dataset: string; //       dataset: the files for other programs, by format
  readonly rehearsal: string; //     rehearse, in a folder of its own: what happened against the plan
  readonly baseFolder: string; //    train: configuration and tokenizer of a base that is a GGUF file
  readonly baseOrigin: string; //    where a base from the hub came from, and its licence
  readonly split: string;
  readonly steps: string;
  readonly checkpoints: string;
  readonly best: string;
  readonly badBatch: string; //      the batch of a step that was not finite and made training stop
  readonly int8Base: string; //      the base in int8, made again where it is missing
  readonly torchJob: string; //      the training as a job folder for PyTorch
  readonly wandb: string;
  readonly tensorboard: string;
  readonly reference: string; //     train --method: what the model it starts from gives each reply
  readonly trainReport: string;
  readonly drafts: string; //        improve: the model's own drafts of a round
  readonly judgedDrafts: string; //  what a judge said of those that the checks found sound
  readonly judgeDraftsReport: string;
  readonly gateBefore: string; //    replies to the validation mails before the round, and after it
  readonly gateAfter: string;
  readonly improveReport: string;
  readonly baseExport: string; //    evaluate: the base as it is, in the format replies are generated from
  readonly predictions: string;
  readonly basePredictions: string;
  readonly likelihoods: string; //   what the model, and the base, find likely along each reference
  readonly baseLikelihoods: string;
  readonly ceiling: string; //       the teacher asked again: a small distillation of the held-out mails
  readonly evaluated: string; //     every held-out mail with its replies, scores and findings
  readonly evaluation: string;
  readonly report: string;
  readonly judgements: string; //    judge: every answer of a judge, append-only
  readonly judged: string; //        a row a reply: outcome and evidence
  readonly judgeReport: string;
  readonly judgedPairs: string; //   judge --against
  readonly judgePairsReport: string;
  readonly calibration: string; //   calibrate, by labels
  readonly decisionCalibration: string; // calibrate, by what was decided in view
  readonly bench: string; //         bench: a folder with answers.jsonl and bench.json
  readonly inboxJournal: string; //  inbox: what was done with each mail of a watched mailbox
  readonly inboxLock: string;
  readonly exportFolder: string; //  export
  readonly exportReport: string;
  readonly responses: string; //     responses: replies given often, for a person to edit
  readonly responsesReport: string; // how well they fit held-out mails
  readonly serveKey: string; //      serve: the key that other machines must know
}

export function runPaths(folder: string): RunPaths {
  const at = (...names: string[]) => join(folder, ...names);
  return {
    folder,
    recipe: at("recipe.json"),
    lock: at("lock.json"),
    earlier: at("earlier"),
    sampleMailbox: at("sample.mbox"),
    emails: at("emails.jsonl"),
    importReport: at("import.json"),
    filterReport: at("filters.json"),
    pairs: at("pairs.jsonl"),
    fetched: at("fetched"),
    attempts: at("attempts.jsonl"),
    batches: at("batches.json"),
    batchFiles: at("batches"),
    replies: at("replies.jsonl"),
    rejected: at("rejected.jsonl"),
    preferences: at("preferences.jsonl"),
    reviews: at("reviews.jsonl"),
    edits: at("edits.jsonl"),
    completion: at("completion.json"),
    trigger: at("trigger.json"),
    distillReport: at("distill.json"),
    datasetCard: at("dataset-card.md"),
    datasetCardData: at("dataset-card.json"),
    dataset: at("dataset"),
    rehearsal: at("rehearsal.json"),
    baseFolder: at("base"),
    baseOrigin: at("base.json"),
    split: at("split.json"),
    steps: at("steps.jsonl"),
    checkpoints: at("checkpoints"),
    best: at("best.json"),
    badBatch: at("bad-batch.json"),
    int8Base: at("base-int8"),
    torchJob: at("job"),
    wandb: at("wandb"),
    tensorboard: at("tensorboard"),
    reference: at("reference.json"),
    trainReport: at("train.json"),
    drafts: at("drafts.jsonl"),
    judgedDrafts: at("judged-drafts.jsonl"),
    judgeDraftsReport: at("judge-drafts.json"),
    gateBefore: at("gate-before.jsonl"),
    gateAfter: at("gate-after.jsonl"),
    improveReport: at("improve.json"),
    baseExport: at("base-export"),
    predictions: at("predictions.jsonl"),
    basePredictions: at("base-predictions.jsonl"),
    likelihoods: at("likelihoods.jsonl"),
    baseLikelihoods: at("base-likelihoods.jsonl"),
    ceiling: at("ceiling"),
    evaluated: at("evaluated.jsonl"),
    evaluation: at("evaluation.json"),
    report: at("report.html"),
    judgements: at("judgements.jsonl"),
    judged: at("judged.jsonl"),
    judgeReport: at("judge.json"),
    judgedPairs: at("judged-pairs.jsonl"),
    judgePairsReport: at("judge-pairs.json"),
    calibration: at("calibration.json"),
    decisionCalibration: at("calibration-decisions.json"),
    bench: at("bench"),
    inboxJournal: at("inbox.jsonl"),
    inboxLock: at("inbox.lock.json"),
    exportFolder: at("export"),
    exportReport: at("export.json"),
    responses: at("responses.yaml"),
    responsesReport: at("responses.json"),
    serveKey: at("serve-key"),
  };
}
