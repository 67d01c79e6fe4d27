/** `pocketreply gate`: does a run reach what a gates file asks for? For CI: exit code, JUnit XML, JSON. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { CommanderError } from "commander";
import { UserError } from "../errors.ts";
import {
  type BenchReportFile,
  benchDifference,
  corpusDifference,
  decideGates,
  type EvaluatedItem,
  formatJunit,
  type GateReport,
  lookUp,
  type PairedDifference,
  pairedDifference,
  parseGates,
  readItems,
} from "../evaluate/index.ts";
import { readJsonFile, readJsonl, writeFileAtomic } from "../formats/index.ts";
import {
  criterionNames,
  digestItems,
  type JudgedReply,
  type JudgeReport,
  refuseDifferentJudges,
} from "../judge/index.ts";
import { renderEmail } from "../mail/index.ts";
import { measureBleu, measureChrf } from "../metrics/index.ts";
import { readYaml } from "../recipe.ts";
import { type RunPaths, runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import type { Session } from "../stages/index.ts";
import { readPredictions, readRecipe, readTestReplies } from "../stages/index.ts";

/** Options of `gate`. */
export interface GateFlags {
  readonly file: string;
  readonly run: string;
  readonly baseline?: string;
  readonly junit?: string;
}

/** The verb. Ends with exit code 0, 1 (a gate failed) or 2 (one could not be decided). */
export async function gate(flags: GateFlags, session: Session): Promise<void> {
  let report: GateReport;
  try {
    report = await decide(flags);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    session.progress.line(error.message);
    throw new CommanderError(2, "gate.undecided", error.message);
  }
  printGates(report, session);
  session.printJson(report);
  if (report.exitCode !== 0) throw new CommanderError(report.exitCode, "gate.closed", "a gate did not pass");
}

async function decide({ file, run, baseline, junit }: GateFlags): Promise<GateReport> {
  const gates = parseGates(await readYaml(file, "gates file"), file);
  const paths = openRun(run);
  const base = baseline === undefined ? null : openRun(baseline);
  const report = await decideGates(gates, {
    readValue: (metric) => readValue(paths, metric),
    comparePairs: async (metric) => {
      if (base !== null) return compareRuns(paths, base, metric);
      throw new UserError("there is no baseline to compare with: give one with --baseline RUN");
    },
  });
  if (junit !== undefined) {
    const properties = { run, ...(baseline === undefined ? {} : { baseline }), gates: file };
    await writeFileAtomic(junit, formatJunit(report, { properties, at: new Date() }));
  }
  return report;
}

function openRun(folder: string): RunPaths {
  if (existsSync(folder)) return runPaths(folder);
  throw new UserError(`The run folder ${folder} is not there.`);
}

/** The reports that a metric's first word names. */
const reports: Readonly<Record<string, { path: (paths: RunPaths) => string; madeBy: string }>> = {
  evaluation: { path: (paths) => paths.evaluation, madeBy: "evaluate" },
  bench: { path: (paths) => join(paths.bench, "bench.json"), madeBy: "bench" },
  judge: { path: (paths) => paths.judgeReport, madeBy: "judge" },
  pairs: { path: (paths) => paths.judgePairsReport, madeBy: "judge --against" },
  calibration: { path: (paths) => paths.calibration, madeBy: "calibrate" },
  train: { path: (paths) => paths.trainReport, madeBy: "train" },
  distill: { path: (paths) => paths.distillReport, madeBy: "distill" },
};

async function readValue(paths: RunPaths, metric: string): Promise<unknown> {
  const [name, ...path] = metric.split(".");
  const content = await readReport(paths, name);
  return lookUp(content, path, reports[name].path(paths));
}

async function readReport(paths: RunPaths, name: string): Promise<unknown> {
  if (!Object.hasOwn(reports, name)) {
    throw new UserError(`no report is called "${name}"; a metric begins with ${Object.keys(reports).join(", ")}`);
  }
  const { path, madeBy } = reports[name];
  const file = path(paths);
  if (!existsSync(file)) {
    throw new UserError(`${file} is not there. Make it first: npx pocketreply ${madeBy} --run ${paths.folder}`);
  }
  const content = await readJsonFile(file);
  if (name === "bench") refuseSlice(content as BenchReportFile, file, paths); // written by bench
  if (name === "judge") await refuseStale(paths, content as JudgeReport, file); // written by judge
  return content;
}

/** Throws where bench.json is of a part of the mails: the rest may hold what a gate is there to stop. */
function refuseSlice({ slice }: BenchReportFile, file: string, { folder }: RunPaths): void {
  if (slice.length === 0) return;
  throw new UserError(
    `${file} is of the slice ${slice.join(" and ")} alone; a gate needs the whole set: npx pocketreply bench --run ${folder}`,
  );
}

/** Throws where judge.json speaks of other replies than the run now has. */
async function refuseStale(paths: RunPaths, report: JudgeReport, file: string): Promise<void> {
  if (!existsSync(paths.predictions)) return;
  const recipe = await readRecipe(paths, { overrides: [] }, defaultRecipeName);
  const rows = await readTestReplies(paths, recipe);
  const predictions = await readPredictions(paths.predictions);
  const items = rows.map(({ id, threadId, email }) => {
    return { id, threadId, email: renderEmail(email), reply: predictions.get(id)?.reply ?? "" };
  });
  if (digestItems(items) === report.itemsDigest) return;
  throw new UserError(
    `${file} judged other replies than ${paths.predictions} holds now. Judge these: npx pocketreply judge --run ${paths.folder}`,
  );
}

/** Metrics that can be compared item by item. */
const comparable = [
  ...["judge.sendReady", "judge.usable", ...criterionNames.map((name) => `judge.criteria.${name}`)],
  ...["evaluation.bleu", "evaluation.chrf", "evaluation.clean", "bench.clean", "bench.checks.A1 … A19"],
];

async function compareRuns(run: RunPaths, baseline: RunPaths, metric: string): Promise<PairedDifference> {
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
          `${paths.evaluation} is of an older version. Score anew: npx pocketreply evaluate --rescore --run ${paths.folder}`,
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

function printGates({ name, results, passed, failed, errors }: GateReport, session: Session): void {
  const marks = { passed: "✓", failed: "✗", error: "?" };
  session.print(name);
  for (const { status, metric, condition, found, why } of results) {
    session.print(`${marks[status]} ${metric}: ${condition}; ${found}`);
    if (status !== "passed" && why !== null) session.print(`    ${why}`);
  }
  session.print(`\n${passed} passed, ${failed} failed, ${errors} could not be decided`);
}
