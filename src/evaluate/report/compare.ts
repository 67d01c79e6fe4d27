/** The comparison of two runs as one HTML file. */
import { type ComparedItem, type Comparison, mostChanged } from "../compare.ts";
import type { JudgeComparison, OutcomesComparison, PairsComparison } from "../compare-judge.ts";
import { caseOf } from "./cases.ts";
import { type Dot, dotChart } from "./chart.ts";
import { counted, percent, pText, score, signed } from "./format.ts";
import { type Html, html, join } from "./html.ts";
import { judgeShare as share, judgeSpan as span } from "./judge.ts";
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
export function compareVerdict({ metrics, checks, judge }: Comparison, [a, b]: readonly [string, string]): string {
  const sure = metrics.filter(({ adjustedP }) => adjustedP < SIGNIFICANT);
  const sureChecks = checks.filter(({ adjustedP }) => adjustedP < SIGNIFICANT);
  const judged = judge === null ? [] : judgeSigns(judge);
  const signs = new Set([
    ...sure.map(({ difference }) => Math.sign(difference)),
    ...sureChecks.map(({ onlyA, onlyB }) => Math.sign(onlyA - onlyB)),
    ...judged,
  ]);
  if (signs.size === 0) return `No difference between ${a} and ${b} is shown: what there is may be chance.`;
  if (signs.size > 1) return `${b} is better than ${a} in one respect and worse in another.`;
  return signs.has(1) ? `${b} is better than ${a}.` : `${b} is worse than ${a}.`;
}

/** Which way what a judge shows beyond chance speaks. */
function judgeSigns({ outcomes, pairs }: JudgeComparison): number[] {
  const sure = (outcomes?.outcomes ?? []).filter(({ adjustedP }) => adjustedP < SIGNIFICANT);
  return [
    ...sure.map(({ difference }) => Math.sign(difference!.estimate)), // no difference has p = 1
    ...(pairs !== null && pairs.adjustedP < SIGNIFICANT ? [Math.sign(pairs.wins - pairs.losses)] : []),
  ];
}

/** The whole page. */
export function renderComparison({ names, comparison, pairs, version }: ComparisonData): string {
  const { items, threads, same, metrics, onlyInA, onlyInB } = comparison;
  const verdict = compareVerdict(comparison, names);
  const { worse, better } = mostChanged(pairs, SHOWN);
  const changed =
    comparison.differing > 0
      ? ` ${counted(comparison.differing, "mail")} with another reference in each left out.`
      : "";
  const left =
    onlyInA + onlyInB > 0
      ? ` ${onlyInA} mails of ${names[0]} and ${onlyInB} of ${names[1]} have no partner and are left out.`
      : "";
  const body = html`<header><h1>${names[1]} against ${names[0]}</h1>
<p class="lead">${counted(items, "mail")} in ${counted(threads, "thread")}, answered by both; ${counted(same, "reply")} the same letter for letter.${left}${changed}</p></header>
<div class="verdict${verdict.includes("is better than") && !verdict.includes("worse") ? "" : " bad"}"><p>${verdict}</p>${join(metrics.map(metricLine))}</div>
<section><h2>Metrics</h2>${join(metrics.map((metric) => metricChart(metric, names)))}</section>
${checksSection(comparison, names)}${comparison.judge && judgedSection(comparison.judge, names)}
${group(`${names[1]} is further from the reference`, worse, names)}${group(`${names[1]} is nearer to the reference`, better, names)}
<section><h2>How this was tested</h2><p>Metrics: approximate randomization over mails, as sacreBLEU draws it, with ties counted; intervals of the difference by drawing whole threads 1,000 times; checks and a judge’s outcomes by McNemar’s exact test, its pairs by the exact sign test; all p-values corrected together by Holm, seed ${comparison.seed}.</p><dl>${join(metrics.map(({ name, signature }) => html`<dt>${name}</dt><dd><code>${signature}</code></dd>`))}</dl></section>
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
  return html`<section><h2>Checks</h2><p>Replies that could not be sent as they are, and why; then the faults of their form. Only mails on which the two differ count in the test.</p><div class="scroll" tabindex="0" role="region" aria-label="Checks"><table><thead><tr><th>Check</th><th>${names[0]}</th><th>${names[1]}</th><th>only ${names[0]}</th><th>only ${names[1]}</th><th>p (Holm)</th></tr></thead><tbody>${join(rows)}</tbody></table></div></section>`;
}

function judgedSection({ outcomes, pairs, refusal }: JudgeComparison, names: readonly [string, string]): Html {
  const warnings = new Set([
    ...(refusal?.split("\n") ?? []),
    ...(outcomes?.warnings ?? []),
    ...(pairs?.warnings ?? []),
  ]);
  const lines = join([...warnings].map((warning) => html`<p class="bad">${warning}</p>`));
  return html`<section><h2>What a judge says</h2>${lines}${outcomes && outcomesPart(outcomes, names)}${pairs && pairsPart(pairs, names)}</section>`;
}

function outcomesPart({ judge, items, scored, outcomes }: OutcomesComparison, names: readonly [string, string]): Html {
  const rows = outcomes.map(
    ({ name, a, b, difference, worst, best, detectable, adjustedP }) =>
      html`<tr><td>${name}</td><td>${share(a.rate)} (${span(a.interval)})</td><td>${share(b.rate)} (${span(b.interval)})</td><td>${difference === null ? "–" : `${points(difference.estimate)} (${points(difference.low)} to ${points(difference.high)})`}</td><td>${points(worst)} to ${points(best)}</td><td>${detectable === null ? "–" : (100 * detectable).toFixed(1)}</td><td class="${adjustedP < SIGNIFICANT && (difference?.estimate ?? 0) < 0 ? "bad" : ""}">${pText(adjustedP)}</td></tr>`,
  );
  return html`<p>${judge.label} has a verdict on both replies to ${scored} of ${counted(items, "mail")}.</p><div class="scroll" tabindex="0" role="region" aria-label="Outcomes by the judge"><table><thead><tr><th>Judged</th><th>${names[0]}</th><th>${names[1]}</th><th>difference in points</th><th>if unscored speak against / for</th><th>would be seen</th><th>p (Holm)</th></tr></thead><tbody>${join(rows)}</tbody></table></div><p class="soft">Would be seen: the smallest difference that these mails show in 80 of 100 tries. ${judge.signature}</p>`;
}

function pairsPart(pairs: PairsComparison, names: readonly [string, string]): Html {
  const { judge, wins, ties, losses, winRate, lengthControlled, detectable, adjustedP } = pairs;
  const even =
    lengthControlled.rate === null
      ? `At equal length: cannot be told (${lengthControlled.reason}).`
      : `At equal length: ${share(lengthControlled.rate)} (${span(lengthControlled.interval)}).`;
  const reach =
    detectable === null ? "" : ` A win rate ${(100 * detectable).toFixed(1)} points from 50 % would be seen.`;
  return html`<h3>${names[1]} against ${names[0]}, pair by pair</h3><p>${wins} wins, ${ties} ties, ${losses} losses of ${counted(pairs.items, "pair")}, each shown in both orders, ${pairs.items - pairs.scored} unscored; win rate ${share(winRate.rate)} (${span(winRate.interval)}), ${pText(adjustedP)} after Holm’s correction. ${even}${reach}</p><p class="soft">${judge.signature}</p>`;
}

const points = (value: number) => `${value < 0 ? "−" : "+"}${(100 * Math.abs(value)).toFixed(1)}`;

function group(title: string, pairs: readonly ComparedItem[], names: readonly [string, string]): Html | null {
  if (pairs.length === 0) return null;
  const cases = pairs.map(({ a, b }) =>
    caseOf(b, {
      left: [names[0], a.student.text, "other"],
      right: [names[1], b.student.text, "model"],
      figures: `chrF2++ ${score(a.student.chrf)} → ${score(b.student.chrf)} (${signed(b.student.chrf - a.student.chrf)})`,
      reference: true,
    }),
  );
  return html`<section><h2>${title}</h2>${join(cases)}</section>`;
}
