/** `pocketreply rehearse`: the run against the built-in teacher with the limits, latency and faults of the paid one, in a folder of its own. */

import type { RehearsedFigure } from "../distill/index.ts";
import { formatDuration, formatUsd } from "../progress.ts";
import { rehearseStage } from "../stages/index.ts";
import { table } from "./layout.ts";
import type { FolderOptions, Session } from "./session.ts";

/** Options of the verb beside the common ones. */
export interface RehearseOptions {
  readonly into?: string;
  readonly speed: number;
}

/** The verb. The run folder is only read. */
export async function rehearse(options: FolderOptions & RehearseOptions, session: Session): Promise<void> {
  const { recipe, report } = await rehearseStage(options, session);
  for (const line of describeComparison(report.comparison)) session.print(line);
  session.print(
    `\nThe built-in teacher stands in for ${recipe.teacher.model}: time, limits, faults and files are real, the replies are rules.`,
  );
  session.printJson(report);
}

function describeComparison(comparison: readonly RehearsedFigure[]): string[] {
  const show = (value: number | null, unit: RehearsedFigure["unit"]) => {
    if (value === null) return "-";
    if (unit === "usd") return formatUsd(value);
    if (unit === "minutes") return formatDuration(value * 60);
    if (unit === "share") return `${(100 * value).toFixed(1)} %`;
    return Math.round(value).toLocaleString("en-US");
  };
  const rows = comparison.map(({ figure, planned, rehearsed, unit }) => [
    figure,
    show(planned, unit),
    show(rehearsed, unit),
  ]);
  return ["", table(["", "planned", "rehearsed"], rows)];
}
