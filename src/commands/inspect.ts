/** `pocketreply inspect`: what a model file holds, told by its content and not by its name. */
import { UserError } from "../errors.ts";
import type { PteReport } from "../export/index.ts";
import { formatBytes } from "../progress.ts";
import { inspectFile } from "../stages/index.ts";
import type { InspectOptions } from "./options.ts";
import type { Session } from "./session.ts";

/** The verb. Throws UserError where the file is of no known kind or has problems. */
export async function inspect({ file }: InspectOptions, session: Session): Promise<void> {
  const { report, note } = await inspectFile(file);
  if (note !== null) session.progress.line(note);
  session.print(describePte(file, report));
  session.printJson(report);
  const { problems } = report;
  if (problems.length > 0)
    throw new UserError(`${file} has ${problems.length} problems:\n${problems.map((line) => `  ${line}`).join("\n")}`);
}

function describePte(path: string, report: PteReport): string {
  const rows: [string, string][] = [
    ["program", `${formatBytes(report.programBytes)} of ${formatBytes(report.fileBytes)}, ${report.segments} segments`],
    ["made with", report.madeWith ?? "the file does not say"],
    ["context", report.contextLength === null ? "not given: runners take 128" : `${report.contextLength} tokens`],
    [
      "tokens",
      `${report.vocabularySize ?? "?"} in the vocabulary, begins with ${report.bosId ?? "?"}, ends at ${report.eosIds.join(", ") || "?"}`,
    ],
    ...report.weights.map(({ packing, matrices, weights, bytes }): [string, string] => [
      packing,
      `${matrices} matrices, ${(weights / 1e6).toFixed(1)} million weights, ${formatBytes(bytes)}`,
    ]),
    ["memory", `${formatBytes(report.plannedBytes)} for activations and cache`],
    ["delegates", counted(report.delegateCalls)],
    ["outside", counted(report.operators)],
  ];
  return [path, ...rows.map(([name, value]) => `  ${name.padEnd(14)}${value}`)].join("\n");
}

function counted(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .map(([name, count]) => `${name} × ${count}`)
      .join(", ") || "none"
  );
}
