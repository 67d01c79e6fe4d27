/** Two systems' replies to the same mails, compared in both orders: what a judge says of one order alone may be the order's doing. */
import { writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import { controlLength, detectableShare, mcnemar } from "../metrics/index.ts";
import { HARMLESS_MAIL, HARMLESS_REPLY } from "../prompts/index.ts";
import type { Recipe } from "../recipe.ts";
import { type NameBook, sealTexts } from "../redact/index.ts";
import { type AskProgress, askAll, type Question, questionKey, type Verdict } from "./ask.ts";
import { withJudge } from "./connect.ts";
import type { JudgeIdentity } from "./identity.ts";
import { digestItems, groupUnscored, identifyRecipeJudge, refuseUnusable } from "./judge.ts";
import { priceCalls } from "./money.ts";
import { buildPairMessages, PAIR_SCHEMA, pairPromptVersion } from "./prompts.ts";
import { measureRate } from "./rate.ts";
import type { JudgedPair, LengthControlled, PairReport } from "./report.ts";
import { isJudgeRedacted } from "./sealed.ts";
import { type PairVerdict, readPairVerdict } from "./verdict.ts";
import { warnOfJudge } from "./warnings.ts";

/** One mail with the replies of both systems. */
export interface PairItem {
  readonly id: string;
  readonly threadId: string;
  readonly email: string;
  readonly reply: string;
  readonly other: string;
  readonly names?: readonly string[];
  readonly book?: NameBook;
}

/** Where the comparison is written. */
export interface PairPaths {
  readonly judgements: string;
  readonly judgedPairs: string;
  readonly judgePairsReport: string;
}

type Result = "win" | "tie" | "loss";

/** Compares every pair, or goes on where it was cut, and writes judged-pairs.jsonl, then judge-pairs.json. Throws as `judgeReplies` does. */
export async function judgePairs(options: {
  items: readonly PairItem[];
  /** Mails that only one of the systems answered. */
  onlyOne: number;
  /** Names all replies of the run, also those that are not compared (`digestItems`). */
  runDigest: string;
  of: string;
  against: string;
  paths: PairPaths;
  recipe: Recipe;
  signal?: AbortSignal;
  onProgress?: (progress: AskProgress) => void;
}): Promise<PairReport> {
  const { items, onlyOne, runDigest, of, against, paths, recipe, signal, onProgress } = options;
  refuseUnusable(items.map(({ id }) => id));
  const judge = pairJudge(recipe);
  const redacted = isJudgeRedacted(recipe);
  const { verdicts, cost, droppedParameters } = await askAll({
    questions: items.filter(needsJudge).flatMap((item) => askBothOrders(item, judge, redacted)),
    path: paths.judgements,
    judge,
    schema: PAIR_SCHEMA,
    harmless: buildPairMessages({ email: HARMLESS_MAIL, first: HARMLESS_REPLY, second: HARMLESS_REPLY }, redacted),
    distill: recipe.distill,
    withClient: (use) => withJudge({ recipe, signal }, use),
    onProgress,
  });
  let next = 0;
  const judged = items.map((item) => {
    if (!needsJudge(item)) return showPair(item, settled(item));
    next += 2;
    return showPair(item, [verdicts[next - 2], verdicts[next - 1]]);
  });
  await writeJsonlFile(paths.judgedPairs, judged);
  const report: PairReport = {
    judge,
    warnings: warnOfJudge(recipe, of, against),
    of,
    against,
    runDigest,
    againstDigest: digestItems(items.map((item) => ({ ...item, reply: item.other }))),
    onlyOne,
    ...summarizePairs(judged),
    cost: priceCalls(recipe, cost),
    droppedParameters,
  };
  await writeJsonFile(paths.judgePairsReport, report);
  return report;
}

/** Who compares under a recipe. */
export function pairJudge(recipe: Recipe): JudgeIdentity {
  return identifyRecipeJudge(recipe, pairPromptVersion(isJudgeRedacted(recipe)));
}

/** Equal replies are a tie, and an empty one loses, without a call. */
export function needsJudge({ reply, other }: PairItem): boolean {
  return reply.trim() !== "" && other.trim() !== "" && reply.trim() !== other.trim();
}

function settled({ reply, other }: PairItem): [Verdict<PairVerdict>, Verdict<PairVerdict>] {
  if (reply.trim() === other.trim()) return [{ value: "tie" }, { value: "tie" }];
  return reply.trim() === "" ? [{ value: "second" }, { value: "first" }] : [{ value: "first" }, { value: "second" }];
}

/** The question with the run's reply first, and with it second. */
export function askBothOrders(item: PairItem, judge: JudgeIdentity, redacted: boolean): Question<PairVerdict>[] {
  const { id, reply, other, names, book } = item;
  return [
    [reply, other],
    [other, reply],
  ].map((replies) => {
    const seal = () => {
      const { email, replies: sealed } = sealTexts({ email: item.email, replies, names, book }, redacted);
      return { email, first: sealed[0], second: sealed[1] };
    };
    return {
      key: questionKey(judge, [item.email, ...replies]),
      id,
      messages: () => buildPairMessages(seal(), redacted),
      read: (answer) => readPairVerdict(answer, seal()),
    };
  });
}

function showPair(item: PairItem, [shown, swapped]: [Verdict<PairVerdict>, Verdict<PairVerdict>]): JudgedPair {
  const { id, threadId, reply, other } = item;
  const about = { id, threadId, characters: { of: [...reply].length, against: [...other].length } };
  if ("unscored" in shown) return { ...about, result: null, verdicts: null, unscored: shown.unscored };
  if ("unscored" in swapped) return { ...about, result: null, verdicts: null, unscored: swapped.unscored };
  const verdicts = [resultOf(shown.value, "first"), resultOf(swapped.value, "second")] as const;
  return { ...about, result: verdicts[0] === verdicts[1] ? verdicts[0] : "tie", verdicts, unscored: null };
}

function resultOf(verdict: PairVerdict, place: "first" | "second"): Result {
  if (verdict === "tie") return "tie";
  return verdict === place ? "win" : "loss";
}

const FLIPPED = { win: "loss", tie: "tie", loss: "win" } as const;

/** The pair as the other system sees it: its wins are our losses. */
export function flipPair(pair: JudgedPair): JudgedPair {
  const { result, verdicts, characters } = pair;
  return {
    ...pair,
    result: result && FLIPPED[result],
    verdicts: verdicts && [FLIPPED[verdicts[1]], FLIPPED[verdicts[0]]], // what was shown second for one is first for the other
    characters: { of: characters.against, against: characters.of },
  };
}

const points = { win: 1, tie: 0.5, loss: 0 } as const;

/** Summarises judged pairs of any judge. */
export type PairSummary = Omit<
  PairReport,
  "judge" | "warnings" | "of" | "against" | "runDigest" | "againstDigest" | "onlyOne" | "cost" | "droppedParameters"
>;

/** Counts, rates and tests of judged pairs. */
export function summarizePairs(judged: readonly JudgedPair[]): PairSummary {
  const count = (result: Result) => judged.filter((pair) => pair.result === result).length;
  const [wins, ties, losses] = [count("win"), count("tie"), count("loss")];
  const winRate = measureRate(
    judged.map(({ result, threadId }) => ({ score: result === null ? null : points[result], threadId })),
  );
  const scored = judged.filter((pair) => pair.result !== null);
  const both = scored.map(({ verdicts }) => verdicts!);
  const firstSlot = both.flatMap(([shown, swapped]) => [
    ...(shown === "tie" ? [] : [shown === "win"]),
    ...(swapped === "tie" ? [] : [swapped === "loss"]),
  ]);
  const meanOf = (side: "of" | "against") =>
    judged.reduce((sum, { characters }) => sum + characters[side], 0) / judged.length;
  const difference = wins + losses === 0 ? null : detectableShare(wins + losses, 1);
  return {
    items: judged.length,
    scored: scored.length,
    unscored: groupUnscored(judged),
    wins,
    ties,
    losses,
    winRate,
    lengthControlled: controlledRate(scored, winRate.rate),
    pValue: mcnemar(wins, losses),
    detectable: difference === null ? null : difference / 2, // from wins minus losses to the distance from 50 %
    positionConsistency: share(both.map(([shown, swapped]) => shown === swapped)),
    firstSlotShare: share(firstSlot),
    meanCharacters: { of: meanOf("of"), against: meanOf("against") },
  };
}

function controlledRate(scored: readonly JudgedPair[], raw: number | null): PairReport["lengthControlled"] {
  if (raw === null) return { rate: null, reason: "no pair has a verdict" };
  const fit = controlLength(
    scored.map(({ result, characters, threadId }) => ({
      score: points[result!],
      difference: characters.of - characters.against,
      cluster: threadId,
    })),
  );
  if ("reason" in fit) return { rate: null, reason: fit.reason };
  const { rate, low, high, level, phi, clusters } = fit;
  const moved = Math.abs(rate - raw);
  const method = `logistic regression, errors robust to ${clusters} threads`;
  const differsFromRaw = moved > 0.1 && moved > 0.25 * Math.min(raw, 1 - raw);
  return { rate, interval: { low, high, level, method }, lengthEffect: phi, differsFromRaw } satisfies LengthControlled;
}

function share(hits: readonly boolean[]): number | null {
  return hits.length === 0 ? null : hits.filter((hit) => hit).length / hits.length;
}
