/** What a judge says of the replies, who it is, and how far people agree with it. */
import {
  type CalibrationReport,
  type CriterionName,
  criteria,
  criterionNames,
  type JudgeReport,
  type PairReport,
  type Rate,
  type Unscored,
} from "../../judge/index.ts";
import type { ReportData } from "./data.ts";
import { counted, pText } from "./format.ts";
import { type Html, html, join } from "./html.ts";

/** The section; null where nothing was judged. */
export function judgeSection({ judge }: ReportData): Html | null {
  if (!judge || (judge.report === null && judge.pairs === null)) return null;
  return html`<section><h2 id="judge">What a judge says</h2>${judge.report && repliesPart(judge.report, judge.calibration)}${judge.pairs && pairsPart(judge.pairs)}</section>`;
}

function repliesPart(report: JudgeReport, calibration: CalibrationReport | null): Html {
  const { judge, items, scored, sendReady, usable, unscored, warnings, ceilingAlarm } = report;
  const row = (name: string, rate: Rate, note = "") =>
    html`<tr><td>${name}</td><td>${rate.passed} of ${rate.of}</td><td>${judgeShare(rate.rate)}</td><td>${judgeSpan(rate.interval)}</td><td>${judgeShare(rate.worst.rate)} to ${judgeShare(rate.best.rate)}</td><td>${note}</td></tr>`;
  const named = (name: CriterionName) => row(name, report.criteria[name], criteria[name].question);
  return html`<p>${scored} of ${counted(items, "reply")} have a verdict from ${judge.label}.</p>${notes(warnings)}
<div class="scroll" tabindex="0" role="region" aria-label="Table"><table><thead><tr><th>Replies</th><th>passed</th><th>rate</th><th>95 % interval</th><th>if unscored fail / pass</th><th></th></tr></thead><tbody>${row("send-ready", sendReady, "as it is")}${row("usable", usable, "also after its placeholders are filled in")}${join(criterionNames.map(named))}</tbody></table></div>
${unscoredList(unscored)}${ceilingAlarm ? html`<p class="bad">More than 80 % are send-ready: this set is too easy to tell two good systems apart.</p>` : null}${calibrationPart(calibration)}<p class="soft">${judge.signature}</p>`;
}

function calibrationPart(calibration: CalibrationReport | null): Html {
  const ready = calibration?.sendReady;
  if (!calibration || !ready)
    return html`<p class="soft">Not calibrated: nobody has said how often this judge is right.</p>`;
  const { kappa, corrected } = ready;
  const agreed = kappa?.kappa == null ? "Kappa cannot be told" : `Kappa ${kappa.kappa.toFixed(2)}`;
  const rest =
    "reason" in corrected
      ? `the rate is not corrected: ${corrected.reason}`
      : `without the judge’s errors ${judgeShare(corrected.rate)} are send-ready (${judgeSpan(corrected)})`;
  const trust = {
    gate: "",
    monitor: " Good enough to watch, not to gate on.",
    none: " No headline should rest on this judge.",
  };
  return html`<p>${agreed} against ${counted(calibration.labels, "label")} by people; ${rest}.${trust[calibration.trust]}</p>`;
}

function pairsPart(report: PairReport): Html {
  const { of, against, wins, ties, losses, winRate, lengthControlled, positionConsistency, judge, warnings } = report;
  const even =
    lengthControlled.rate === null
      ? `At equal length: cannot be told (${lengthControlled.reason}).`
      : `At equal length: ${judgeShare(lengthControlled.rate)} (${judgeSpan(lengthControlled.interval)}).`;
  const order =
    positionConsistency === null ? "" : ` Both orders gave the same verdict for ${judgeShare(positionConsistency)}.`;
  return html`<h3>Against ${against}</h3><p>${of}: ${wins} wins, ${ties} ties, ${losses} losses, each pair shown in both orders; win rate ${judgeShare(winRate.rate)} (${judgeSpan(winRate.interval)}), exact ${pText(report.pValue)}. ${even}${order}</p>${notes(warnings)}${unscoredList(report.unscored)}<p class="soft">${judge.signature}</p>`;
}

function notes(warnings: readonly string[]): Html {
  return join(warnings.map((warning) => html`<p class="bad">${warning}</p>`));
}

function unscoredList(unscored: Unscored): Html {
  return join(
    Object.entries(unscored).map(
      ([reason, { count, example }]) => html`<p>${count} unscored, ${reason}; the first: ${example}</p>`,
    ),
  );
}

/** A share in percent, a dash where there is none. */
export function judgeShare(value: number | null): string {
  return value === null ? "–" : `${(100 * value).toFixed(1)} %`;
}

/** An interval of shares. */
export function judgeSpan(interval: { low: number; high: number } | null): string {
  return interval === null ? "–" : `${judgeShare(interval.low)} to ${judgeShare(interval.high)}`;
}
