/** `pocketreply export`: base and best checkpoint in, files for other programs out. */

import { join } from "node:path";
import { formatBytes } from "../progress.ts";
import { type DifferingToken, exactFormats, exportStage, inRunFolder, type ParityReport } from "../stages/index.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. */
export async function exportRun(options: FolderOptions, session: Session): Promise<void> {
  const report = await inRunFolder(options, session, exportStage);
  for (const { path, format, sizeBytes, notes } of report.files) {
    session.print([join(options.run, path), format, formatBytes(sizeBytes), ...notes].join("  "));
  }
  if (report.notCompared) session.print(`Not compared with the trainer: ${report.notCompared}.`);
  if (report.parity) for (const line of formatTable(report.parity)) session.print(line);
  session.printJson(report);
}

/** ours: of the tokens of greedy replies; below it the tokens that differ are named. */
const agreementAsked = 0.99;

const nameDifference = ({ mail, token, written, likeliest, to }: DifferingToken) =>
  `  mail ${mail}, token ${token}: ${JSON.stringify(written)}, to the ${to === "merged" ? "merged weights" : "trainer"} ${JSON.stringify(likeliest)}`;

/** Of a format as exact as the trainer the tokens themselves, where they are many; of fewer bits why they are. */
function explainDifferences({ of, tokens, trainer, merged, differing }: NonNullable<ParityReport["greedy"]>): string[] {
  if (!exactFormats.includes(of))
    return trainer < tokens ? [`  The others are what fewer bits cost: ${of} is the most exact of these files.`] : [];
  return Math.min(trainer, merged) < agreementAsked * tokens ? differing.map(nameDifference) : [];
}

/** The formats side by side, and how greedy replies agree. */
function formatTable({ formats, greedy, mails, places }: ParityReport): string[] {
  const known = <T>(value: T | null, show: (value: T) => string) => (value === null ? "not run here" : show(value));
  const rows = formats.map((one) => [
    one.format,
    formatBytes(one.sizeBytes),
    one.bitsPerWeight.toFixed(2),
    known(one.meanKl, (value) => value.toFixed(5)),
    known(one.top1, (value) => `${(100 * value).toFixed(1)} %`),
    known(one.bench, ({ passed, of }) => `${passed} of ${of}`),
    known(one.tokensPerSecond, (value) => value.toFixed(1)),
    one.ranBy ?? "",
  ]);
  const all = [["format", "size", "bits a weight", "mean KL", "top-1", "bench", "tokens/s", "run by"], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const table = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
  const share = (count: number, of: number) => `${((100 * count) / of).toFixed(2)} %`;
  return [
    `Against the trainer in float32, ${places} places of ${mails} held-out mails:`,
    ...table,
    ...(greedy
      ? [
          `Of ${greedy.tokens} tokens of greedy replies by ${greedy.of}, ${share(greedy.trainer, greedy.tokens)} are the likeliest of the trainer too, ${share(greedy.merged, greedy.tokens)} of the merged weights.`,
          ...explainDifferences(greedy),
        ]
      : []),
  ];
}
