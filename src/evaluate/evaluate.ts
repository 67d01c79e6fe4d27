/** The evaluation of a model's replies: scores with signatures, beside the controls, and what the checks found. */
import { UserError } from "../errors.ts";
import { type BleuScore, bleu } from "./bleu.ts";
import { CHECKS, type CheckName, checkReply } from "./checks.ts";
import { type ChrfScore, chrf } from "./chrf.ts";
import { bestConstantReply, derange, nearestReplies, type TrainingPair } from "./controls.ts";
import { type RougeScore, rouge } from "./rouge.ts";
import { splitReply } from "./sentences.ts";

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

/** Scores `items` and every control. Throws UserError where there are no items or no training pairs, an id repeats, or only some items have a base reply. */
export function evaluateReplies(options: {
  items: readonly EvaluationItem[];
  train: readonly TrainingPair[];
  seed: number;
}): Evaluation {
  const { items, train, seed } = options;
  refuseUnusable(items, train);
  const references = items.map(({ reference }) => reference);
  const candidates = items.map(({ candidate }) => candidate);
  const cut = items.map(({ cutAtLimit }) => cutAtLimit ?? false);
  const measure = (description: string, replies: readonly string[], known = references, cuts: boolean[] = []) =>
    evaluateSystem({ description, items, replies, references: known, cuts });

  const constantReply = bestConstantReply(
    train.map(({ reply }) => reply),
    seed,
  );
  const copied = nearestReplies({ emails: items.map(({ email }) => email), train, fallback: constantReply });
  const similarities = copied.map(({ similarity }) => similarity);
  const shuffled = derange(references, seed);
  const trainReplies = new Set(train.map(({ reply }) => reply.trim()));
  const base = items.map(({ baseCandidate }) => baseCandidate).filter((reply) => reply !== undefined);

  return {
    items: items.length,
    trainingPairs: train.length,
    seed,
    systems: {
      student: measure("the fine-tuned model", candidates, references, cut),
      base: base.length === 0 ? null : measure("the base as it is, not tuned", base, references, items.map((item) => item.baseCutAtLimit ?? false)), // biome-ignore format: one line
      constant: measure(
        "control: one training reply to every mail",
        items.map(() => constantReply),
      ),
      nearest: measure(
        "control: the reply to the nearest training mail, copied",
        copied.map(({ reply }) => reply),
      ),
      shuffledReferences: shuffled && measure("control: the fine-tuned model against other mails' references", candidates, shuffled, cut), // biome-ignore format: one line
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

function evaluateSystem(options: {
  description: string;
  items: readonly EvaluationItem[];
  replies: readonly string[];
  references: readonly string[];
  cuts: readonly boolean[];
}): SystemEvaluation {
  const { description, items, replies, references, cuts } = options;
  return {
    description,
    bleu: bleu(replies, [references]),
    chrf: chrf(replies, [references], { wordOrder: 2 }),
    rouge: rouge(replies, [references]),
    meanWords: mean(replies.map((reply) => reply.split(/\s+/).filter((word) => word !== "").length)),
    meanSentences: mean(replies.map((reply) => splitReply(reply).sentences.length)),
    checks: reportChecks(items, replies, cuts),
  };
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
