/** The judge's part of a comparison, for a person. */
import type { JudgeComparison } from "../evaluate/index.ts";
import { formatP, percent } from "../progress.ts";
import { table } from "./layout.ts";
import type { Session } from "./session.ts";

/** Prints what judges said of both runs. */
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
      formatP(pValue),
      formatP(adjustedP),
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
      `${wins} wins, ${ties} ties, ${losses} losses${pairs.scored < pairs.items ? `, ${pairs.items - pairs.scored} unscored` : ""}; exact sign test p ${equals(pValue)}, by Holm ${equals(adjustedP)}`,
      `win rate         ${share(winRate.rate)} (${span(winRate.interval)})`,
      `at equal length  ${even}`,
      ...(detectable === null ? [] : [`would be seen    a win rate ${(100 * detectable).toFixed(1)} points from 50 %`]),
      judge.signature,
    ].join("\n"),
  );
}

/** "= 0.0312", "< 0.0001". */
const equals = (p: number) => formatP(p).replace(/^(?!<)/, "= ");

function share(rate: number | null): string {
  return rate === null ? "n/a" : percent(rate);
}

function span(interval: { readonly low: number; readonly high: number } | null): string {
  return interval === null ? "n/a" : `${percent(interval.low)} to ${percent(interval.high)}`;
}

const points = (value: number) => `${value < 0 ? "-" : "+"}${(100 * Math.abs(value)).toFixed(1)}`;
