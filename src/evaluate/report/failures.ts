/** What the checks found, by kind, each with the words that offend. */

import { CHECKS } from "../../checks/index.ts";
import { cutText } from "../../formats/index.ts";
import { type Bar, barChart } from "./chart.ts";
import type { ReportData } from "./data.ts";
import { counted, percent } from "./format.ts";
import { type Html, html } from "./html.ts";

/** Bars of failures of the model, a tick where the base stands. */
export function failuresSection({ evaluation }: ReportData): Html {
  const { systems, items, referenceChecks } = evaluation;
  const { student, base } = systems;
  const names = CHECKS.filter((check) => student.checks.failures[check] ?? base?.checks.failures[check]);
  const bars = names.map((check): Bar => {
    const { count, example } = student.checks.failures[check] ?? { count: 0, example: "" };
    const ofReferences = referenceChecks.failures[check]?.count ?? 0;
    const ofBase = base?.checks.failures[check]?.count ?? 0;
    const text = example === "" ? "" : ` For example: “${cutText(example, 160).replaceAll(/\s+/g, " ")}”`;
    const note = `${base === null ? "" : `Base ${ofBase}. `}${ofReferences > 0 ? `The references themselves ${ofReferences}.` : ""}${text}`;
    return {
      name: check,
      value: count,
      label: `${count} (${percent(count, items)})`,
      tick: base === null ? undefined : ofBase,
      note: note.trim() === "" ? undefined : html`<p class="note">${note}</p>`,
    };
  });
  const wrong = items - student.checks.clean;
  return html`<section><h2 id="failures">What is wrong with their form</h2>
<p>${wrong === 0 ? "Every reply is well-formed." : `Not well-formed: ${wrong} of ${counted(items, "reply")}.`}${
    base === null
      ? ""
      : ` Of the base’s replies, with ${items - base.checks.clean}; a mark shows where the base stands.`
  }</p>${bars.length === 0 ? null : barChart(bars, { kind: "bad", max: items })}</section>`;
}
