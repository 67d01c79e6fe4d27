/** What a judge says, as tables for a person. */

import {
  criterionNames,
  type JudgePlan,
  type JudgeReport,
  type PairReport,
  type Rate,
  type Unscored,
} from "../judge/index.ts";
import { formatUsd, percent } from "../progress.ts";
import { table } from "./layout.ts";
import type { Session } from "./session.ts";

/** What judging would take. */
export function printPlan(plan: JudgePlan, session: Session): void {
  const { judge, calls, answered, promptTokens, mostCompletionTokens, mostUsd } = plan;
  const money = mostUsd === null ? "price not known" : `at most ${formatUsd(mostUsd)}`;
  session.print(
    [
      `${calls} calls to make, ${answered} are answered already; repeats of unusable answers come on top`,
      `about ${promptTokens} prompt tokens (four characters each), at most ${mostCompletionTokens} completion tokens; ${money}`,
      judge.signature,
    ].join("\n"),
  );
  session.printJson(plan);
}

/** The verdicts as tables, for a person. */
export function printReport(report: JudgeReport, session: Session): void {
  const { judge, warnings, items, scored, unscored, sendReady, usable, criteria, ceilingAlarm } = report;
  const rows: [string, Rate][] = [
    ["send-ready", sendReady],
    ["usable (also after filling in)", usable],
    ...criterionNames.map((name): [string, Rate] => [`  ${name}`, criteria[name]]),
  ];
  session.print(`\n${items} replies judged by ${judge.label}, ${scored} scored`);
  for (const warning of warnings) session.print(`! ${warning}`);
  session.print("");
  session.print(
    table(
      ["replies", "passed", "rate", "95 % interval", "if unscored fail … pass"],
      rows.map(([name, rate]) => [
        name,
        `${rate.passed}/${rate.of}`,
        rate.rate === null ? "n/a" : percent(rate.rate),
        showInterval(rate.interval),
        `${percent(rate.worst.rate)} … ${percent(rate.best.rate)}`,
      ]),
    ),
  );
  printUnscored(unscored, session);
  if (ceilingAlarm)
    session.print("\n! More than 80 % are send-ready: this set is too easy to tell two good systems apart.");
  session.print(`\n${sendReady.interval?.method ?? "no interval"}\n${judge.signature}`);
  session.print(showCost(report));
}

/** A comparison, for a person. */
export function printPairs(report: PairReport, session: Session): void {
  const { judge, warnings, of, against, items, onlyOne, wins, ties, losses, winRate, lengthControlled, unscored } =
    report;
  const left = onlyOne > 0 ? `; ${onlyOne} mails that only one of them answered are left out` : "";
  session.print(`\n${of}\nagainst ${against}\n${items} pairs judged by ${judge.label}, each in both orders${left}`);
  for (const warning of warnings) session.print(`! ${warning}`);
  session.print(`\n${wins} wins, ${ties} ties, ${losses} losses; exact sign test p = ${report.pValue.toPrecision(3)}`);
  if (winRate.rate !== null) {
    const bounds =
      winRate.of < items
        ? `; if unscored lose … win: ${percent(winRate.worst.rate)} … ${percent(winRate.best.rate)}`
        : "";
    session.print(`win rate           ${percent(winRate.rate)} (${showInterval(winRate.interval)}${bounds})`);
  }
  if (lengthControlled.rate === null) session.print(`at equal length    n/a: ${lengthControlled.reason}`);
  else {
    const alarm = lengthControlled.differsFromRaw ? "  ! length decides much of this" : "";
    session.print(
      `at equal length    ${percent(lengthControlled.rate)} (${showInterval(lengthControlled.interval)})${alarm}`,
    );
  }
  if (report.detectable !== null)
    session.print(
      `would be seen      a win rate ${(100 * report.detectable).toFixed(1)} points from 50 % (80 % power, ${wins + losses} decided pairs)`,
    );
  if (report.positionConsistency !== null)
    session.print(
      `same in both orders ${percent(report.positionConsistency)}, first place chosen ${report.firstSlotShare === null ? "n/a" : percent(report.firstSlotShare)}`,
    );
  const { meanCharacters } = report;
  session.print(`mean characters    ${meanCharacters.of.toFixed(0)} against ${meanCharacters.against.toFixed(0)}`);
  printUnscored(unscored, session);
  session.print(`\n${judge.signature}`);
  session.print(showCost(report));
}

function printUnscored(unscored: Unscored, session: Session): void {
  for (const [reason, { count, ids, example }] of Object.entries(unscored))
    session.print(
      `\n${count} unscored, ${reason}: ${ids.slice(0, 3).join(", ")}${count > 3 ? ", …" : ""}; the first: ${example}`,
    );
}

function showCost({ cost, droppedParameters }: JudgeReport | PairReport): string {
  const { calls, repeats, promptTokens, completionTokens, costUsd } = cost;
  const money = costUsd === null ? "price not known" : formatUsd(costUsd);
  const dropped = droppedParameters.length > 0 ? `; the endpoint does not take ${droppedParameters.join(", ")}` : "";
  return `${calls} calls (${repeats} repeats), ${promptTokens} prompt and ${completionTokens} completion tokens, ${money}${dropped}`;
}

function showInterval(interval: { low: number; high: number } | null): string {
  return interval === null ? "n/a" : `${percent(interval.low)} … ${percent(interval.high)}`;
}
