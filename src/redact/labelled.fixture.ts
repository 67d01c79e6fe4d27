/** The labelled mails of golden/redact/, and how well a redaction finds what they label. */
import { readFileSync } from "node:fs";
import { createNameBook, createNameFinder } from "./names.ts";
import { PLACEHOLDER_KINDS, type PlaceholderKind } from "./placeholders.ts";
import { findPrivate } from "./redact.ts";
import { namesInText } from "./text-names.ts";

export interface LabelledMail {
  readonly line: number;
  readonly names: readonly string[];
  readonly text: string;
  readonly labels: readonly { readonly kind: PlaceholderKind; readonly start: number; readonly end: number }[];
}

/** Reads items.txt: names, " :: ", text with {{KIND|value}}. */
export function readLabelled(path: string): LabelledMail[] {
  const mails: LabelledMail[] = [];
  for (const [index, row] of readFileSync(path, "utf8").split("\n").entries()) {
    if (row === "" || row.startsWith("#")) continue;
    const at = row.indexOf(":: ");
    const names = row
      .slice(0, at)
      .trim()
      .split(/(?<!\\), /)
      .map((name) => name.replaceAll("\\,", ","))
      .filter((name) => name !== "");
    const labels: { kind: PlaceholderKind; start: number; end: number }[] = [];
    let text = "";
    for (const part of row
      .slice(at + 3)
      .replaceAll("\\n", "\n")
      .split(/(\{\{[A-Z]+\|[^}]*\}\})/)) {
      const label = /^\{\{([A-Z]+)\|([^}]*)\}\}$/.exec(part);
      if (label) {
        const kind = PLACEHOLDER_KINDS.find((name) => name === label[1]);
        if (!kind) throw new Error(`${path}, line ${index + 1}: unknown kind ${label[1]}`);
        labels.push({ kind, start: text.length, end: text.length + label[2].length });
      }
      text += label ? label[2] : part;
    }
    mails.push({ line: index + 1, names, text, labels });
  }
  return mails;
}

export interface KindScore {
  labelled: number;
  /** Labelled parts of which nothing leaves the machine. */
  covered: number;
  found: number;
  /** Found parts that touch a labelled one. */
  right: number;
}

/** Scores by kind, and a line for each mistake. */
export function scoreRedaction(mails: readonly LabelledMail[]): { scores: Map<string, KindScore>; mistakes: string[] } {
  const scores = new Map<string, KindScore>();
  const mistakes: string[] = [];
  const score = (kind: string) => {
    const known = scores.get(kind) ?? { labelled: 0, covered: 0, found: 0, right: 0 };
    scores.set(kind, known);
    return known;
  };
  for (const { line, names, text, labels } of mails) {
    const sources = { people: names, shown: namesInText(text), book: createNameBook([]) };
    const found = findPrivate(text, createNameFinder(sources));
    for (const label of labels) {
      score(label.kind).labelled++;
      let at = label.start;
      for (const span of found) if (span.start <= at && span.end > at) at = span.end;
      if (at >= label.end) score(label.kind).covered++;
      else mistakes.push(`line ${line}: missed ${label.kind} ${text.slice(label.start, label.end)}`);
    }
    for (const span of found) {
      score(span.kind).found++;
      if (labels.some(({ start, end }) => start < span.end && end > span.start)) score(span.kind).right++;
      else mistakes.push(`line ${line}: wrong ${span.kind} ${text.slice(span.start, span.end)}`);
    }
  }
  return { scores, mistakes };
}
