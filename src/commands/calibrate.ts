/** `pocketreply calibrate`: the judge against people. */

import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { readJsonFile, readJsonl, writeJsonFile } from "../formats/index.ts";
import {
  type CalibratedRate,
  type CalibrationReport,
  calibrateJudge,
  criterionNames,
  type JudgedReply,
  type JudgeReport,
  readLabels,
} from "../judge/index.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import type { Session } from "../stages/index.ts";
import { percent, readRecipe, requireStage, table, writeReport } from "../stages/index.ts";

/** Options of `calibrate`. */
export interface CalibrateFlags {
  readonly labels: string;
  readonly run: string;
}

/** The verb. */
export async function calibrate({ labels: path, run }: CalibrateFlags, session: Session): Promise<void> {
  const paths = runPaths(run);
  requireStage(paths.judgeReport, { before: "judge", now: "calibrate", run });
  const report = (await readJsonFile(paths.judgeReport)) as JudgeReport; // written by judge
  const judged: JudgedReply[] = [];
  for await (const { value } of readJsonl(paths.judged)) judged.push(value as JudgedReply); // written by judge
  if (judged.length !== report.items) {
    throw new UserError(
      `${paths.judged} holds ${judged.length} replies, ${paths.judgeReport} speaks of ${report.items}. Judge again: npx pocketreply judge --run ${run}`,
    );
  }
  const known = new Set(judged.map(({ id }) => id));
  const labels = await readLabels(path, (id) => known.has(id));
  const calibration = calibrateJudge({ report, judged, labels });
  await writeJsonFile(paths.calibration, calibration);
  if (existsSync(paths.report)) {
    const recipe = await readRecipe(paths, { overrides: [] }, defaultRecipeName);
    await writeReport({ paths, recipe });
  }
  printCalibration(calibration, session);
  session.print(`\n${paths.calibration} lists every disagreement.`);
  session.printJson(calibration);
}

const advice = {
  gate: "The judge agrees with people well enough to gate on (kappa from 0.8 on, by convention).",
  monitor: "Good enough to watch a trend, not to gate on (kappa from 0.6 to 0.8, by convention).",
  none: "Do not show this judge's numbers as a headline: it agrees with people too little, or too few labels say so.",
} as const;

function printCalibration(report: CalibrationReport, session: Session): void {
  const { sendReady, usable, criteria, labels, judge, outcomes, trust, disagreements } = report;
  const views: [string, CalibratedRate | null | undefined][] = [
    ["send-ready", sendReady],
    ["usable", usable],
    ...criterionNames.map((name): [string, CalibratedRate | undefined] => [`  ${name}`, criteria[name]]),
  ];
  const known = views.filter((view): view is [string, CalibratedRate] => view[1] !== null && view[1] !== undefined);
  session.print(`${labels} labels, ${disagreements.length} disagreements`);
  session.print(
    table(
      ["", "kappa", "95 % interval", "sensitivity", "specificity", "judge says", "corrected", "95 % interval"],
      known.map(([name, { kappa, sensitivity, specificity, raw, corrected }]) => [
        name,
        kappa?.kappa == null ? "n/a" : kappa.kappa.toFixed(2),
        kappa?.low == null ? "n/a" : `${kappa.low.toFixed(2)} … ${kappa.high!.toFixed(2)}`,
        sensitivity === null ? "n/a" : `${percent(sensitivity.rate)} of ${sensitivity.of}`,
        specificity === null ? "n/a" : `${percent(specificity.rate)} of ${specificity.of}`,
        raw.rate === null ? "n/a" : percent(raw.rate),
        "reason" in corrected ? "n/a" : percent(corrected.rate),
        "reason" in corrected ? "n/a" : `${percent(corrected.low)} … ${percent(corrected.high)}`,
      ]),
    ),
  );
  for (const [name, { corrected, unscored }] of known) {
    if ("reason" in corrected) session.print(`${name.trim()}: not corrected, ${corrected.reason}`);
    if (unscored > 0) session.print(`${name.trim()}: ${unscored} labelled replies have no verdict and are left out`);
  }
  if (outcomes?.kappa.kappa != null) session.print(`\nAll three outcomes: kappa ${outcomes.kappa.kappa.toFixed(2)}`);
  session.print(`\n${advice[trust]}\n${judge.signature}`);
}
