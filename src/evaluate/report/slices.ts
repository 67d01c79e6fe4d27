/** The scores by what the mails are like, and how they are spread. */
import { SLICES, type SliceName } from "../slices.ts";
import { histogram } from "./chart.ts";
import { subsetTable } from "./controls.ts";
import type { ReportData } from "./data.ts";
import { counted } from "./format.ts";
import { type Html, html, join } from "./html.ts";

const TITLES: Readonly<Record<Exclude<SliceName, "similarity">, string>> = {
  length: "Length of the mail",
  asks: "Asks in the mail",
  intent: "Intent, by rules",
  language: "Language",
};
/** More rows than this, or rows of fewer mails, are left to evaluation.json. */
const MOST_ROWS = 10;
const FEWEST_MAILS = 3;

/** A table for each way in which mails differ; similarity has a section of its own. */
export function slicesSection({ evaluation }: ReportData): Html {
  const tables = SLICES.flatMap((slice) => {
    if (slice === "similarity") return [];
    const rows = evaluation.slices[slice];
    if (rows.length < 2) return [];
    const isNamed = slice === "intent" || slice === "language";
    const shown = isNamed ? rows.filter(({ items }, i) => i < MOST_ROWS && (items >= FEWEST_MAILS || i < 2)) : rows;
    const rest = rows.slice(shown.length);
    const mails = rest.reduce((sum, { items }) => sum + items, 0);
    const more =
      rest.length === 0
        ? null
        : html`<p class="soft">${rest.length} rarer ones (${counted(mails, "mail")}) are in evaluation.json.</p>`;
    return [html`${subsetTable(TITLES[slice], shown)}${more}`];
  });
  return html`<section><h2 id="slices">By kind of mail</h2><p>A mean hides a weakness. Slices of few mails swing by chance. Orange: a copied neighbour scores no less than the model.</p>${join(tables)}</section>`;
}

/** How the sentence scores of model, base and ceiling are spread. */
export function distributionSection({ items }: ReportData): Html {
  const scores = (pick: "student" | "base" | "ceiling" | "nearest") =>
    items.flatMap((item) => (item[pick] === null ? [] : [item[pick].chrf]));
  const charts = [
    histogram("The model", scores("student"), "model"),
    ...(items[0]?.base ? [histogram("Base, not tuned", scores("base"), "control")] : []),
    histogram("Nearest mail’s reply", scores("nearest"), "control"),
    ...(items[0]?.ceiling ? [histogram("Teacher, asked again", scores("ceiling"), "ceiling")] : []),
  ];
  return html`<section><h2 id="spread">How the scores are spread</h2><p>chrF2++ of each reply against its reference, 0 to 100. Two humps are two kinds of mail.</p><div class="histograms">${join(charts)}</div></section>`;
}
