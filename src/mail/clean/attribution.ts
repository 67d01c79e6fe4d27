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
const MAX_SHORT_CHARACTERS = 160;
const ASKS = /[?？؟]/;
/** A name of up to six words, an address in brackets, perhaps a verb. */
const SENDER_ONLY = new RegExp(
  `^(?:(?:quoting|citando|zitat von|quoted from) )?["“„]?(?:[\\p{L}.'’,-]{1,30}["”“]?\\s){1,6}<[^\\s@<>]{1,64}@[^\\s<>]{1,100}>(?:\\s(?:${WROTE}))?\\s?[:：]$`,
  "iu",
);

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
 * The line after an introduction at line i that is sure of itself. It ends with a colon, and it starts with "On" or the like, holds a
 * date and ends with a verb; or it is a short paragraph of its own with a date, a time and, in any language, an address in brackets
 * or a verb of writing; or such a paragraph is nothing but a name, an address and a verb ("Joe Foo <joe@x.example> writes:"). It counts
 * even with no marked quote right below. Null where there is none.
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
    if (!isOwnParagraph) continue;
    if (isStamped(text) && HAS_VERB.test(text) && text.length < MAX_SHORT_CHARACTERS && !ASKS.test(text)) return k + 1;
    if (SENDER_ONLY.test(text.trim())) return k + 1;
  }
  return null;
}

/** GroupWise's introduction, marked as if it were a quotation: ">>> Bob Ray <bob@x.example> 3/12/2020 10:11 AM >>>"; what follows has no marks. */
export function isGroupWise({ head }: Line): boolean {
  return head.length < MAX_SHORT_CHARACTERS && /^>{2,3} ?[^>\s][^\n]{3,150}>{2,3}$/.test(head) && isStamped(head);
}

/** A day with its year, and a time of day. */
export function isStamped(text: string): boolean {
  return (
    /\p{Nd}{4}|\p{Nd}{1,2}[/.-] ?\p{Nd}{1,2}[/.-] ?\p{Nd}{2}/u.test(text) && /\p{Nd}{1,2}[:.h]\p{Nd}{2}/u.test(text)
  );
}

/** A year, or a time of day: what "On that we wrote:" lacks. */
function isDated(text: string): boolean {
  return /\p{Nd}{4}|\p{Nd}{1,2}[:.h]\p{Nd}{2}|\p{Nd}{1,2}[/.-]\p{Nd}{1,2}/u.test(text);
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
