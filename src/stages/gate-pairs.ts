/** What gates ask of a run beside a baseline run: the same metric item by item. */
import { pasteable, UserError } from "../errors.ts";
import {
  type BenchReportFile,
  benchDifference,
  corpusDifference,
  type EvaluatedItem,
  type PairedDifference,
  pairedDifference,
  readItems,
} from "../evaluate/index.ts";
import { readJsonl } from "../formats/index.ts";
import { criterionNames, type JudgedReply, type JudgeReport, refuseDifferentJudges } from "../judge/index.ts";
import { measureBleu, measureChrf } from "../metrics/index.ts";
import type { RunPaths } from "../run.ts";
import { readReport } from "./gate-reports.ts";

/** Metrics that can be compared item by item. */
const comparable = [
  ...["judge.sendReady", "judge.usable", ...criterionNames.map((name) => `judge.criteria.${name}`)],
  ...["evaluation.bleu", "evaluation.chrf", "evaluation.clean", "bench.clean", "bench.checks.A1 … A19"],
];

/** The difference of a metric between two runs, with its interval over items of the same mail. Throws UserError where they do not go together. */
export async function compareRuns(run: RunPaths, baseline: RunPaths, metric: string): Promise<PairedDifference> {
  const [name, part, check] = metric.split(".");
  if (name === "judge") return compareJudged(run, baseline, metric);
  if (name === "evaluation" && part !== undefined) return compareEvaluated(run, baseline, metric);
  if (name === "bench" && (part === "clean" || part === "checks")) {
    const [ours, theirs] = await Promise.all([run, baseline].map((paths) => readReport(paths, "bench")));
    return benchDifference(ours as BenchReportFile, theirs as BenchReportFile, part === "clean" ? null : check); // written by bench
  }
  throw notComparable(metric);
}

function notComparable(metric: string): UserError {
  return new UserError(
    `${metric} has no values item by item to make an interval of. Comparable are: ${comparable.join(", ")}`,
  );
}

async function compareJudged(run: RunPaths, baseline: RunPaths, metric: string): Promise<PairedDifference> {
  const [, part, criterion] = metric.split(".");
  const named = criterionNames.find((name) => name === criterion);
  const passes = (reply: JudgedReply): number => {
    if (part === "sendReady") return Number(reply.outcome === "send-ready");
    if (part === "usable") return Number(reply.outcome !== "not-usable");
    return Number(!reply.failed.includes(named!));
  };
  if (part !== "sendReady" && part !== "usable" && !(part === "criteria" && named !== undefined))
    throw notComparable(metric);
  const [ours, theirs] = (await Promise.all(
    [run, baseline].map((paths) => readReport(paths, "judge")),
  )) as JudgeReport[]; // written by judge
  refuseDifferentJudges({ name: baseline.folder, judge: theirs.judge }, { name: run.folder, judge: ours.judge });
  const [mine, other] = await Promise.all([run, baseline].map(({ judged }) => readRows<JudgedReply>(judged)));
  const score = (reply: JudgedReply) => (reply.outcome === null ? null : passes(reply));
  return pairedDifference(
    pairUp(run, baseline, mine, other).map(([a, b]) => ({ threadId: a.threadId, run: score(a), baseline: score(b) })),
  );
}

async function compareEvaluated(run: RunPaths, baseline: RunPaths, metric: string): Promise<PairedDifference> {
  const [mine, other] = await Promise.all(
    [run, baseline].map(async (paths) => {
      const report = (await readReport(paths, "evaluation")) as { evaluatedSha256?: string }; // written by evaluate
      if (report.evaluatedSha256 === undefined)
        throw new UserError(
          `${paths.evaluation} is of an older version. Score anew: npx pocketreply evaluate --rescore --run ${pasteable(paths.folder)}`,
        );
      return readItems(paths.evaluated, report.evaluatedSha256);
    }),
  );
  const pairs = pairUp(run, baseline, mine, other);
  const changed = pairs.find(([a, b]) => a.reference !== b.reference || a.email !== b.email);
  if (changed !== undefined)
    throw new UserError(
      `${run.folder} and ${baseline.folder} have another mail or reference under the id ${changed[0].id}`,
    );
  const threads = pairs.map(([a]) => a.threadId);
  const references = [pairs.map(([a]) => a.reference)];
  const texts = (side: 0 | 1) => pairs.map((pair) => pair[side].student.text);
  switch (metric) {
    case "evaluation.bleu":
      return corpusDifference({
        run: measureBleu(texts(0), references),
        baseline: measureBleu(texts(1), references),
        threads,
      });
    case "evaluation.chrf": {
      const measure = (side: 0 | 1) => measureChrf(texts(side), references, { wordOrder: 2 });
      return corpusDifference({ run: measure(0), baseline: measure(1), threads });
    }
    case "evaluation.clean": {
      const clean = ({ student }: EvaluatedItem) => Number(student.findings.length === 0);
      return pairedDifference(pairs.map(([a, b]) => ({ threadId: a.threadId, run: clean(a), baseline: clean(b) })));
    }
    default:
      throw notComparable(metric);
  }
}

/** Rows of both runs by id. Throws UserError where one run has mails that the other lacks: they may have been trained on there. */
function pairUp<T extends { readonly id: string }>(
  run: RunPaths,
  baseline: RunPaths,
  mine: readonly T[],
  other: readonly T[],
): [T, T][] {
  const theirs = new Map(other.map((row) => [row.id, row]));
  const alone = mine.filter(({ id }) => !theirs.has(id)).length;
  const extra = other.length - (mine.length - alone);
  if (alone > 0 || extra > 0) {
    throw new UserError(
      `${run.folder} and ${baseline.folder} hold out different mails (${alone} only in the first, ${extra} only in the second); what one holds out the other may have trained on. Compare runs with the same mail, seed and test split`,
    );
  }
  return mine.map((row) => [row, theirs.get(row.id)!]);
}

async function readRows<T>(path: string): Promise<T[]> {
  const rows: T[] = [];
  for await (const { value } of readJsonl(path)) rows.push(value as T); // written by judge
  return rows;
}
