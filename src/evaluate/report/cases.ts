/** Single mails: the worst replies and those that changed most from the base, side by side with the differing words marked. */
import { cutText } from "../../formats/index.ts";
import { diffWords, type Piece } from "../../metrics/index.ts";
import type { EvaluatedItem, ScoredReply } from "../items.ts";
import type { ReportData } from "./data.ts";
import { percent, score, shorten, signed } from "./format.ts";
import { type Html, html, join } from "./html.ts";
import { tellLoops } from "./loops.ts";

const SHOWN = 8;

/** The replies furthest from their references. */
export function worstSection({ items }: ReportData): Html {
  const worst = [...items].sort((a, b) => a.student.chrf - b.student.chrf || (a.id < b.id ? -1 : 1)).slice(0, SHOWN);
  const cases = worst.map(modelBesideReference);
  return html`<section><h2 id="worst">The ${cases.length} replies furthest from the teacher’s</h2><p>Far is not wrong: judge for yourself. Marked: what the other side does not say.</p>${join(cases)}</section>`;
}

/** The model's reply beside the reference, the mail open to be read. */
export function modelBesideReference(item: EvaluatedItem): Html {
  return caseOf(item, {
    left: ["The model", item.student.text, "model"],
    right: ["The reference", item.reference, "other"],
    figures: `chrF2++ ${score(item.student.chrf)}`,
  });
}

/** The replies that fine-tuning changed most, for better and for worse; nothing where there is no base. */
export function changedSection({ items }: ReportData): Html | null {
  const pairs = items.flatMap((item) => (item.base === null ? [] : [{ item, base: item.base }]));
  if (pairs.length === 0) return null;
  const gain = ({ item, base }: { item: EvaluatedItem; base: ScoredReply }) => item.student.chrf - base.chrf;
  const sorted = pairs.sort((a, b) => gain(a) - gain(b) || (a.item.id < b.item.id ? -1 : 1));
  const lost = sorted.filter((pair) => gain(pair) < 0).slice(0, SHOWN / 2);
  const won = sorted
    .filter((pair) => gain(pair) > 0)
    .reverse()
    .slice(0, SHOWN / 2);
  const show = ({ item, base }: (typeof pairs)[number]) =>
    caseOf(item, {
      left: ["Base, not tuned", base.text, "other"],
      right: ["The model", item.student.text, "model"],
      figures: `chrF2++ ${score(base.chrf)} → ${score(item.student.chrf)} (${signed(item.student.chrf - base.chrf)})`,
      reference: true,
    });
  const group = (title: string, list: typeof pairs) =>
    list.length === 0 ? null : html`<h3>${title}</h3>${join(list.map(show))}`;
  return html`<section><h2 id="changed">What fine-tuning changed most</h2>${group("For the worse", lost) ?? html`<p>No reply came out further from its reference than the base’s.</p>`}${group("For the better", won)}</section>`;
}

/** A text under its title; its colour says whose words are marked, on whichever side they stand. */
type Side = readonly [title: string, text: string, whose: "model" | "other"];

/** One mail with two texts side by side: marked is what the other does not say. */
export function caseOf(
  item: Pick<EvaluatedItem, "id" | "email" | "reference" | "slices" | "student" | "likeness">,
  options: { left: Side; right: Side; figures: string; reference?: boolean },
): Html {
  const { left, right, figures, reference = false } = options;
  const [before, after] = [shorten(tellLoops(left[1])), shorten(tellLoops(right[1]))];
  const pieces = diffWords(before, after, { ignoreCase: true });
  const { id, email, slices, student, likeness } = item;
  const found = student.faults.map(
    ({ fault, text }) =>
      html`<li><b>${fault}</b> ${text === "" ? null : html`“${cutText(tellLoops(text), 160)}”`}</li>`,
  );
  return html`<article class="item"><header><b>${subjectOf(email)}</b><span>${figures}</span><span>${slices.length}, ${asksText(slices.asks)}</span><span>${percent(likeness.containment, 1)} seen in training</span><code>${id}</code></header>
<details><summary>The mail</summary><p class="text">${shorten(email)}</p></details>
<div class="pair"><div><h4>${left[0]}</h4>${textOf(before, pieces, "before", left[2])}</div><div><h4>${right[0]}</h4>${textOf(after, pieces, "after", right[2])}</div></div>${
    reference
      ? html`<details><summary>The reference</summary><p class="text">${shorten(item.reference)}</p></details>`
      : null
  }${found.length === 0 ? null : html`<ul class="tags">${join(found)}</ul>`}</article>`;
}

const asksText = (asks: string) => (asks === "1" ? "1 ask" : `${asks} asks`);

/** The subject of a mail as it was read. */
export function subjectOf(email: string): string {
  const subject = /^Subject: *(.+)$/m.exec(email.slice(0, 2000))?.[1].trim() ?? "";
  return subject === "" ? "(no subject)" : cutText(subject, 120);
}

/** One side of a difference; all of it differs where there was too much to compare. */
function textOf(whole: string, pieces: readonly Piece[] | null, side: "before" | "after", whose: Side[2]): Html {
  if (whole.trim() === "") return html`<p class="text empty">(empty)</p>`;
  if (pieces === null) return html`<p class="text">${markUp(whole, whose)}</p>`;
  const marked = pieces.map((piece) => {
    const text = piece[side];
    return piece.kind === "same" ? html`${text}` : markUp(text, whose);
  });
  return html`<p class="text">${join(marked)}</p>`;
}

/** The mark ends before the space at a line's end, so that no coloured gap is left. */
function markUp(text: string, whose: Side[2]): Html {
  const lines = text.split(/(?<!\s)(\s*\n\s*|\s+$)/).map((part) => {
    if (part.trim() === "") return html`${part}`;
    return html`<mark class="${whose}">${part}</mark>`;
  });
  return join(lines);
}
