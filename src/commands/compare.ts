/** `pocketreply compare RUN_A RUN_B`: two evaluated runs on the same mails. */
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { UserError } from "../errors.ts";
import {
  type ComparedItem,
  type Comparison,
  compareItems,
  compareVerdict,
  type EvaluatedItem,
  mostChanged,
  pairItems,
  readItems,
  renderComparison,
} from "../evaluate/index.ts";
import { readJsonFile, writeFileAtomic } from "../formats/index.ts";
import { runPaths } from "../run.ts";
import { packageVersion } from "../shipped.ts";
import type { EvaluationReport, Session } from "../stages/index.ts";
import { sideBySide, table, wrapText } from "../stages/index.ts";
import { printJudge, readJudgeFiles } from "./compare-judge.ts";
import type { CompareFlags } from "./options.ts";

const MAILS_SHOWN = 3; // for the worse, and for the better

/** The verb. Run B is the one that is judged. Throws UserError, after all else is compared, where the runs' judges differ. */
export async function compare(options: CompareFlags & { runA: string; runB: string }, session: Session): Promise<void> {
  const { runA, runB, intersect = false } = options;
  const names = nameRuns(runA, runB);
  const [a, b] = [await readRun(runA), await readRun(runB)];
  const { pairs, onlyInA, onlyInB } = pairItems(a, b, { intersect, names });
  const judged = await readJudgeFiles(
    { folder: runA, name: names[0], items: a },
    { folder: runB, name: names[1], items: b },
  );
  const comparison = compareItems(pairs, { onlyInA, onlyInB, judge: judged.files });
  printComparison({ comparison, pairs, names, session });
  for (const note of judged.notes) session.print(`\n! ${note}`);
  if (options.report !== undefined) {
    const version = packageVersion();
    await writeFileAtomic(options.report, renderComparison({ names, comparison, pairs, version }));
    session.print(`\nThe comparison with the replies side by side: ${options.report}`);
  }
  session.printJson({
    a: runA,
    b: runB,
    verdict: compareVerdict(comparison, names),
    ...comparison,
    judgeNotes: judged.notes,
  });
  if (comparison.judge?.refusal) throw new UserError(comparison.judge.refusal);
}

/** The folders' names, or their paths where the names are alike. */
function nameRuns(a: string, b: string): [string, string] {
  const names = [basename(resolve(a)), basename(resolve(b))] as const;
  if (resolve(a) === resolve(b)) throw new UserError(`${a} and ${b} are the same run folder. Name two.`);
  return names[0] === names[1] ? [a, b] : [...names];
}

async function readRun(run: string): Promise<EvaluatedItem[]> {
  const paths = runPaths(run);
  if (!existsSync(paths.evaluation)) {
    throw new UserError(
      `${run} holds no evaluation.json: it is not evaluated. Run this first: npx pocketreply evaluate --run ${run}`,
    );
  }
  const { evaluatedSha256 } = (await readJsonFile(paths.evaluation)) as Partial<EvaluationReport>; // written by evaluate
  if (evaluatedSha256 === undefined || !existsSync(paths.evaluated)) {
    throw new UserError(
      `${run} was evaluated by an earlier version, which kept no single replies. Score it anew, nothing is generated again: npx pocketreply evaluate --run ${run} --rescore`,
    );
  }
  return readItems(paths.evaluated, evaluatedSha256);
}

function printComparison(options: {
  comparison: Comparison;
  pairs: readonly ComparedItem[];
  names: readonly [string, string];
  session: Session;
}): void {
  const { comparison, pairs, names, session } = options;
  const { items, threads, same, onlyInA, onlyInB, metrics, checks } = comparison;
  const metricRows = metrics.map(({ name, a, b, difference, low, high, randomizationP, exactP, adjustedP }) => [
    name,
    a.toFixed(2),
    b.toFixed(2),
    signed(difference),
    `${signed(low)} to ${signed(high)}`,
    randomizationP.toFixed(4),
    exactP.toFixed(4),
    adjustedP.toFixed(4),
  ]);
  const checkRows = checks.map(({ name, aFailures, bFailures, onlyA, onlyB, pValue, adjustedP }) => [
    name,
    String(aFailures),
    String(bFailures),
    String(onlyA),
    String(onlyB),
    pValue.toFixed(4),
    adjustedP.toFixed(4),
  ]);
  session.print(
    [
      `A: ${names[0]}   B: ${names[1]}`,
      `${items} mails in ${threads} threads answered by both, ${same} replies the same${onlyInA + onlyInB > 0 ? `; ${onlyInA} mails of A and ${onlyInB} of B left out` : ""}`,
      "",
      table(["metric", "A", "B", "B − A", "95 % over threads", "p sacreBLEU", "p", "p Holm"], metricRows),
      "",
      table(["found wrong", "A", "B", "only A", "only B", "p McNemar", "p Holm"], checkRows),
    ].join("\n"),
  );
  if (comparison.judge !== null) printJudge(comparison.judge, session);
  session.print(`\n${compareVerdict(comparison, names)}`);
  const { worse, better } = mostChanged(pairs, MAILS_SHOWN);
  printCases("B is further from the reference", worse, names, session);
  printCases("B is nearer to the reference", better, names, session);
}

function printCases(
  title: string,
  pairs: readonly ComparedItem[],
  names: readonly [string, string],
  session: Session,
): void {
  const width = Math.min(process.stdout.columns ?? 100, 132);
  for (const { a, b } of pairs) {
    const columns = [
      { title: `A: ${names[0]}`, text: a.student.text || "(nothing)" },
      { title: `B: ${names[1]}`, text: b.student.text || "(nothing)" },
      { title: "REFERENCE", text: a.reference },
    ];
    session.print(`\n━━ ${title}: chrF2++ ${a.student.chrf.toFixed(1)} → ${b.student.chrf.toFixed(1)} (${a.id})`);
    const mail = wrapText(a.email.slice(0, 400), width - 2)
      .slice(0, 4)
      .map((line) => `  ${line}`.trimEnd());
    session.print(`${mail.join("\n")}\n\n${sideBySide(columns, width)}`);
  }
}

const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(2)}`;
