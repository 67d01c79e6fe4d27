/** The comparison of two runs as one HTML file. */
import { type ComparedItem, type Comparison, mostChanged } from "../compare.ts";
import { caseOf } from "./cases.ts";
import { type Dot, dotChart } from "./chart.ts";
import { counted, percent, pText, score, signed } from "./format.ts";
import { type Html, html, join } from "./html.ts";
import { page } from "./report.ts";

/** What a comparison page shows. */
export interface ComparisonData {
  readonly names: readonly [string, string];
  readonly comparison: Comparison;
  readonly pairs: readonly ComparedItem[];
  readonly version: string;
}

const SIGNIFICANT = 0.05;
const SHOWN = 6;

/** What the comparison says in one sentence. */
export function compareVerdict({ metrics, checks }: Comparison, [a, b]: readonly [string, string]): string {
  const sure = metrics.filter(({ adjustedP }) => adjustedP < SIGNIFICANT);
  const clean = checks[0];
  const cleaner = clean !== undefined && clean.adjustedP < SIGNIFICANT ? Math.sign(clean.onlyA - clean.onlyB) : 0;
  const signs = new Set([...sure.map(({ difference }) => Math.sign(difference)), ...(cleaner === 0 ? [] : [cleaner])]);
  if (signs.size === 0) return `No difference between ${a} and ${b} is shown: what there is may be chance.`;
  if (signs.size > 1) return `${b} is better than ${a} in one respect and worse in another.`;
  return signs.has(1) ? `${b} is better than ${a}.` : `${b} is worse than ${a}.`;
}

/** The whole page. */
export function renderComparison({ names, comparison, pairs, version }: ComparisonData): string {
  const { items, threads, same, metrics, onlyInA, onlyInB } = comparison;
  const verdict = compareVerdict(comparison, names);
  const { worse, better } = mostChanged(pairs, SHOWN);
  const left =
    onlyInA + onlyInB > 0
      ? ` ${onlyInA} mails of ${names[0]} and ${onlyInB} of ${names[1]} have no partner and are left out.`
      : "";
  const body = html`<header><h1>${names[1]} against ${names[0]}</h1>
<p class="lead">${counted(items, "mail")} in ${counted(threads, "thread")}, answered by both; ${counted(same, "reply")} the same letter for letter.${left}</p></header>
<div class="verdict${verdict.includes("is better than") && !verdict.includes("worse") ? "" : " bad"}"><p>${verdict}</p>${join(metrics.map(metricLine))}</div>
<section><h2>Metrics</h2>${join(metrics.map((metric) => metricChart(metric, names)))}</section>
${checksSection(comparison, names)}
${group(`${names[1]} is further from the reference`, worse, names)}${group(`${names[1]} is nearer to the reference`, better, names)}
<section><h2>How this was tested</h2><p>Metrics: approximate randomization over mails, as sacreBLEU draws it, with ties counted; intervals of the difference by drawing whole threads 1,000 times; checks by McNemar’s exact test; all p-values corrected together by Holm, seed ${comparison.seed}.</p><dl>${join(metrics.map(({ name, signature }) => html`<dt>${name}</dt><dd><code>${signature}</code></dd>`))}</dl></section>
<footer>Made by pocketreply ${version}. The mails in this file are as private as the run folders.</footer>`;
  return page(`${names[1]} against ${names[0]}`, body);
}

function metricLine({ name, difference, low, high, adjustedP }: Comparison["metrics"][number]): Html {
  return html`<p>${name} ${signed(difference)} (${signed(low)} to ${signed(high)}), ${pText(adjustedP)} after Holm’s correction.</p>`;
}

function metricChart({ name, a, b }: Comparison["metrics"][number], names: readonly [string, string]): Html {
  const dot = (of: string, value: number, kind: Dot["kind"]): Dot => ({
    name: of,
    value,
    low: value,
    high: value,
    label: score(value),
    kind,
  });
  return html`<h3>${name}</h3>${dotChart([dot(names[0], a, "control"), dot(names[1], b, "model")], name)}`;
}

function checksSection({ checks, items }: Comparison, names: readonly [string, string]): Html {
  const rows = checks.map(
    ({ name, aFailures, bFailures, onlyA, onlyB, adjustedP }) =>
      html`<tr><td>${name}</td><td>${aFailures} (${percent(aFailures, items)})</td><td>${bFailures} (${percent(bFailures, items)})</td><td>${onlyA}</td><td>${onlyB}</td><td class="${adjustedP < SIGNIFICANT && onlyB > onlyA ? "bad" : ""}">${pText(adjustedP)}</td></tr>`,
  );
  return html`<section><h2>Checks</h2><p>Replies in which something was found wrong. Only mails on which the two differ count in the test.</p><div class="scroll"><table><thead><tr><th>Check</th><th>${names[0]}</th><th>${names[1]}</th><th>only ${names[0]}</th><th>only ${names[1]}</th><th>p (Holm)</th></tr></thead><tbody>${join(rows)}</tbody></table></div></section>`;
}

function group(title: string, pairs: readonly ComparedItem[], names: readonly [string, string]): Html | null {
  if (pairs.length === 0) return null;
  const cases = pairs.map(({ a, b }) =>
    caseOf(b, {
      left: [names[0], a.student.text],
      right: [names[1], b.student.text],
      figures: `chrF2++ ${score(a.student.chrf)} → ${score(b.student.chrf)} (${signed(b.student.chrf - a.student.chrf)})`,
      reference: true,
    }),
  );
  return html`<section><h2>${title}</h2>${join(cases)}</section>`;
}
