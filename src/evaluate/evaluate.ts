/** The evaluation of a model's replies: scores with signatures, beside the controls, and what the checks found. */
import { UserError } from "../errors.ts";
import { type BleuScore, bleuScore, measureBleu } from "./bleu.ts";
import { type ConfidenceInterval, confidenceIntervalSteps, DEFAULT_RESAMPLES } from "./bootstrap.ts";
import { CHECKS, type CheckName, checkReply } from "./checks.ts";
import { type ChrfScore, chrf } from "./chrf.ts";
import { bestConstantReplySteps, derange, nearestReplySteps, type TrainingPair } from "./controls.ts";
import { type RougeScore, rouge } from "./rouge.ts";
import { splitReply } from "./sentences.ts";
import type { Measured } from "./statistics.ts";
import { finishInSlices, type Steps } from "./steps.ts";

/** One mail of the test split with its reference reply and what the model, and if at hand the un-tuned base, replied. */
export interface EvaluationItem {
  readonly id: string;
  readonly email: string;
  readonly reference: string;
  readonly candidate: string;
  readonly baseCandidate?: string;
  /** Whether the candidate, or the base's, was cut at the token limit. */
  readonly cutAtLimit?: boolean;
  readonly baseCutAtLimit?: boolean;
}

/** How often each check failed, with up to 20 ids a check and the text that offended in the first. */
export interface CheckReport {
  /** Replies without any finding. */
  readonly clean: number;
  readonly failures: Partial<Record<CheckName, { count: number; ids: string[]; example: string }>>;
}

/** Scores of one list of replies against the references. */
export interface SystemEvaluation {
  /** What gave the replies. */
  readonly description: string;
  readonly bleu: BleuScore;
  /** The 95 % interval of BLEU, from 1,000 resamples with sacreBLEU's seed. */
  readonly bleuInterval: ConfidenceInterval;
  readonly chrf: ChrfScore; //          chrF2++
  readonly rouge: RougeScore;
  readonly meanWords: number; //        a reply
  readonly meanSentences: number; //    a reply, greeting and sign-off not counted
  readonly checks: CheckReport;
}

/** The content of evaluation.json, but for what the caller adds about model and recipe. */
export interface Evaluation {
  readonly items: number;
  readonly trainingPairs: number;
  readonly seed: number;
  readonly systems: {
    readonly student: SystemEvaluation;
    /** The un-tuned base; null where the items hold no reply of it. */
    readonly base: SystemEvaluation | null;
    readonly constant: SystemEvaluation;
    readonly nearest: SystemEvaluation;
    /** The student's replies, each against another mail's reference; null for a single item. */
    readonly shuffledReferences: SystemEvaluation | null;
  };
  /** The checks on the references themselves: what a perfect imitation would fail. */
  readonly referenceChecks: CheckReport;
  readonly constantReply: string;
  /** How near the nearest training mail is, 0 to 1: a high mean says that the test is partly a look-up. */
  readonly nearestSimilarity: { readonly mean: number; readonly atLeastPoint9: number };
  /** Candidates that equal some training reply letter for letter. */
  readonly copiedFromTraining: number;
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

/**
 * Scores `items` and every control, giving way to the event loop as it goes. Throws UserError where there are no items or no training
 * pairs, an id repeats, or only some items have a base reply; throws what `signal` is aborted with.
 */
export async function evaluateReplies(options: {
  items: readonly EvaluationItem[];
  train: readonly TrainingPair[];
  seed: number;
  onProgress?: (progress: EvaluationProgress) => void;
  signal?: AbortSignal;
}): Promise<Evaluation> {
  const { items, train, seed, onProgress, signal } = options;
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
  const shuffled = derange(references, seed);
  const answers = listAnswers({ items, references, shuffled, constantReply, copied: copied.map(({ reply }) => reply) });
  const systems = await run(scoreSteps(items, answers), {
    step: "scores",
    unit: "scores",
    total: STEPS_A_SYSTEM * answers.length + DEFAULT_RESAMPLES,
  });
  const system = (name: SystemName) => systems.get(name) ?? null;
  const similarities = copied.map(({ similarity }) => similarity);
  const trainReplies = new Set(replies.map((reply) => reply.trim()));
  return {
    items: items.length,
    trainingPairs: train.length,
    seed,
    systems: {
      student: system("student")!,
      base: system("base"),
      constant: system("constant")!,
      nearest: system("nearest")!,
      shuffledReferences: system("shuffledReferences"),
    },
    referenceChecks: reportChecks(items, references, []),
    constantReply,
    nearestSimilarity: {
      mean: mean(similarities),
      atLeastPoint9: similarities.filter((similarity) => similarity >= 0.9).length,
    },
    copiedFromTraining: candidates.filter((candidate) => trainReplies.has(candidate.trim())).length,
  };
}

type SystemName = keyof Evaluation["systems"];

/** Replies to all items by one system, and what they are scored against. */
interface Answers {
  readonly name: SystemName;
  readonly description: string;
  readonly replies: readonly string[];
  readonly references: readonly string[];
  /** Which replies were cut at the token limit. */
  readonly cuts: readonly boolean[];
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
  const answers = [student];
  if (items[0].baseCandidate !== undefined) {
    answers.push({
      name: "base",
      description: "the base as it is, not tuned",
      replies: items.map(({ baseCandidate }) => baseCandidate ?? ""), // all have one: refuseUnusable
      references,
      cuts: items.map(({ baseCutAtLimit }) => baseCutAtLimit ?? false),
    });
  }
  answers.push(
    {
      name: "constant",
      description: "control: one training reply to every mail",
      replies: items.map(() => constantReply),
      references,
      cuts: [],
    },
    {
      name: "nearest",
      description: "control: the reply to the nearest training mail, copied",
      replies: copied,
      references,
      cuts: [],
    },
  );
  if (shuffled !== null) {
    answers.push({
      ...student,
      name: "shuffledReferences",
      description: "control: the fine-tuned model against other mails' references",
      references: shuffled,
    });
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
  const withBase = items.filter(({ baseCandidate }) => baseCandidate !== undefined).length;
  if (withBase > 0 && withBase < items.length) {
    throw new UserError(
      `Only ${withBase} of ${items.length} predictions hold a reply of the un-tuned base. Evaluate again to complete them.`,
    );
  }
}

/** Steps of `scoreSteps` for each system, beside one a resample. */
const STEPS_A_SYSTEM = 5;

/** Scores every system, then draws the intervals of all from the same resamples. */
function* scoreSteps(
  items: readonly EvaluationItem[],
  answers: readonly Answers[],
): Steps<Map<SystemName, SystemEvaluation>> {
  const measured: Measured[] = [];
  const scored: Omit<SystemEvaluation, "bleuInterval">[] = [];
  for (const { description, replies, references, cuts } of answers) {
    const measuredBleu = measureBleu(replies, [references]);
    measured.push(measuredBleu);
    yield;
    const chrfScore = chrf(replies, [references], { wordOrder: 2 });
    yield;
    const rougeScore = rouge(replies, [references]);
    yield;
    const meanWords = mean(replies.map((reply) => reply.split(/\s+/).filter((word) => word !== "").length));
    const meanSentences = mean(replies.map((reply) => splitReply(reply).sentences.length));
    yield;
    const checks = reportChecks(items, replies, cuts);
    yield;
    scored.push({
      description,
      bleu: bleuScore(measuredBleu),
      chrf: chrfScore,
      rouge: rougeScore,
      meanWords,
      meanSentences,
      checks,
    });
  }
  const intervals = yield* confidenceIntervalSteps(measured);
  return new Map(
    answers.map(({ name }, i) => {
      const { description, bleu, ...rest } = scored[i];
      return [name, { description, bleu, bleuInterval: intervals[i], ...rest }];
    }),
  );
}

const IDS_SHOWN = 20;

function reportChecks(
  items: readonly EvaluationItem[],
  replies: readonly string[],
  cuts: readonly boolean[],
): CheckReport {
  const failures: CheckReport["failures"] = {};
  let clean = 0;
  replies.forEach((reply, i) => {
    const findings = checkReply(reply, { email: items[i].email, cutAtLimit: cuts[i] });
    if (findings.length === 0) clean++;
    for (const { check, text } of findings) {
      const failure = failures[check] ?? { count: 0, ids: [], example: text };
      failures[check] = failure;
      failure.count++;
      if (failure.ids.length < IDS_SHOWN) failure.ids.push(items[i].id);
    }
  });
  const inOrder = CHECKS.flatMap((check) => (failures[check] ? [[check, failures[check]] as const] : []));
  return { clean, failures: Object.fromEntries(inOrder) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
