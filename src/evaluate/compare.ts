/**
 * Two systems on the same mails: what differs, whether it is more than chance, and where. Corpus metrics by sacreBLEU's paired tests, checks
 * by McNemar's exact test, intervals over whole threads, beside them what a judge says; all p-values corrected together by Holm.
 */

import { CHECKS, FAULTS } from "../checks/index.ts";
import { UserError } from "../errors.ts";
import {
  createPcg64,
  DEFAULT_RESAMPLES,
  DEFAULT_SEED,
  DOUBLE,
  holm,
  type Measured,
  mcnemar,
  measureBleu,
  measureChrf,
  pairedBootstrap,
  pairedRandomization,
  percentile,
} from "../metrics/index.ts";
import { compareJudge, correctJudge, type JudgeComparison, type JudgeFiles, judgePValues } from "./compare-judge.ts";
import type { EvaluatedItem } from "./items.ts";

/** One metric of both systems; a difference above 0 speaks for B. */
export interface MetricComparison {
  readonly name: string;
  readonly a: number;
  readonly b: number;
  readonly difference: number;
  /** 95 % interval of the difference, whole threads drawn together. */
  readonly low: number;
  readonly high: number;
  readonly bootstrapP: number; //       sacreBLEU's paired bootstrap
  readonly randomizationP: number; //   sacreBLEU's approximate randomization
  readonly exactP: number; //           the same with ties counted, so that equal systems get 1: the one that decides
  readonly adjustedP: number; //        by Holm, over all tests of the comparison
  readonly signature: string;
}

/** One check on both systems: only mails on which they differ say anything. */
export interface CheckComparison {
  readonly name: string;
  readonly aFailures: number;
  readonly bFailures: number;
  /** Mails on which only A failed, and only B. */
  readonly onlyA: number;
  readonly onlyB: number;
  readonly pValue: number;
  readonly adjustedP: number;
}

/** A mail with both replies. */
export interface ComparedItem {
  readonly a: EvaluatedItem;
  readonly b: EvaluatedItem;
}

/** Everything that a comparison says. */
export interface Comparison {
  readonly items: number;
  readonly threads: number;
  /** Mails that only one side has; above 0 only where the intersection was asked for. */
  readonly onlyInA: number;
  readonly onlyInB: number;
  /** Mails left out because the mail or its reference is another on either side, as after a person's edit; above 0 only in an intersection. */
  readonly differing: number;
  readonly seed: number;
  readonly metrics: readonly MetricComparison[];
  readonly checks: readonly CheckComparison[];
  /** Replies that are letter for letter the same. */
  readonly same: number;
  /** What a judge says of both; null where it was not asked about both. */
  readonly judge: JudgeComparison | null;
}

/**
 * Pairs the items of two evaluations by id. Throws UserError where the sets, or a mail or its reference, differ and the intersection was
 * not asked for (scores against different references say nothing of each other), and where they share nothing.
 */
export function pairItems(
  a: readonly EvaluatedItem[],
  b: readonly EvaluatedItem[],
  options: { intersect: boolean; names: readonly [string, string] },
): { pairs: ComparedItem[]; onlyInA: number; onlyInB: number; differing: number } {
  const { intersect, names } = options;
  const byId = new Map(b.map((item) => [item.id, item]));
  const pairs = a.flatMap((item): ComparedItem[] => {
    const other = byId.get(item.id);
    return other === undefined ? [] : [{ a: item, b: other }];
  });
  const [onlyInA, onlyInB] = [a.length - pairs.length, b.length - pairs.length];
  if (pairs.length === 0)
    throw new UserError(
      `${names[0]} and ${names[1]} were evaluated on different mails: they share none, so nothing can be compared.`,
    );
  if (!intersect && onlyInA + onlyInB > 0) {
    throw new UserError(
      `${names[0]} and ${names[1]} were not evaluated on the same mails: ${pairs.length} in both, ${onlyInA} only in the first, ${onlyInB} only in the second.\n` +
        "Evaluate both on one test split, or compare the mails in both with --intersect.",
    );
  }
  const isSame = ({ a, b }: ComparedItem) => a.email === b.email && a.reference === b.reference;
  const differing = pairs.filter((pair) => !isSame(pair));
  if (differing.length > 0 && (!intersect || differing.length === pairs.length)) {
    const what = differing.some(({ a, b }) => a.email !== b.email) ? "mail itself" : "reference";
    throw new UserError(
      `For ${differing.length} of ${pairs.length} mails the ${what} differs between ${names[0]} and ${names[1]} (first: ${differing[0].a.id}). ` +
        "Scores against different references cannot be compared: evaluate both runs on the same replies.jsonl, or compare the others with --intersect.",
    );
  }
  return { pairs: pairs.filter(isSame), onlyInA, onlyInB, differing: differing.length };
}

/** Compares the replies of the two systems' models. */
export function compareItems(
  pairs: readonly ComparedItem[],
  options: { onlyInA?: number; onlyInB?: number; differing?: number; seed?: number; judge?: JudgeFiles } = {},
): Comparison {
  const { onlyInA = 0, onlyInB = 0, differing = 0, seed = DEFAULT_SEED, judge: judged } = options;
  const references = [pairs.map(({ a }) => a.reference)];
  const measure = (side: "a" | "b") => {
    const replies = pairs.map((pair) => pair[side].student.text);
    return [measureBleu(replies, references), measureChrf(replies, references, { wordOrder: 2 })];
  };
  const [baseline, system] = [measure("a"), measure("b")];
  const bootstrap = pairedBootstrap({ baseline, system, seed });
  const randomization = pairedRandomization({ baseline, system, seed });
  const threads = pairs.map(({ a }) => a.threadId);
  const intervals = baseline.map((measured, i) => differenceInterval(measured, system[i], threads, seed));
  const checks = compareChecks(pairs);
  const judge = judged === undefined ? null : compareJudge(pairs, judged);
  const adjusted = holm([
    ...randomization.map(({ exactPValue }) => exactPValue!),
    ...checks.map(({ pValue }) => pValue),
    ...(judge === null ? [] : judgePValues(judge)),
  ]);
  return {
    items: pairs.length,
    threads: new Set(threads).size,
    onlyInA,
    onlyInB,
    differing,
    seed,
    metrics: randomization.map(({ name, score, baselineScore, pValue, exactPValue, signature }, i) => ({
      name,
      a: baselineScore,
      b: score,
      difference: score - baselineScore,
      ...intervals[i],
      bootstrapP: bootstrap[i].pValue,
      randomizationP: pValue,
      exactP: exactPValue!,
      adjustedP: adjusted[i],
      signature,
    })),
    checks: checks.map((check, i) => ({ ...check, adjustedP: adjusted[randomization.length + i] })),
    same: pairs.filter(({ a, b }) => a.student.text === b.student.text).length,
    judge: judge && correctJudge(judge, adjusted.slice(randomization.length + checks.length)),
  };
}

/** Any fault at all, then each fault, and each check of the form, that either side has. */
function compareChecks(pairs: readonly ComparedItem[]): Omit<CheckComparison, "adjustedP">[] {
  const compare = (name: string, fails: (item: EvaluatedItem) => boolean) => {
    const [a, b] = [pairs.map((pair) => fails(pair.a)), pairs.map((pair) => fails(pair.b))];
    const count = (holds: (a: boolean, b: boolean) => boolean) => a.filter((value, i) => holds(value, b[i])).length;
    const [onlyA, onlyB] = [count((a, b) => a && !b), count((a, b) => !a && b)];
    return {
      name,
      aFailures: count((a) => a),
      bFailures: count((_, b) => b),
      onlyA,
      onlyB,
      pValue: mcnemar(onlyA, onlyB),
    };
  };
  const named = [
    ...FAULTS.map((fault) => compare(fault, ({ student }) => student.faults.some((one) => one.fault === fault))),
    ...CHECKS.map((check) =>
      compare(`form: ${check}`, ({ student }) => student.findings.some((finding) => finding.check === check)),
    ),
  ];
  const any = compare("cannot be sent as it is", ({ student }) => student.faults.length > 0);
  return [any, ...named.filter(({ aFailures, bFailures }) => aFailures + bFailures > 0)];
}

/** The percentile interval of the difference of two corpus scores, whole threads drawn together. */
function differenceInterval(
  a: Measured,
  b: Measured,
  threads: readonly string[],
  seed: number,
): { low: number; high: number } {
  const [sumsA, sumsB] = [sumByThread(a, threads), sumByThread(b, threads)];
  const clusters = sumsA.length;
  const random = createPcg64(seed);
  const drawn = new Int32Array(clusters);
  const differences = Float64Array.from({ length: DEFAULT_RESAMPLES }, () => {
    random.fillIndices(drawn, clusters);
    const score = (measured: Measured, sums: readonly Float64Array[]) => {
      const total = new Float64Array(measured.statistics.width);
      for (const cluster of drawn) for (let k = 0; k < total.length; k++) total[k] += sums[cluster][k];
      return measured.scoreSums(total, DOUBLE);
    };
    return score(b, sumsB) - score(a, sumsA);
  }).sort();
  return { low: percentile(differences, 0.025), high: percentile(differences, 0.975) };
}

function sumByThread({ statistics: { width, values } }: Measured, threads: readonly string[]): Float64Array[] {
  const places = new Map<string, Float64Array>();
  threads.forEach((thread, i) => {
    const sums = places.get(thread) ?? new Float64Array(width);
    places.set(thread, sums);
    for (let k = 0; k < width; k++) sums[k] += values[i * width + k];
  });
  return [...places.values()];
}

/** The mails on which the two replies differ most by sentence chrF: the losses of B first, then its gains. */
export function mostChanged(
  pairs: readonly ComparedItem[],
  count: number,
): { worse: ComparedItem[]; better: ComparedItem[] } {
  const gain = ({ a, b }: ComparedItem) => b.student.chrf - a.student.chrf;
  const sorted = [...pairs].sort((x, y) => gain(x) - gain(y) || (x.a.id < y.a.id ? -1 : 1));
  return {
    worse: sorted.filter((pair) => gain(pair) < 0).slice(0, count),
    better: sorted
      .filter((pair) => gain(pair) > 0)
      .reverse()
      .slice(0, count),
  };
}
