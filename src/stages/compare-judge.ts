/** The judge's part of a comparison, read from both run folders. */
import { existsSync } from "node:fs";
import { FormatError, pasteable } from "../errors.ts";
import {
  arePairsOf,
  type EvaluatedItem,
  type JudgedPairs,
  type JudgedRun,
  type JudgeFiles,
} from "../evaluate/index.ts";
import { readJsonFile, readJsonl } from "../formats/index.ts";
import { digestItems, type JudgedPair, type JudgedReply, type JudgeReport, type PairReport } from "../judge/index.ts";
import { runPaths } from "../run.ts";

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
  const fix = `npx pocketreply judge --run ${pasteable(folder)}`;
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
  const fix = `npx pocketreply judge --run ${pasteable(run.folder)} --against ${pasteable(other.folder)}`;
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
