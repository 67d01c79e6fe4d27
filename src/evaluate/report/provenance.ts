/** How to make each number again: signatures, digests, the recipe; and the readings that are not comparable. */
import type { ReportData } from "./data.ts";
import { score } from "./format.ts";
import { type Html, html, join } from "./html.ts";

/** Signatures, the readings that explain published figures, digests, the recipe. */
export function provenanceSection({ evaluation, recipe, version }: ReportData): Html {
  const { student } = evaluation.systems;
  const rows: [string, string][] = [
    ["BLEU", student.bleu.signature],
    ["its interval", student.bleuInterval.signature],
    [student.chrf.name, student.chrf.signature],
    ["ROUGE", student.rouge.signature],
    ...(evaluation.bertscore ? [["BERTScore", evaluation.bertscore.signature] as [string, string]] : []),
    ["test set (SHA-256)", evaluation.testSet],
    ["evaluated.jsonl (SHA-256)", evaluation.evaluatedSha256],
    ["pocketreply", version],
  ];
  const readings = evaluation.compat.map(
    ({ name, score: value, description, missing }) =>
      html`<tr><td>${name}</td><td>${value === null ? "–" : score(value)}</td><td class="left">${description}${missing === null ? "" : ` (needs ${missing})`}</td></tr>`,
  );
  const settings = recipe.map(([key, value]) => html`<dt><code>${key}</code></dt><dd><code>${value}</code></dd>`);
  return html`<section><h2 id="signatures">How to make these numbers again</h2>
<dl>${join(rows.map(([name, value]) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`))}</dl>
<h3>Readings of BLEU that are not comparable</h3><p>Only the first is BLEU as others report it; the rest explain figures that look too good.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Readings of BLEU"><table><thead><tr><th>Reading</th><th>BLEU</th><th class="left">What it is</th></tr></thead><tbody>${join(readings)}</tbody></table></div>
${settings.length === 0 ? null : html`<details><summary>The recipe, where it differs from the defaults</summary><dl>${join(settings)}</dl></details>`}</section>`;
}
