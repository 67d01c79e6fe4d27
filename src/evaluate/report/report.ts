/**
 * report.html: an evaluation for a person, in one file. It loads nothing and runs nothing: no script, no font, no picture, and a policy
 * that forbids them, so that mail inside it can do no harm.
 */
import { createHash } from "node:crypto";
import { changedSection, worstSection } from "./cases.ts";
import { controlsSection, leakageSection } from "./controls.ts";
import type { ReportData } from "./data.ts";
import { failuresSection } from "./failures.ts";
import { headline } from "./headline.ts";
import { healthSection } from "./health.ts";
import { escapeHtml, type Html, html, join } from "./html.ts";
import { judgeSection } from "./judge.ts";
import { likelihoodSection } from "./likelihood.ts";
import { provenanceSection } from "./provenance.ts";
import { groundingSection, sendableSection, threeSection } from "./sendable.ts";
import { distributionSection, slicesSection } from "./slices.ts";
import { STYLE } from "./style.ts";

/** The whole page. The same data gives the same bytes. */
export function renderReport(data: ReportData): string {
  const sections = [
    threeSection(data),
    sendableSection(data),
    groundingSection(data),
    controlsSection(data),
    likelihoodSection(data),
    judgeSection(data),
    failuresSection(data),
    slicesSection(data),
    leakageSection(data),
    distributionSection(data),
    worstSection(data),
    changedSection(data),
    healthSection(data),
    provenanceSection(data),
  ].filter((part) => part !== null);
  return page(
    `${data.name}: evaluation`,
    html`${headline(data)}${contents(sections)}${join(sections)}<footer>Made by pocketreply ${data.version}. The mails in this file are as private as the run folder.</footer>`,
  );
}

const CONTENTS = [
  ["three", "Three replies"],
  ["sendable", "Could be sent?"],
  ["grounding", "Made up"],
  ["controls", "Controls"],
  ["likelihood", "Likelihood"],
  ["judge", "A judge"],
  ["failures", "Form"],
  ["slices", "By kind of mail"],
  ["leakage", "Seen in training"],
  ["spread", "Spread"],
  ["worst", "Furthest"],
  ["changed", "Changed most"],
  ["health", "The run"],
  ["signatures", "Signatures"],
] as const;

function contents(sections: readonly Html[]): Html {
  const links = CONTENTS.filter(([id]) => sections.some((section) => section.html.includes(`<h2 id="${id}">`)));
  return html`<nav>${join(links.map(([id, name]) => html`<a href="#${id}">${name}</a>`))}</nav>`;
}

/** A page of our style: nothing but this style sheet may be loaded or run. */
export function page(title: string, body: Html): string {
  const style = createHash("sha256").update(STYLE).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${style}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><main>${body.html}</main></body></html>
`;
}
