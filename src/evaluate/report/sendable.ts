/** Whether replies could be sent as they are: why not, of how many, with the words; and three replies to see for oneself. */

import { FAULTS } from "../../checks/index.ts";
import { cutText } from "../../formats/index.ts";
import { SYSTEMS } from "../systems.ts";
import { modelBesideReference, subjectOf } from "./cases.ts";
import { type Bar, barChart } from "./chart.ts";
import type { ReportData } from "./data.ts";
import { counted, percent } from "./format.ts";
import { type Html, html, join } from "./html.ts";
import { FAULT_NAMES, NAMES } from "./names.ts";

/** A typical, a best and a worst reply, by likeness to the teacher's; of equals the first. */
export function threeSection({ items }: ReportData): Html {
  const sorted = [...items].sort((a, b) => b.student.chrf - a.student.chrf || (a.id < b.id ? -1 : 1));
  const picked = [
    ["Typical", sorted[sorted.length >> 1]],
    ["Best", sorted[0]],
    ["Worst", sorted.at(-1)!],
  ] as const;
  const shown = new Set<string>();
  const cases = picked.flatMap(([name, item]) => {
    if (shown.has(item.id)) return [];
    shown.add(item.id);
    return [html`<h3>${name}</h3>${modelBesideReference(item)}`];
  });
  return html`<section><h2 id="three">A typical reply, the best and the worst</h2><p>By likeness to the teacher’s (chrF2++): the one in the middle, the nearest, the furthest.</p>${join(cases)}</section>`;
}

/** Why replies could not be sent as they are, beside base and references. */
export function sendableSection({ evaluation, items }: ReportData): Html {
  const { systems, referenceSendable } = evaluation;
  const { sendable } = systems.student;
  const bars = FAULTS.flatMap((fault): Bar[] => {
    const { count, example } = sendable.faults[fault] ?? { count: 0, example: "" };
    const ofReferences = referenceSendable.faults[fault]?.count ?? 0;
    const ofBase = systems.base?.sendable.faults[fault]?.count;
    if (count === 0 && ofReferences === 0) return [];
    const text = example === "" ? "" : ` For example: “${cutText(example, 160).replaceAll(/\s+/g, " ")}”`;
    const note = `Teacher’s own ${ofReferences}.${ofBase === undefined ? "" : ` Base ${ofBase}.`}${text}`;
    const label = `${count} (${percent(count, items.length)})`;
    return [
      { name: FAULT_NAMES[fault], value: count, label, tick: ofReferences, note: html`<p class="note">${note}</p>` },
    ];
  });
  const kept = `${sendable.replies} of ${counted(items.length, "reply")} could be sent as they are; of the teacher’s own, ${referenceSendable.replies}.`;
  return html`<section><h2 id="sendable">What keeps replies from being sent</h2>
<p>${kept} Exact rules over mail and reply look for what a person would have to mend first; a reply may have several faults. A mark shows where the teacher stands. That the rules find nothing does not prove a reply good.</p>${
    bars.length === 0 ? null : barChart(bars, { kind: "bad", max: items.length })
  }</section>`;
}

const EXAMPLES_SHOWN = 8;

/** The share of names, numbers and dates that stand in the mail, and those that do not. */
export function groundingSection({ evaluation, items }: ReportData): Html {
  const known = SYSTEMS.flatMap((name) => {
    const system = evaluation.systems[name];
    return system === null || name === "shuffledReferences" ? [] : [{ name, ...system.grounding }];
  });
  const rows = known.map(
    ({ name, claims, grounded }) =>
      html`<tr class="${name === "student" ? "model" : ""}"><td>${NAMES[name]}</td><td>${claims}</td><td>${grounded}</td><td>${claims === 0 ? "–" : percent(grounded, claims)}</td></tr>`,
  );
  const byId = new Map(items.map((item) => [item.id, item]));
  const examples = evaluation.systems.student.grounding.examples.slice(0, EXAMPLES_SHOWN);
  const list = examples.map(
    ({ id, text }) =>
      html`<li><b>${cutText(text, 80)}</b> in the reply to “${subjectOf(byId.get(id)?.email ?? "")}” <code>${id}</code></li>`,
  );
  return html`<section><h2 id="grounding">What stands in the mail, and what was made up</h2>
<p>Every name, number, amount, date, time, address and code of a reply, looked up in the mail it answers: 3:30 pm is 15:30, “Friday” the day after the mail was sent.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Grounding"><table><thead><tr><th>Replies of</th><th>claims</th><th>in the mail</th><th>share</th></tr></thead><tbody>${join(rows)}</tbody></table></div>${
    list.length === 0 ? null : html`<h3>The model made up</h3><ul class="examples">${join(list)}</ul>`
  }</section>`;
}
