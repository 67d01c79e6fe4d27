/** `pocketreply compare RUN_A RUN_B`: two evaluated runs on the same mails. */

import { UserError } from "../errors.ts";
import { type ComparedItem, mostChanged } from "../evaluate/index.ts";
import { cutText } from "../formats/index.ts";
import { formatP } from "../progress.ts";
import { type ComparedRuns, compareStage } from "../stages/index.ts";
import { printJudge } from "./compare-judge.ts";
import { sideBySide, table, windowWidth, wrapText } from "./layout.ts";
import type { CompareFlags } from "./options.ts";
import type { Session } from "./session.ts";

const MAILS_SHOWN = 3; // for the worse, and for the better

/** The verb. Run B is the one that is judged. Throws UserError, after all else is compared, where the runs' judges differ. */
export async function compare(options: CompareFlags & { runA: string; runB: string }, session: Session): Promise<void> {
  const { runA, runB, report } = options;
  const compared = await compareStage(options);
  const { comparison, verdict, judgeNotes } = compared;
  printComparison(compared, session);
  for (const note of judgeNotes) session.print(`\n! ${note}`);
  if (report !== undefined) session.print(`\nThe comparison with the replies side by side: ${report}`);
  session.printJson({ a: runA, b: runB, verdict, ...comparison, judgeNotes });
  if (comparison.judge?.refusal) throw new UserError(comparison.judge.refusal);
}

function printComparison({ comparison, pairs, names, verdict }: ComparedRuns, session: Session): void {
  const { items, threads, same, metrics, checks } = comparison;
  const metricRows = metrics.map(({ name, a, b, difference, low, high, randomizationP, exactP, adjustedP }) => [
    name,
    a.toFixed(2),
    b.toFixed(2),
    signed(difference),
    `${signed(low)} to ${signed(high)}`,
    formatP(randomizationP),
    formatP(exactP),
    formatP(adjustedP),
  ]);
  const checkRows = checks.map(({ name, aFailures, bFailures, onlyA, onlyB, pValue, adjustedP }) => [
    name,
    String(aFailures),
    String(bFailures),
    String(onlyA),
    String(onlyB),
    formatP(pValue),
    formatP(adjustedP),
  ]);
  session.print(
    [
      `A: ${names[0]}   B: ${names[1]}`,
      `${items} mails in ${threads} threads answered by both, ${same} replies the same${describeLeftOut(comparison)}`,
      "",
      table(["metric", "A", "B", "B − A", "95 % over threads", "p sacreBLEU", "p", "p Holm"], metricRows),
      "",
      table(["found wrong", "A", "B", "only A", "only B", "p McNemar", "p Holm"], checkRows),
    ].join("\n"),
  );
  if (comparison.judge !== null) printJudge(comparison.judge, session);
  session.print(`\n${verdict}`);
  const { worse, better } = mostChanged(pairs, MAILS_SHOWN);
  printCases("B is further from the reference", worse, names, session);
  printCases("B is nearer to the reference", better, names, session);
}

function describeLeftOut({ onlyInA, onlyInB, differing }: ComparedRuns["comparison"]): string {
  const parts: string[] = [];
  if (onlyInA + onlyInB > 0) parts.push(`${onlyInA} mails of A and ${onlyInB} of B`);
  if (differing > 0) parts.push(`${differing} whose reference is another`);
  return parts.length === 0 ? "" : `; left out: ${parts.join(", ")}`;
}

function printCases(
  title: string,
  pairs: readonly ComparedItem[],
  names: readonly [string, string],
  session: Session,
): void {
  const width = windowWidth(132);
  for (const { a, b } of pairs) {
    const columns = [
      { title: `A: ${names[0]}`, text: a.student.text || "(nothing)" },
      { title: `B: ${names[1]}`, text: b.student.text || "(nothing)" },
      { title: "REFERENCE", text: a.reference },
    ];
    session.print(`\n━━ ${title}: chrF2++ ${a.student.chrf.toFixed(1)} → ${b.student.chrf.toFixed(1)} (${a.id})`);
    const mail = wrapText(cutText(a.email, 400), width - 2)
      .slice(0, 4)
      .map((line) => `  ${line}`.trimEnd());
    session.print(`${mail.join("\n")}\n\n${sideBySide(columns, width)}`);
  }
}

const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(2)}`;
