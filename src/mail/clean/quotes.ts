/**
 * What a mail says that is new, apart from what it quotes and how it is signed. Every line gets one kind, from its own first
 * characters and a bounded look around it, so the time is linear in the text whatever it holds. No expression is ever
 * run on more than LINE_CHARACTERS of a line.
 */

import { countSaid } from "../text.ts";
import { endOfFreeAttribution, findAttribution, isGroupWise } from "./attribution.ts";
import {
  isForwardMark,
  isHeaderLine,
  isOriginalMark,
  isPartingLine,
  isReplyMarker,
  readHeaderBlock,
  readNotesBlock,
} from "./forwarded.ts";
import { type Line, readLines } from "./line.ts";
import { markSignature } from "./signature.ts";

/** A mail's text in its parts. Joined in the order of their lines they are the whole text, but for blank lines at part ends. */
export interface SplitText {
  /** The new text; of a mail that only forwards another, the forwarded text. */
  readonly visible: string;
  /** Quoted or forwarded text with the lines that introduce it. */
  readonly quoted: string;
  /** Signatures, "Sent from my phone" lines, footers of mailing lists and mail services. */
  readonly signature: string;
  /** New text stands between quoted lines: each piece answers the lines above it, which are not in `visible`. */
  readonly interleaved: boolean;
  /** Of such a text, each piece of new text with the quoted lines it stands below; empty where nothing is interleaved. */
  readonly pieces: readonly QuotedAnswer[];
  /** Words of a footer or a legal notice stand in `visible`, because something stands below them. */
  readonly isDoubtful: boolean;
}

/** What the headers say about the text. */
export interface TextRole {
  /** It answers another mail. A first mail quotes nobody without saying so: its `>` are bullets, its "From: …" a form's lines. */
  readonly isAnswer: boolean;
  /** It passes another mail on, which is then part of what it says. */
  readonly isForward: boolean;
  /** The sender's name, with which a signature may begin. */
  readonly author?: string;
}

/** A piece of new text and the marked lines directly above it, without their first mark; `quoted` is empty above the first quote. */
export interface QuotedAnswer {
  readonly quoted: string;
  readonly answer: string;
}

const MAX_LINES = 50_000; // lines past these are taken for quoted text; a mail to answer has a few hundred
const MAX_COMMENT_CHARACTERS = 20; // above a forwarded mail: "FYI", "see below"; more than that is a mail of its own

/** Splits the text of a mail (LF line ends, cleaned; blanks at line ends kept where "-- " should be known). */
export function splitQuotes(text: string, role: TextRole = { isAnswer: true, isForward: false }): SplitText {
  const { lines, rest } = readLines(text, MAX_LINES);
  markQuotes(lines, role);
  markHistory(lines, role);
  markAttributions(lines);
  const isDoubtful = markSignature(lines, role.author);
  const interleaved = isInterleaved(lines);
  return {
    visible: joinKind(lines, "new"),
    quoted: joinKind(lines, "quoted") + rest,
    signature: joinKind(lines, "signature"),
    interleaved,
    pieces: interleaved ? takePieces(lines) : [],
    isDoubtful,
  };
}

/** The new text cut where quotes stand between. Lines that only introduce a quote ("On … wrote:") carry no mark and are left out. */
function takePieces(lines: readonly Line[]): QuotedAnswer[] {
  const pieces: QuotedAnswer[] = [];
  let quoted: string[] = [];
  let answer: string[] = [];
  const finish = () => {
    const text = answer.join("\n").trim();
    if (text === "") return;
    pieces.push({ quoted: quoted.join("\n").trim(), answer: text });
    quoted = [];
  };
  for (const line of lines) {
    if (line.kind === "quoted" && line.mark !== null) {
      finish();
      answer = [];
      quoted.push(line.text.trimStart().slice(line.mark.length).replace(/^ /, "").trimEnd());
    } else if (line.kind === "new") answer.push(line.text.trimEnd());
  }
  finish();
  return pieces;
}

/** Lines that begin with `>`, `|` or initials such as `JD>`; and the end of a quoted line that a mail program wrapped. */
function markQuotes(lines: Line[], { isAnswer }: TextRole): void {
  const times = new Map<string | null, number>(); // of each mark: initials that stand once may be anything
  for (const { mark } of lines) times.set(mark, (times.get(mark) ?? 0) + 1);
  const isAllMarked = lines.every(({ mark, isBlank }) => isBlank || mark !== null);
  for (const [i, line] of lines.entries()) {
    if (line.mark === null) continue;
    if (isEscapedFrom(lines, i)) continue;
    if (line.isOwn && !isIntroduced(lines, i)) continue;
    if (!isAnswer && !isAllMarked && !isIntroduced(lines, i) && !isWrapped(lines, i)) continue;
    const isRepeated = line.mark === "|" ? false : times.get(line.mark)! > 1;
    const isBeside = lines[i - 1]?.mark === line.mark || lines[i + 1]?.mark === line.mark;
    if (line.mark === ">" || isRepeated || isBeside) line.kind = "quoted";
  }
  for (let i = 1; i + 1 < lines.length; i++) {
    const [before, line, after] = [lines[i - 1], lines[i], lines[i + 1]];
    if (line.kind !== "new" || before.kind !== "quoted" || line.isBlank) continue;
    const isRest = before.head.length >= 60 && line.head.length <= 30 && /^[\p{Ll}\d(]/u.test(line.head);
    if (isRest && after.kind === "quoted") line.kind = "quoted";
    else if (/^<?https?:\/\//.test(line.head)) markBrokenLink(lines, i);
  }
}

/** A lone ">From …" is no quotation: mailboxes escape such lines, some more than once. */
function isEscapedFrom(lines: Line[], i: number): boolean {
  if (!/^>+From /.test(lines[i].text) || lines[i - 1]?.mark === ">" || lines[i + 1]?.mark === ">") return false;
  lines[i].text = lines[i].text.replace(/^>+/, "");
  return true;
}

/** A marked line that is part of a paragraph which somebody's program wrapped: bullets are short, or stand alone. */
function isWrapped(lines: readonly Line[], i: number): boolean {
  const isMarked = (line: Line | undefined) => line !== undefined && line.mark === ">";
  const goesOn = (at: number) =>
    isMarked(lines[at]) &&
    isMarked(lines[at + 1]) &&
    isWide(lines[at]) &&
    /^>+ ?[\p{Ll}\p{N}]/u.test(lines[at + 1].head);
  let from = i;
  while (from > 0 && i - from < MAX_WRAPPED_LINES && isMarked(lines[from - 1])) from--;
  for (let k = from; k < Math.min(lines.length, i + MAX_WRAPPED_LINES) && isMarked(lines[k]); k++)
    if (goesOn(k)) return true;
  return false;
}

const MAX_WRAPPED_LINES = 12;
const isWide = (line: Line) => line.head.length >= 45;

/** A link that a mail program broke out of a quotation: the lines of it, if the quotation goes on right below. */
function markBrokenLink(lines: Line[], from: number): void {
  let end = from + 1;
  while (end < lines.length && end - from < MAX_LINK_LINES && lines[end].kind === "new" && !lines[end].isBlank) end++;
  const isLink = lines.slice(from, end).every(({ head }) => !/\s/.test(head));
  if (isLink && lines[end]?.kind === "quoted") setKind(lines, from, end, "quoted");
}

const MAX_LINK_LINES = 6;

/** Whether the line above, blank lines aside, is quoted already or introduces a quotation. */
function isIntroduced(lines: readonly Line[], i: number): boolean {
  let above = i - 1;
  while (above >= 0 && lines[above].isBlank && i - above <= 3) above--;
  if (above < 0 || lines[above].isBlank) return false;
  return lines[above].kind === "quoted" || findAttribution(lines, above) !== null;
}

/**
 * Unmarked history: from "-----Original Message-----", an Outlook block (`From: … Sent: … Subject: …`) or a dated "On … wrote:"
 * to the end. A block with marked quotes below it only introduces them; one with next to nothing above it is a forwarded mail.
 */
function markHistory(lines: Line[], role: TextRole): void {
  let newCharacters = 0; // of new text above
  let signed = false;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line.kind === "quoted" && isGroupWise(line) && newCharacters >= MAX_COMMENT_CHARACTERS) {
      setKind(lines, i, lines.length, "quoted");
      return;
    }
    if (line.kind !== "new" || line.isBlank) continue;
    if (isReplyMarker(line)) {
      setKind(lines, i, newCharacters > 0 ? lines.length : i + 1, "quoted"); // nothing above: the help desk's own mail
      if (newCharacters > 0) return;
      continue;
    }
    const found = findHistory(lines, i);
    if (!found) {
      signed ||= line.head === "--";
      if (!signed) newCharacters += countSaid(line.head);
      continue;
    }
    const isContent = role.isForward || (!role.isAnswer && !isOriginalMark(line));
    const isOnlyThis = newCharacters < MAX_COMMENT_CHARACTERS || isContent;
    const next = nextText(lines, found.end);
    const hasQuotes = next < lines.length && lines[next].kind === "quoted";
    if (hasQuotes && !(found.isForward && isOnlyThis)) {
      setKind(lines, i, found.end, "quoted");
      i = found.end - 1;
    } else if (isOnlyThis) {
      markForwarded(lines, i, found.isForward && hasQuotes);
      return;
    } else {
      setKind(lines, partingAbove(lines, i), lines.length, "quoted");
      return;
    }
  }
}

/** Where a rule or "Original Message" parts the old mail at line i from the text above, that line; else i. */
function partingAbove(lines: readonly Line[], i: number): number {
  let above = i - 1;
  while (above > 0 && i - above <= 3 && lines[above].isBlank) above--;
  return above >= 0 && lines[above].kind === "new" && isPartingLine(lines[above]) ? above : i;
}

/** A forwarded mail is the content. What it quotes itself stays quoted, unless it says nothing besides or stands in quotes as a whole. */
function markForwarded(lines: Line[], from: number, isQuotedWhole: boolean): void {
  let characters = 0;
  for (let k = from; k < lines.length; k++)
    if (lines[k].kind === "new" && !isHeaderLine(lines[k])) characters += lines[k].head.length;
  const keepsQuotes = isQuotedWhole || characters < MAX_COMMENT_CHARACTERS;
  for (let k = from; k < lines.length; k++) {
    if (keepsQuotes) lines[k].kind = "new";
    if (isQuotedWhole) lines[k].text = lines[k].text.replace(/^ {0,4}> ?/, "");
    lines[k].isForwarded = lines[k].kind === "new";
  }
}

/** Whether unmarked history starts at line i, and the line after what introduces it. */
function findHistory(lines: readonly Line[], i: number): { end: number; isForward: boolean } | null {
  const isForward = isForwardMark(lines[i]);
  if (isForward || isOriginalMark(lines[i])) {
    return { end: readHeaderBlock(lines, nextText(lines, i + 1))?.end ?? i + 1, isForward };
  }
  const block = readHeaderBlock(lines, i);
  if (block?.isMail || (block?.isPart && lines[nextText(lines, block.end)]?.kind === "quoted"))
    return { end: block.end, isForward: false };
  const notes = readNotesBlock(lines, i);
  if (notes !== null) return { end: notes, isForward: false };
  const end = endOfFreeAttribution(lines, i);
  if (end === null) return null;
  // with marked quotes further down it is one of theirs: the lines between are "[...]" or a greeting
  for (let k = end; k < Math.min(lines.length, end + NEAR_LINES); k++) if (lines[k].kind === "quoted") return null;
  const hasTextAbove = lines.slice(Math.max(0, i - NEAR_LINES), i).some((line) => line.kind === "new" && !line.isBlank);
  return hasTextAbove && nextText(lines, end) < lines.length ? { end, isForward: false } : null;
}

const NEAR_LINES = 8;

/** The lines above a block of quotes that say whose they are; a dated "On … wrote:" also with "[...]" or a greeting between. */
function markAttributions(lines: Line[]): void {
  for (let i = 0; i < lines.length; i++) {
    if (lines[i].kind !== "new" || lines[i].isBlank || lines[i].isForwarded) continue;
    const end = endOfFreeAttribution(lines, i);
    if (end !== null) markOwnSign(lines, nextText(lines, end));
    if (end !== null && lines.slice(end, end + NEAR_LINES).some(({ kind }) => kind === "quoted"))
      setKind(lines, i, end, "quoted");
  }
  for (let i = 1; i < lines.length; i++) {
    if (lines[i].kind !== "quoted" || lines[i - 1].kind === "quoted") continue;
    let above = i - 1;
    while (above >= 0 && lines[above].isBlank && i - above <= 3) above--;
    if (above < 0 || lines[above].kind !== "new" || lines[above].isBlank || lines[above].isForwarded) continue;
    const start = findAttribution(lines, above);
    if (start !== null) setKind(lines, start, above + 1, "quoted");
  }
}

const MAX_OWN_SIGN_LINES = 500;

/** Below an introduction, two lines that begin with the same odd sign (`--]`, `:`, `}`): the lines with it are quotes. */
function markOwnSign(lines: Line[], first: number): void {
  const sign = /^[^\p{L}\p{N}\s"'“”‘’«»([<*•·.…-]?[^\p{L}\p{N}\s"'“”‘’«»([<*•·.…]{1,3}(?!\S{0,3}$)/u.exec(
    lines[first]?.head ?? "",
  )?.[0];
  if (!sign || lines[first].kind !== "new" || !lines[first + 1]?.head.startsWith(sign)) return;
  for (const line of lines.slice(first, first + MAX_OWN_SIGN_LINES))
    if (line.kind === "new" && line.head.startsWith(sign)) line.kind = "quoted";
}

/** New text with quotes both before and after it. */
function isInterleaved(lines: readonly Line[]): boolean {
  let quotedBefore = false;
  let newBetween = false;
  for (const line of lines) {
    if (line.isBlank) continue;
    if (line.kind === "quoted") {
      if (newBetween) return true;
      quotedBefore = true;
    } else if (line.kind === "new" && quotedBefore && /[\p{L}\p{N}]/u.test(line.head)) newBetween = true;
  }
  return false;
}

function setKind(lines: Line[], start: number, end: number, kind: Line["kind"]): void {
  for (let k = start; k < end; k++) lines[k].kind = kind;
}

function nextText(lines: readonly Line[], from: number): number {
  let i = from;
  while (i < lines.length && lines[i].isBlank) i++;
  return i;
}

/** The lines of one kind; where others stood between them, one blank line. */
function joinKind(lines: readonly Line[], kind: Line["kind"]): string {
  const kept: string[] = [];
  let gap = false;
  for (const line of lines) {
    if (line.kind !== kind) {
      gap ||= !line.isBlank;
      continue;
    }
    if (gap && kept.length > 0) kept.push("");
    gap = false;
    kept.push(line.text);
  }
  return kept.join("\n");
}
