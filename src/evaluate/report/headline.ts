/** The top of the report: what was measured, what it says in one sentence, and the figures to quote. */

import { cutText } from "../../formats/index.ts";
import { wilson } from "../../metrics/index.ts";
import type { ControlName, Evaluation, PairedFigure } from "../evaluate.ts";
import type { SystemEvaluation } from "../systems.ts";
import type { ReportData } from "./data.ts";
import { counted, percent, pText, score, signed } from "./format.ts";
import { type Html, html, join } from "./html.ts";
import { FAULT_NAMES } from "./names.ts";

/** Title, verdict, what could be sent and why the rest could not, and the scores. */
export function headline(data: ReportData): Html {
  const { evaluation, name, madeAt, answeredBy } = data;
  const { systems, items, teacher } = evaluation;
  return html`<header><h1>${name}: how good are the replies?</h1>
<p class="lead">${counted(items, "held-out mail")} answered by ${answeredBy}. References by ${teacher}. ${madeAt}.</p></header>
${verdict(evaluation)}
<ul class="figures first">${join(sendFigures(evaluation))}</ul>
<ul class="figures">${join(figures(systems.student, items))}</ul>
<p class="soft">Intervals hold 95 %. BLEU and chrF2++ compare with the teacher’s reply, which is one good reply of many: read them beside the controls, not alone.</p>`;
}

/** Faults with a card of their own; the rest stand in the section below. */
const CARDS = ["invented", "wrong person", "repeats", "gap left"] as const;

function sendFigures({ systems, items, referenceSendable }: Evaluation): Html[] {
  const { replies, faults } = systems.student.sendable;
  const range = wilson(replies, items);
  const first = html`<li class="main"><span class="label">Could be sent as it is</span><b>${replies} of ${items}</b><span>${percent(range.low, 1)} to ${percent(range.high, 1)}; the teacher’s own: ${referenceSendable.replies}</span></li>`;
  const rest = CARDS.map((fault) => {
    const { count, example } = faults[fault] ?? { count: 0, example: "" };
    const text = cutText(example.replaceAll(/\s+/g, " "), 40);
    return html`<li class="${count > 0 ? "fault" : ""}"><span class="label">${FAULT_NAMES[fault]}</span><b>${count}</b><span>${text === "" ? "none found" : `“${text}${example.length > 40 ? "…" : ""}”`}</span></li>`;
  });
  return [first, ...rest];
}

function figures(student: SystemEvaluation, items: number): Html[] {
  const { bleu, bleuInterval, chrf, chrfInterval, rouge, checks } = student;
  const formed = wilson(checks.clean, items);
  const list: [label: string, value: string, note: string][] = [
    ["BLEU", score(bleu.score), `${score(bleuInterval.low)} to ${score(bleuInterval.high)}`],
    [chrf.name, score(chrf.score), `${score(chrfInterval.low)} to ${score(chrfInterval.high)}`],
    ["ROUGE-L", score(100 * rouge.rougeL.fMeasure), "F, mean over the mails"],
    ["Well-formed", percent(checks.clean, items), `${percent(formed.low, 1)} to ${percent(formed.high, 1)}`],
  ];
  return list.map(
    ([label, value, note]) => html`<li><span class="label">${label}</span><b>${value}</b><span>${note}</span></li>`,
  );
}

const SIGNIFICANT = 0.05;
const FLOORS = ["base", "constant", "nearest"] as const satisfies readonly ControlName[];
const LOWER: Readonly<Record<ControlName, string>> = {
  base: "the base as it is",
  constant: "the best constant reply",
  nearest: "a reply copied from the nearest training mail",
  ceiling: "the teacher asked again",
};

/** What the controls say of the model, by BLEU; the sign is the model's advantage. */
export function judgeControls(evaluation: Evaluation): {
  above: [ControlName, PairedFigure][];
  level: [ControlName, PairedFigure][];
  below: [ControlName, PairedFigure][];
} {
  const result = { above: [], level: [], below: [] } as ReturnType<typeof judgeControls>;
  for (const control of FLOORS) {
    const figure = evaluation.paired[control]?.find(({ name }) => name === "BLEU");
    if (figure === undefined) continue;
    const isSure = figure.pValue < SIGNIFICANT;
    result[!isSure ? "level" : figure.difference > 0 ? "above" : "below"].push([control, figure]);
  }
  return result;
}

function verdict(evaluation: Evaluation): Html {
  const { above, level, below } = judgeControls(evaluation);
  const tell = ([control, { difference, pValue }]: [ControlName, PairedFigure]) =>
    `${LOWER[control]} (${signed(difference)} BLEU, ${pText(pValue)})`;
  const isBad = below.length > 0 || level.length > 0;
  const first =
    below.length > 0
      ? "The model is worse than a control that understands nothing."
      : level.length > 0
        ? "The model is not shown to be better than every control."
        : "The model is better than every control.";
  return html`<div class="verdict${isBad ? " bad" : ""}"><p>${first}</p>${
    above.length > 0 ? html`<p>Better than ${list(above.map(tell))}.</p>` : null
  }${level.length > 0 ? html`<p>No difference shown to ${list(level.map(tell))}.</p>` : null}${
    below.length > 0 ? html`<p>Worse than ${list(below.map(tell))}.</p>` : null
  }${ceilingLine(evaluation)}</div>`;
}

function ceilingLine({ paired, systems }: Evaluation): Html | null {
  const gap = paired.ceiling?.find(({ name }) => name === "BLEU");
  if (gap === undefined || systems.ceiling === null) return null;
  const { score: ceiling } = systems.ceiling.bleu;
  return html`<p>The teacher itself, asked again, reaches ${score(ceiling)} BLEU: ${
    gap.difference < 0 ? `${score(-gap.difference)} above the model` : "no more than the model"
  }.</p>`;
}

/** "a, b and c". */
function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}
