/**
 * Signatures and footers below a piece of new text. A name below "Best regards" is part of the mail and stays. All stand at the end of
 * the text: from the end up come the footers of services, the signature ("-- ", what HTML calls one, a block of contact details) and
 * the line of a phone.
 */
import { markAppLines } from "./app-line.ts";
import { findContactBlock } from "./contact.ts";
import { markEmbedded } from "./embedded.ts";
import { findFooter } from "./footer.ts";
import type { Line } from "./line.ts";

const MAX_SIGNATURE_LINES = 20; // more lines below "-- " are no signature but text, such as a patch

/** Marks the signature and footer lines of every run of new lines; true where words of a footer were kept in doubt. */
export function markSignature(lines: Line[], author?: string): boolean {
  markEmbedded(lines);
  markNamed(lines);
  let isDoubtful = false;
  for (let start = 0; start < lines.length; ) {
    let end = start;
    while (end < lines.length && lines[end].kind === "new") end++;
    if (end > start) isDoubtful = markRun(lines, { start, end, author }) || isDoubtful;
    start = end + 1;
  }
  return isDoubtful;
}

/** What HTML calls a signature, unless the whole text stands in it. */
function markNamed(lines: Line[]): void {
  const isText = ({ kind, isBlank, isMarkedSignature }: Line) => kind === "new" && !isBlank && !isMarkedSignature;
  if (!lines.some(isText)) return;
  for (const line of lines) if (line.kind === "new" && line.isMarkedSignature) line.kind = "signature";
}

function markRun(lines: Line[], run: { start: number; end: number; author: string | undefined }): boolean {
  const { start, end, author } = run;
  const footer = findFooter(lines, start, end);
  const beforeFooter = footer.from ?? end;
  const delimiter = findDelimiter(lines, start, beforeFooter);
  markAppLines(lines, start, delimiter ?? beforeFooter);
  const textEnd = lastNew(lines, start, delimiter ?? beforeFooter);
  const contact = delimiter === null ? findContactBlock(lines, start, textEnd, author) : null;
  const from = contact ?? delimiter ?? beforeFooter;
  for (let k = from; k < end; k++) lines[k].kind = "signature";
  keepPostscript(lines, from, beforeFooter);
  return footer.isDoubtful;
}

const POSTSCRIPT = /^(?:p\.?\s?){1,2}s(?:\.\s?:?|\s?[:–—-])\s?\S/i;

/** A postscript stands below the signature and is text: its paragraph stays. */
function keepPostscript(lines: Line[], start: number, end: number): void {
  for (let k = start + 1; k < end; k++) {
    if (!lines[k - 1].isBlank || !POSTSCRIPT.test(lines[k].head)) continue;
    for (lines[k - 1].kind = "new"; k < end && !lines[k].isBlank; k++) lines[k].kind = "new";
  }
}

/** The line after the last one that is still text. */
function lastNew(lines: readonly Line[], start: number, end: number): number {
  let k = end;
  while (k > start && (lines[k - 1].isBlank || lines[k - 1].kind !== "new")) k--;
  return k;
}

/** "-- " (or "--", where blanks at line ends got lost), with few enough lines below it. */
function findDelimiter(lines: readonly Line[], start: number, end: number): number | null {
  let linesBelow = 0;
  let found: number | null = null;
  for (let k = end - 1; k >= start && linesBelow <= MAX_SIGNATURE_LINES; k--) {
    const line = lines[k];
    if (line.isBlank) continue;
    if (line.head === "--" || line.head === "—" || line.head === "- --") found = k;
    linesBelow++;
  }
  return found;
}
