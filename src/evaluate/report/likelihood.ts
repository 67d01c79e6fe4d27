/** How likely the references are to the model: loss, bits per byte, top-1 accuracy and ExactMatch. */
import type { ReportData } from "./data.ts";
import { counted } from "./format.ts";
import { type Html, html, join } from "./html.ts";
import { NAMES } from "./names.ts";

/** Lengths of ExactMatch that are shown, in words. */
const LENGTHS = [1, 3, 5, 10] as const;

/** Loss, bits per byte and ExactMatch of the model and the base; null for an evaluation that did not measure them. */
export function likelihoodSection({ evaluation: { likelihood } }: ReportData): Html | null {
  if (likelihood === undefined) return null;
  const { student, base, missing } = likelihood;
  const models = [
    [NAMES.student, student, "model"],
    [NAMES.base, base, ""],
  ] as const;
  const rows = models.flatMap(([name, figures, kind]) => {
    if (figures === null) return [];
    const { loss, bitsPerByte, top1, exactMatch } = figures;
    const shares = [top1, ...LENGTHS.map((n) => exactMatch.byLength[n - 1]), exactMatch.mean];
    return [
      html`<tr class="${kind}"><td>${name}</td><td>${loss.toFixed(3)}</td><td>${bitsPerByte.toFixed(3)}</td>${join(shares.map((value) => html`<td>${share(value)}</td>`))}</tr>`,
    ];
  });
  const measured = student ?? base;
  return html`<section><h2 id="likelihood">Likelihood of the references</h2>
<p>The model is shown each reference up to every token, and asked for the next. This is no reply of the model: it says how well the model knows what the teacher writes.</p>
${rows.length === 0 ? null : html`<div class="scroll" tabindex="0" role="region" aria-label="Likelihood"><table><thead><tr><th>References, to</th><th>loss</th><th>bits a byte</th><th>top-1</th>${join(LENGTHS.map((n) => html`<th>${n} ${n === 1 ? "word" : "words"}</th>`))}<th>1 to 15 words</th></tr></thead><tbody>${join(rows)}</tbody></table></div>`}
<p class="soft">${
    measured === null
      ? null
      : html`From ${counted(measured.references, "reference")}${measured.unread === 0 ? "" : ` (${measured.unread} do not fit the context)`}. Loss: nats a token, the end of the reply counted, as in training; bits a byte compare between vocabularies; top-1: tokens that are the likeliest in their place; the rest is Smart Compose’s ExactMatch: from every word on, the next N words that the model would write exactly.`
  }${missing === null ? null : ` None of the model: ${missing}.`}</p></section>`;
}

const share = (value: number | null) => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);
