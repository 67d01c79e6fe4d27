/** The evaluation of a model's replies: scores with signatures, beside the controls, and what the checks found. */
import type { DetectLanguage } from "../checks/index.ts";
import { UserError } from "../errors.ts";
import {
  type BertScoreOptions,
  DEFAULT_RESAMPLES,
  finishInSlices,
  pairedRandomization,
  type Steps,
} from "../metrics/index.ts";
import { type SystemsBertScore, scoreSystemsInEncoder } from "./bertscore.ts";
import { bestConstantReplySteps, derange, nearestReplySteps, type TrainingPair } from "./controls.ts";
import { describeItems, type EvaluatedItem, type EvaluationItem, testSetDigest } from "./items.ts";
import { likenessSteps } from "./leakage.ts";
import { type SliceName, sliceEmail } from "./slices.ts";
import {
  intervalSteps,
  type LeakageReport,
  listWhere,
  reportLeakage,
  reportSlices,
  type SubsetReport,
  type Systems,
} from "./subsets.ts";
import {
  type Answers,
  type CheckReport,
  checkReferences,
  mean,
  type SendableReport,
  type SystemEvaluation,
  type SystemName,
  scoreSystemsSteps,
  stepsASystem,
} from "./systems.ts";

/** What the model is tested against, item by item. */
export type ControlName = Exclude<SystemName, "student" | "shuffledReferences">;

/** A difference by one metric, and the probability that systems of equal worth differ as much by chance. */
export interface PairedFigure {
  readonly name: string;
  readonly difference: number; //   of the model over the other system
  readonly pValue: number;
  readonly signature: string;
}

/** The content of evaluation.json, but for what the caller adds about model and recipe. */
export interface Evaluation {
  readonly items: number;
  /** SHA-256 over ids, mails and references: two evaluations of one digest were made on the same test. */
  readonly testSet: string;
  readonly trainingPairs: number;
  readonly seed: number;
  readonly systems: {
    readonly student: SystemEvaluation;
    /** The un-tuned base; null where the items hold no reply of it. */
    readonly base: SystemEvaluation | null;
    /** The teacher asked again; null where the items hold no second reply of it. */
    readonly ceiling: SystemEvaluation | null;
    readonly constant: SystemEvaluation;
    readonly nearest: SystemEvaluation;
    /** The student's replies, each against another mail's reference; null for a single item. */
    readonly shuffledReferences: SystemEvaluation | null;
  };
  /** The checks on the references themselves: what a perfect imitation would fail. */
  readonly referenceChecks: CheckReport;
  readonly referenceSendable: SendableReport;
  readonly constantReply: string;
  /** How near the nearest training mail is by tf-idf, 0 to 1: a high mean says that the test is partly a look-up. */
  readonly nearestSimilarity: { readonly mean: number; readonly atLeastPoint9: number };
  /** Candidates that equal some training reply letter for letter. */
  readonly copiedFromTraining: number;
  /** Candidates without any text: they are scored as they are, and counted here. */
  readonly emptyCandidates: number;
  /** The model against each system beside it on the same mails: by BLEU and chrF2++, approximate randomization with ties counted. */
  readonly paired: Readonly<Partial<Record<ControlName, readonly PairedFigure[]>>>;
  /** Every system by BERTScore; null where no encoder was named. */
  readonly bertscore: SystemsBertScore | null;
  readonly leakage: LeakageReport;
  readonly slices: Readonly<Record<SliceName, readonly SubsetReport[]>>;
}

/** How far an evaluation is. */
export interface EvaluationProgress {
  /** What is being done, for a person. */
  readonly step: string;
  readonly done: number;
  readonly total?: number;
  /** What is counted. */
  readonly unit: string;
}

/** What is evaluated, and how. */
export interface EvaluateOptions {
  readonly items: readonly EvaluationItem[];
  readonly train: readonly TrainingPair[];
  readonly seed: number;
  /** Similarity from which a held-out mail is no longer clean (`evaluate.cleanBelow`). */
  readonly cleanBelow: number;
  /** Asks for BERTScore, in this encoder. */
  readonly bertscore?: Omit<BertScoreOptions, "signal" | "onProgress" | "onDownload">;
  readonly onProgress?: (progress: EvaluationProgress) => void;
  readonly signal?: AbortSignal;
  /** Tells the language of a reply, which should be the mail's. */
  readonly detect?: DetectLanguage;
}

/**
 * Scores `items` and every control, giving way to the event loop as it goes. Throws UserError where there are no items or no training
 * pairs, an id repeats, or only some items have a base reply; throws what `signal` is aborted with.
 */
export async function evaluateReplies(options: EvaluateOptions): Promise<Evaluation> {
  return (await evaluateItems(options)).evaluation;
}

/** `evaluateReplies`, and beside the figures every item with its replies and their scores. */
export async function evaluateItems(
  options: EvaluateOptions,
): Promise<{ evaluation: Evaluation; items: EvaluatedItem[] }> {
  const { items, train, seed, cleanBelow, onProgress, signal } = options;
  refuseUnusable(items, train);
  const run = <T>(steps: Steps<T>, progress: Omit<EvaluationProgress, "done">) =>
    finishInSlices(steps, { signal, onStep: (done) => onProgress?.({ ...progress, done }) });

  const replies = train.map(({ reply }) => reply);
  const emails = items.map(({ email }) => email);
  const references = items.map(({ reference }) => reference);
  const candidates = items.map(({ candidate }) => candidate);
  const constantReply = await run(bestConstantReplySteps(replies, seed), {
    step: "the best constant reply",
    unit: "replies",
  });
  const copied = await run(nearestReplySteps({ emails, train, fallback: constantReply }), {
    step: "the nearest training mails",
    unit: "mails",
    total: train.length + items.length,
  });
  const likeness = await run(likenessSteps({ emails, references, train }), {
    step: "what stands in training too",
    unit: "mails",
    total: train.length,
  });
  const answers = listAnswers({
    items,
    references,
    shuffled: derange(references, seed),
    constantReply,
    copied: copied.map(({ reply }) => reply),
  });
  const scored = await run(scoreSystemsSteps(items, answers, options.detect), {
    step: "scores",
    unit: "scores",
    total: stepsASystem(items.length) * answers.length + DEFAULT_RESAMPLES,
  });
  const bertscore =
    options.bertscore === undefined
      ? null
      : await scoreSystemsInEncoder(answers, {
          ...options.bertscore,
          signal,
          onProgress: (state) => onProgress?.({ step: "BERTScore", unit: "pairs", ...state }),
          onDownload: ({ done, total }) =>
            onProgress?.({ step: "download of the encoder", unit: "bytes", done, total }),
        });
  const systems = new Map(scored.map((system) => [system.answers.name, system]));
  const clean = listWhere(likeness, ({ containment }) => containment < cleanBelow);
  const cleanInterval = await run(intervalSteps(systems.get("student")!, clean), {
    step: "the clean subset",
    unit: "resamples",
    total: DEFAULT_RESAMPLES,
  });
  const sliced = emails.map((email, i) =>
    sliceEmail(email, { containment: likeness[i].containment, language: items[i].language ?? null }),
  );
  const figures = (name: SystemName) => systems.get(name)?.evaluation ?? null;
  const similarities = copied.map(({ similarity }) => similarity);
  const trainReplies = new Set(replies.map((reply) => reply.trim()));
  const { checks: referenceChecks, sendable: referenceSendable } = checkReferences(items, options.detect);
  const evaluation: Evaluation = {
    items: items.length,
    testSet: testSetDigest(items),
    trainingPairs: train.length,
    seed,
    systems: {
      student: figures("student")!,
      base: figures("base"),
      ceiling: figures("ceiling"),
      constant: figures("constant")!,
      nearest: figures("nearest")!,
      shuffledReferences: figures("shuffledReferences"),
    },
    referenceChecks,
    referenceSendable,
    constantReply,
    nearestSimilarity: {
      mean: mean(similarities),
      atLeastPoint9: similarities.filter((similarity) => similarity >= 0.9).length,
    },
    copiedFromTraining: candidates.filter((candidate) => trainReplies.has(candidate.trim())).length,
    emptyCandidates: candidates.filter((candidate) => candidate.trim() === "").length,
    paired: await run(pairSteps(systems), { step: "the model against the controls", unit: "tests" }),
    bertscore,
    leakage: reportLeakage({ likeness, systems, cleanBelow, clean, cleanInterval }),
    slices: reportSlices(sliced, systems),
  };
  return { evaluation, items: describeItems({ items, train, likeness, sliced, systems }) };
}

function listAnswers(options: {
  items: readonly EvaluationItem[];
  references: readonly string[];
  shuffled: readonly string[] | null;
  constantReply: string;
  copied: readonly string[];
}): Answers[] {
  const { items, references, shuffled, constantReply, copied } = options;
  const student: Answers = {
    name: "student",
    description: "the fine-tuned model",
    replies: items.map(({ candidate }) => candidate),
    references,
    cuts: items.map(({ cutAtLimit }) => cutAtLimit ?? false),
  };
  const plain = (name: SystemName, description: string, replies: readonly string[]): Answers => ({
    name,
    description,
    replies,
    references,
    cuts: [],
  });
  const answers = [student];
  if (items[0].baseCandidate !== undefined) {
    answers.push({
      ...plain(
        "base",
        "the base as it is, not tuned",
        items.map(({ baseCandidate }) => baseCandidate ?? ""),
      ),
      cuts: items.map(({ baseCutAtLimit }) => baseCutAtLimit ?? false),
    });
  }
  if (items[0].ceilingReply !== undefined) {
    const again = items.map(({ ceilingReply }) => ceilingReply ?? "");
    answers.push(plain("ceiling", "control: the teacher asked again, with another seed", again));
  }
  const constant = items.map(() => constantReply);
  answers.push(
    plain("constant", "control: one training reply to every mail", constant),
    plain("nearest", "control: the reply to the nearest training mail, copied", copied),
  );
  if (shuffled !== null) {
    const description = "control: the fine-tuned model against other mails' references";
    answers.push({ ...student, name: "shuffledReferences", description, references: shuffled });
  }
  return answers;
}

function refuseUnusable(items: readonly EvaluationItem[], train: readonly TrainingPair[]): void {
  if (items.length === 0)
    throw new UserError(
      "There is no mail to evaluate: the test split is empty. Import more mail, or raise train.testFraction.",
    );
  if (train.every(({ reply }) => reply.trim() === "")) {
    throw new UserError("There are no training replies, which the controls are made from. Run distill first.");
  }
  const ids = new Set<string>();
  for (const { id } of items) {
    if (ids.has(id))
      throw new UserError(`The predictions hold the mail ${id} twice. Remove predictions.jsonl and evaluate again.`);
    ids.add(id);
  }
  const kinds = [
    ["baseCandidate", "the un-tuned base"],
    ["ceilingReply", "the teacher asked again"],
  ] as const;
  for (const [key, of] of kinds) {
    const count = items.filter((item) => item[key] !== undefined).length;
    if (count === 0 || count === items.length) continue;
    throw new UserError(
      `Only ${count} of ${items.length} predictions hold a reply of ${of}. Evaluate again to complete them.`,
    );
  }
}

const CONTROLS = ["base", "constant", "nearest", "ceiling"] as const satisfies readonly ControlName[];

/** ours: enough to tell p = 0.001; ten thousand would take five times as long for what no one reads. */
const CONTROL_TRIALS = 2000;

function* pairSteps(systems: Systems): Steps<Evaluation["paired"]> {
  const { bleu, chrf } = systems.get("student")!;
  const tests: Partial<Record<ControlName, PairedFigure[]>> = {};
  for (const name of CONTROLS) {
    const control = systems.get(name);
    if (control === undefined) continue;
    const results = pairedRandomization({
      baseline: [control.bleu, control.chrf],
      system: [bleu, chrf],
      trials: CONTROL_TRIALS,
    });
    tests[name] = results.map(({ name, score, baselineScore, exactPValue, signature }) => ({
      name,
      difference: score - baselineScore,
      pValue: exactPValue!,
      signature,
    }));
    yield;
  }
  return tests;
}
