/** "On Thu, 22 Aug 2002, Robert Elz wrote:" in the main languages, on one line or wrapped over up to four. */
import { INTRODUCTION_STARTS, WROTE } from "../languages/introductions.ts";
import { type Line, lineTail } from "./line.ts";

// At the end of the introduction: the verb, then perhaps a date, then a colon.
const VERB = `(?:^|[\\s>)"'*\\]_,]|[\\u3040-\\u9fff\\uac00-\\ud7af])(?:${WROTE})`;
const ENDS_WITH_VERB = new RegExp(`${VERB}(?:\\s*\\([^()]{0,40}\\))?\\s*(?:[:：]|[-–—]{2,8})?$`, "iu");
const HAS_VERB = new RegExp(`${VERB}(?![\\p{L}])`, "iu");
const STARTS = new RegExp(`^(?:[-–—]{2,8}\\s)?[*_]?(?:${INTRODUCTION_STARTS})(?![\\p{L}])`, "iu");
const ADDRESS = /[<([（](?:mailto:)?[^\s@<>()]{1,64}@[^\s<>()]{1,100}[>)\]）]/;

const MAX_LINES = 4;
const MAX_CHARACTERS = 400;

/**
 * The first line of an introduction that ends at line `last`, directly above quoted text; null where that line is new
 * text. Above a quote a name with a verb and a colon is enough.
 */
export function findAttribution(lines: readonly Line[], last: number): number | null {
  const end = lineTail(lines[last], 80);
  const hasColon = /[:：;]$/.test(end);
  const own = lines[last].head;
  const saysSo = (hasColon && HAS_VERB.test(end)) || ENDS_WITH_VERB.test(end);
  const namesSender = hasColon && /[<([]?[^\s@<>]{1,64}@[^\s@<>]{1,100}/.test(own) && own.length < 200;
  const start = firstLine(lines, last);
  if (saysSo || namesSender) return start ?? last;
  return hasColon && start !== null && isDated(lines[start].head) ? start : null; // "On Friday at 9:40, Kate mentioned:"
}

/**
 * The line after an introduction at line i that is sure of itself: it starts with "On" or the like, holds a date, ends
 * with a verb and a colon; or, in any language, it is a paragraph of its own with a date, a time and an address in brackets, and ends
 * with a colon. It counts even with no marked quote right below. Null where there is none.
 */
export function endOfFreeAttribution(lines: readonly Line[], i: number): number | null {
  const starts = STARTS.test(lines[i].head);
  const above = lines[i - 1];
  const isOwnParagraph = above === undefined || above.isBlank || above.kind !== "new";
  if (!starts && !isOwnParagraph) return null;
  let text = "";
  for (let k = i; k < Math.min(lines.length, i + MAX_LINES); k++) {
    const line = lines[k];
    if (line.isBlank || line.kind !== "new") return null;
    text += ` ${line.head}`;
    if (text.length > MAX_CHARACTERS) return null;
    if (!/[:：]$|\s[-–—]{2,8}$/.test(line.head)) continue;
    if (starts && ENDS_WITH_VERB.test(lineTail(line, 80))) return isDated(text) ? k + 1 : null;
    if (ADDRESS.test(text) && (isStamped(text) || (HAS_VERB.test(text) && isDated(text)))) return k + 1;
  }
  return null;
}

/** A day with its year, and a time of day. */
function isStamped(text: string): boolean {
  return /\d{4}|\d{1,2}[/.-]\d{1,2}[/.-]\d{2}/.test(text) && /\d{1,2}[:.h]\d\d/.test(text);
}

/** A year, or a time of day: what "On that we wrote:" lacks. */
function isDated(text: string): boolean {
  return /\d{4}|\d{1,2}[:.h]\d\d|\d{1,2}[/.-]\d{1,2}/.test(text);
}

/** Where a wrapped introduction begins: the nearest line above that starts like one, in the same paragraph. */
function firstLine(lines: readonly Line[], last: number): number | null {
  let characters = 0;
  for (let k = last; k >= 0 && last - k < MAX_LINES; k--) {
    const line = lines[k];
    characters += line.head.length;
    if (line.isBlank || line.kind !== "new" || characters > MAX_CHARACTERS) break;
    if (STARTS.test(line.head) && (k === last || isDated(line.head) || line.head.includes("@"))) return k;
  }
  // "<someone@example.org> wrote:" whose name stands on the line above
  const above = lines[last - 1];
  const isTail = /^[<(]?[^\s@<>]{1,64}@\S{1,100}|^\S{0,12}$/.test(lines[last].head);
  if (isTail && above && !above.isBlank && above.kind === "new" && above.head.length < 100 && isDated(above.head))
    return last - 1;
  return null;
}
