/** The model beside its controls, and how much of the test stands in training. */
import type { LeakageReport, SubsetReport } from "../subsets.ts";
import { SYSTEMS, type SystemName } from "../systems.ts";
import { type Dot, dotChart } from "./chart.ts";
import type { ReportData } from "./data.ts";
import { counted, percent, score } from "./format.ts";
import { type Html, html, join } from "./html.ts";
import { NAMES } from "./names.ts";

const NOTES: Readonly<Partial<Record<SystemName, string>>> = {
  ceiling: "the ceiling",
  constant: "one training reply to every mail",
  nearest: "copied",
  shuffledReferences: "the model, against other mails’ replies",
};

/** Dots with intervals for BLEU and chrF2++, then all figures. */
export function controlsSection({ evaluation, noCeiling }: ReportData): Html {
  const known = SYSTEMS.flatMap((name) => {
    const system = evaluation.systems[name];
    return system === null ? [] : [{ name, system }];
  });
  const kind = (name: SystemName): Dot["kind"] =>
    name === "student" ? "model" : name === "ceiling" ? "ceiling" : "control";
  const dots = (metric: "bleu" | "chrf") =>
    known.map(({ name, system }): Dot => {
      const interval = metric === "bleu" ? system.bleuInterval : system.chrfInterval;
      const value = system[metric].score;
      const label = `${score(value)} ± ${score(interval.halfWidth)}`;
      return {
        name: NAMES[name],
        note: NOTES[name],
        value,
        low: interval.low,
        high: interval.high,
        label,
        kind: kind(name),
      };
    });
  const rows = known.map(
    ({ name, system }) =>
      html`<tr class="${name === "student" ? "model" : ""}"><td>${NAMES[name]}</td><td>${score(system.bleu.score)}</td><td>${score(system.chrf.score)}</td><td>${score(100 * system.rouge.rougeL.fMeasure)}</td>${bertCell(evaluation, name)}<td>${percent(system.sendable.replies, evaluation.items)}</td><td>${percent(system.checks.clean, evaluation.items)}</td><td>${system.meanWords.toFixed(1)}</td><td>${system.meanSentences.toFixed(1)}</td></tr>`,
  );
  return html`<section><h2 id="controls">Beside the controls</h2>
<p>A control understands nothing of the mail it answers. Where one comes near the model, the metric speaks, not the model.</p>
<h3>BLEU</h3>${dotChart(dots("bleu"), "BLEU")}
<h3>${evaluation.systems.student.chrf.name}</h3>${dotChart(dots("chrf"), evaluation.systems.student.chrf.name)}
<div class="scroll" tabindex="0" role="region" aria-label="All figures"><table><thead><tr><th>Replies of</th><th>BLEU</th><th>chrF2++</th><th>ROUGE-L</th>${evaluation.bertscore ? html`<th>BERTScore F1</th>` : null}<th>could be sent</th><th>well-formed</th><th>words</th><th>sentences</th></tr></thead><tbody>${join(rows)}</tbody></table></div>
${noCeiling === null ? null : html`<p class="soft">No ceiling: ${noCeiling}.</p>`}
<p class="soft">The constant reply: “${evaluation.constantReply.replaceAll(/\s+/g, " ")}”</p></section>`;
}

/** A system's F1 by BERTScore, where an encoder was named. */
function bertCell({ bertscore }: ReportData["evaluation"], name: SystemName): Html | null {
  if (!bertscore) return null;
  const figures = bertscore.systems[name];
  return html`<td>${figures === undefined ? "–" : figures.f1.toFixed(4)}</td>`;
}

/** Scores by how much of a mail stands in one training mail, and on the clean mails alone. */
export function leakageSection({ evaluation }: ReportData): Html {
  const { leakage, items } = evaluation;
  const { buckets, clean, cleanBelow, longRuns, referencesSeen } = leakage;
  const limit = percent(cleanBelow, 1);
  return html`<section><h2 id="leakage">What training has seen</h2>
<p>Similarity is the share of a mail’s five-word runs that stand in one training mail. A model that looks things up falls from the bottom of this table to the top; so does the copied neighbour.</p>
${subsetTable("Similarity", buckets, clean)}
<p>${cleanLine(leakage, limit)} ${counted(longRuns, "mail")} of ${items} share thirteen words in a row with a training mail; ${counted(referencesSeen, "reference")} ${referencesSeen === 1 ? "is a training reply" : "are training replies"} word for word.</p></section>`;
}

function cleanLine({ clean }: LeakageReport, limit: string): string {
  if (clean === null)
    return `No mail is clean (below ${limit}): every figure here is of mails whose like stands in training.`;
  const { items, student, bleuInterval } = clean;
  return `On the ${counted(items, "clean mail")} (below ${limit}) the model reaches ${score(student.bleu)} BLEU (${score(bleuInterval.low)} to ${score(bleuInterval.high)}).`;
}

/** A table of subsets: mails, the model's figures, and what stands beside it. */
export function subsetTable(title: string, rows: readonly SubsetReport[], total: SubsetReport | null = null): Html {
  const hasBase = rows.some(({ base }) => base !== null);
  const row = ({ name, items, student, base, nearest }: SubsetReport, kind = "") =>
    html`<tr class="${kind}"><td>${name}</td><td>${items}</td><td>${score(student.bleu)}</td><td>${score(student.chrf)}</td><td>${percent(student.sendable, items)}</td>${
      hasBase ? html`<td>${base === null ? "–" : score(base.bleu)}</td>` : null
    }<td class="${nearest.bleu >= student.bleu ? "bad" : ""}">${score(nearest.bleu)}</td></tr>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table><thead><tr><th>${title}</th><th>mails</th><th>BLEU</th><th>chrF2++</th><th>could be sent</th>${hasBase ? html`<th>base BLEU</th>` : null}<th>nearest BLEU</th></tr></thead><tbody>${join(rows.map((one) => row(one)))}${total === null ? null : row(total, "total")}</tbody></table></div>`;
}
