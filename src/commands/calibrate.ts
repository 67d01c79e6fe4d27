/** `pocketreply calibrate`: the judge against people. */
import {
  type CalibratedRate,
  type CalibrationReport,
  criterionNames,
  type DecisionCalibration,
} from "../judge/index.ts";
import { percent } from "../progress.ts";
import { runPaths } from "../run.ts";
import { calibrateDecisionsStage, calibrateStage } from "../stages/index.ts";
import { table } from "./layout.ts";
import type { Session } from "./session.ts";

/** Options of `calibrate`. */
export interface CalibrateFlags {
  readonly labels?: string;
  readonly run: string;
}

/** The verb. */
export async function calibrate({ labels, run }: CalibrateFlags, session: Session): Promise<void> {
  const paths = runPaths(run);
  if (labels === undefined) {
    const calibration = await calibrateDecisionsStage({ run });
    printDecisions(calibration, session);
    session.print(`\n${paths.decisionCalibration} lists every disagreement.`);
    session.printJson(calibration);
    return;
  }
  const calibration = await calibrateStage({ labels, run });
  printLabels(calibration, session);
  session.print(`\n${paths.calibration} lists every disagreement.`);
  session.printJson(calibration);
}

const advice = {
  gate: "The judge agrees with people well enough to gate on (kappa from 0.8 on, by convention).",
  monitor: "Good enough to watch a trend, not to gate on (kappa from 0.6 to 0.8, by convention).",
  none: "Do not show this judge's numbers as a headline: it agrees with people too little, or too few labels say so.",
} as const;

function printLabels(report: CalibrationReport, session: Session): void {
  const { sendReady, usable, criteria, labels, judge, outcomes, trust, disagreements } = report;
  const views: [string, CalibratedRate | null | undefined][] = [
    ["send-ready", sendReady],
    ["usable", usable],
    ...criterionNames.map((name): [string, CalibratedRate | undefined] => [`  ${name}`, criteria[name]]),
  ];
  const known = views.filter((view): view is [string, CalibratedRate] => view[1] !== null && view[1] !== undefined);
  session.print(`${labels} labels, ${disagreements.length} disagreements`);
  printRates(known, session);
  if (outcomes?.kappa.kappa != null) session.print(`\nAll three outcomes: kappa ${outcomes.kappa.kappa.toFixed(2)}`);
  session.print(`\n${advice[trust]}\n${judge.signature}`);
}

function printDecisions(report: DecisionCalibration, session: Session): void {
  const { judge, rule, threshold, decisions, leftOut, verdicts, trust, thresholds, bestThreshold } = report;
  const { onlyJudgePasses, onlyPeoplePass } = verdicts.table;
  session.print(
    `${judge} (${rule} of its four scores from ${threshold} on) against you: ${decisions} drafts; it let through ${onlyJudgePasses} that you did not take as they were, and sent back ${onlyPeoplePass} that you took`,
  );
  for (const [why, count] of Object.entries(leftOut)) session.print(`  ${count} decisions left out: ${why}`);
  printRates([["good enough", verdicts]], session);
  session.print(
    `\n${table(
      ["threshold", "kappa", "lets through", "of what you take", "not taken by you"],
      thresholds.map(({ threshold: limit, kappa, kept, wrong, passed }) => [
        limit === threshold ? `${limit} (now)` : `${limit}`,
        kappa === null ? "n/a" : kappa.toFixed(2),
        String(passed),
        percent(kept),
        passed === 0 ? "n/a" : percent(wrong),
      ]),
    )}`,
  );
  if (bestThreshold === null)
    session.print(
      "\nToo few decisions of one kind to choose a threshold by: ten that you took and ten that you did not.",
    );
  else if (bestThreshold !== threshold)
    session.print(
      `\nOn these decisions distill.threshold=${bestThreshold} agrees with you best. It was chosen on them, so expect a little less on others.`,
    );
  session.print(`\n${advice[trust]}`);
}

function printRates(known: readonly (readonly [string, CalibratedRate])[], session: Session): void {
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
}
