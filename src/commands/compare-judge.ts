/** The judge's part of a comparison: read from both run folders, and shown on a terminal. */
import { existsSync } from "node:fs";
import { FormatError } from "../errors.ts";
import {
  arePairsOf,
  type EvaluatedItem,
  type JudgeComparison,
  type JudgedPairs,
  type JudgedRun,
  type JudgeFiles,
} from "../evaluate/index.ts";
import { readJsonFile, readJsonl } from "../formats/index.ts";
import { digestItems, type JudgedPair, type JudgedReply, type JudgeReport, type PairReport } from "../judge/index.ts";
import { runPaths } from "../run.ts";
import type { Session } from "../stages/index.ts";
import { table } from "../stages/index.ts";
import { percent } from "./judge-print.ts";

/** A run folder with its evaluated mails. */
export interface EvaluatedRun {
  readonly folder: string;
  readonly name: string;
  readonly items: readonly EvaluatedItem[];
}

/** What judges left in the two folders of these replies, and what could not be used and why, for a person. */
export async function readJudgeFiles(
  a: EvaluatedRun,
  b: EvaluatedRun,
): Promise<{ files: JudgeFiles; notes: readonly string[] }> {
  const [ofA, ofB] = [await readJudged(a), await readJudged(b)];
  const pairs = (await readPairs(b, a, "b")) ?? (await readPairs(a, b, "a"));
  const notes = [ofA, ofB].flatMap((judged) => ("note" in judged ? [judged.note] : []));
  const isAsked = [a, b].some(({ folder }) => existsSync(runPaths(folder).judgeReport));
  const run = (judged: JudgedRun | { note: string }) => ("note" in judged ? null : judged);
  return { files: { a: run(ofA), b: run(ofB), pairs }, notes: isAsked ? notes : [] };
}

async function readJudged({ folder, name, items }: EvaluatedRun): Promise<JudgedRun | { note: string }> {
  const paths = runPaths(folder);
  const fix = `npx pocketreply judge --run ${folder}`;
  if (!existsSync(paths.judgeReport))
    return { note: `${name} is not judged, so no judge's outcomes are compared: ${fix}` };
  const report = (await readJsonFile(paths.judgeReport)) as JudgeReport; // written by judge
  const digest = digestItems(
    items.map(({ id, threadId, email, student }) => ({ id, threadId, email, reply: student.text })),
  );
  if (report.itemsDigest !== digest)
    return { note: `judge.json of ${name} speaks of other replies than were scored. Judge them: ${fix}` };
  return { name, report, rows: await readRows<JudgedReply>(paths.judged, report.items, fix) };
}

async function readPairs(run: EvaluatedRun, other: EvaluatedRun, of: "a" | "b"): Promise<JudgedPairs | null> {
  const paths = runPaths(run.folder);
  if (!existsSync(paths.judgePairsReport)) return null;
  const report = (await readJsonFile(paths.judgePairsReport)) as PairReport; // written by judge --against
  const fix = `npx pocketreply judge --run ${run.folder} --against ${other.folder}`;
  const rows = await readRows<JudgedPair>(paths.judgedPairs, report.items, fix);
  return arePairsOf({ report, rows }, run.items, other.items) ? { of, report, rows } : null;
}

/** Rows of a file that belongs to a report with so many of them. */
async function readRows<T extends { readonly id: string }>(path: string, count: number, fix: string): Promise<T[]> {
  const rows: T[] = [];
  if (existsSync(path)) for await (const { value } of readJsonl(path)) rows.push(value as T); // counted and checked below
  if (rows.length === count && rows.every((row) => typeof row?.id === "string")) return rows;
  throw new FormatError({
    path,
    where: "the whole file",
    expected: `the ${count} verdicts that its report counts`,
    got: `${rows.length} rows`,
    fix: `It was changed or cut. Write it anew, no answer is paid twice: ${fix}`,
  });
}

/** The judge's part for a person. */
export function printJudge(comparison: JudgeComparison, session: Session): void {
  const { outcomes, pairs } = comparison;
  if (outcomes !== null) {
    const { judge, warnings, items, scored } = outcomes;
    const rows = outcomes.outcomes.map(({ name, a, b, difference, worst, best, detectable, pValue, adjustedP }) => [
      name,
      `${share(a.rate)} (${span(a.interval)})`,
      `${share(b.rate)} (${span(b.interval)})`,
      difference === null ? "n/a" : points(difference.estimate),
      difference === null ? "n/a" : `${points(difference.low)} to ${points(difference.high)}`,
      detectable === null ? "n/a" : (100 * detectable).toFixed(1),
      pValue.toFixed(4),
      adjustedP.toFixed(4),
      ...(scored < items ? [`${points(worst)} to ${points(best)}`] : []),
    ]);
    const unscored = scored < items ? ["if unscored fail B … A"] : [];
    session.print(`\nJudge: ${judge.label}; a verdict on both replies to ${scored} of ${items} mails`);
    for (const warning of warnings) session.print(`! ${warning}`);
    session.print(
      table(
        [
          "judged",
          "A (95 %)",
          "B (95 %)",
          "B − A",
          "95 % over threads",
          "would be seen",
          "p McNemar",
          "p Holm",
          ...unscored,
        ],
        rows,
      ),
    );
    session.print(`Differences in points of 100; seen: in 80 of 100 tries.\n${judge.signature}`);
  }
  if (pairs === null) return;
  const { judge, warnings, wins, ties, losses, winRate, lengthControlled, detectable, pValue, adjustedP } = pairs;
  session.print(`\nB against A, ${pairs.items} pairs judged by ${judge.label}, each in both orders`);
  for (const warning of warnings) if (!outcomes?.warnings.includes(warning)) session.print(`! ${warning}`);
  const even =
    lengthControlled.rate === null
      ? `n/a: ${lengthControlled.reason}`
      : `${share(lengthControlled.rate)} (${span(lengthControlled.interval)})${lengthControlled.differsFromRaw ? "  ! length decides much of this" : ""}`;
  session.print(
    [
      `${wins} wins, ${ties} ties, ${losses} losses${pairs.scored < pairs.items ? `, ${pairs.items - pairs.scored} unscored` : ""}; exact sign test p = ${pValue.toFixed(4)}, by Holm ${adjustedP.toFixed(4)}`,
      `win rate         ${share(winRate.rate)} (${span(winRate.interval)})`,
      `at equal length  ${even}`,
      ...(detectable === null ? [] : [`would be seen    a win rate ${(100 * detectable).toFixed(1)} points from 50 %`]),
      judge.signature,
    ].join("\n"),
  );
}

function share(rate: number | null): string {
  return rate === null ? "n/a" : percent(rate);
}

function span(interval: { readonly low: number; readonly high: number } | null): string {
  return interval === null ? "n/a" : `${percent(interval.low)} to ${percent(interval.high)}`;
}

const points = (value: number) => `${value < 0 ? "-" : "+"}${(100 * Math.abs(value)).toFixed(1)}`;
