/** The block of name, firm and numbers at the end of a mail, where no "-- " stands above it: known by what it holds. */
import type { Line } from "./line.ts";

const MAX_LINES = 14;
const MAX_CHARACTERS = 220;
const RULE = /^(?:[-_=*~]{2,}|[-–—])$/;
const CLOSING =
  /^(?:(?:kind |best |warm |many |with )*(?:regards|wishes|thanks)|best|cheers|sincerely|yours(?: \w+)?|thank you|(?:mit )?(?:freundlich\w* |beste\w* |viele\w* |liebe\w* )*grüße\w*|cordialement|bien à vous|saludos(?: \w+)?|un saludo|atentamente|cordiali saluti|met vriendelijke groet\w*|atenciosamente|med vänlig hälsning|с уважением|з повагою|pozdrawiam(?: serdecznie)?|z poważaniem|s pozdravem|üdvözlettel|cu stimă|saygılarımla|με εκτίμηση|בברכה|مع تحياتي|(?:どうぞ)?よろしくお願い(?:いた|致)?します|以上|敬具|祝好|此致|敬礼|顺祝商祺|谢谢|謝謝|감사합니다)[,.!。，]?$/iu;
/** A telephone number with its label or country code, an address, a link, a handle, a legal form. */
const DETAILS = [
  /(?:^|\W)(?:tel|phone|ph|fax|mobile?|mob|cell|office|direct|телефон|тел|tél|telefon|電話|电话|手机|手機|携帯|전화|휴대폰|m|t|p|f)(?![\p{L}])\.?\s?[:.：]?\s?\(?\+?\d[\d\s().\-/]{5,}/iu,
  /\+\d[\d\s().-]{7,}/,
  /[^\s@<>]{1,64}@[^\s@<>]{1,100}\.[a-z]{2,}/i,
  /(?:https?:\/\/|www\.)\S{3,}/i,
  /\b(?:ltd|inc|gmbh|llc|pty|s\.?r\.?l|corp|b\.v|plc|sarl|ag)\b\.?|株式会社|有限公司|주식회사|(?:ООО|ЗАО|ОАО|АО)\s/i,
  /(?:^|\s)@[a-z\d_]{3,}/i,
];

/**
 * The first line of such a block at the end of the lines from `start` to `end`, or null. It stands below a rule, a closing, whose name
 * stays, or a blank line, if it begins with the name of the sender.
 */
export function findContactBlock(lines: readonly Line[], start: number, end: number, author = ""): number | null {
  let textLines = 0;
  const name = plainWords(author);
  const details = new Set<RegExp>(); // of how many kinds: two links alone are references
  for (let k = end - 1; k >= start; k--) {
    const { head, isBlank } = lines[k];
    if (isBlank) continue;
    const isRule = RULE.test(head);
    if (isRule && textLines === 0) continue; // the lower edge of a frame
    if (isRule || CLOSING.test(head)) {
      if (details.size < MIN_DETAILS || textLines < 2) return null;
      return isRule ? (hasTextAbove(lines, start, k) ? k : null) : afterName(lines, k + 1, end);
    }
    if (++textLines > MAX_LINES || head.length > MAX_CHARACTERS || isSentence(head)) return null;
    for (const pattern of DETAILS) if (pattern.test(head)) details.add(pattern);
    const isKnown = textLines >= 2 && details.size >= MIN_DETAILS && name.length > 1;
    if (isKnown && beginsWithName(head, name) && standsAlone(lines, start, k)) return k;
  }
  return null;
}

/** All words of the name, before anything else than words; "ann.lee@x.example" is an address. */
function beginsWithName(head: string, name: readonly string[]): boolean {
  const words = /^[\p{L}\s.,'’-]{2,80}/u.exec(head)?.[0] ?? "";
  const said = plainWords(words);
  return name.every((word) => said.includes(word)) && head[words.length] !== "@";
}

/** Below a blank line with text above it that neither closes the mail nor announces what follows ("Please send it to:"). */
function standsAlone(lines: readonly Line[], start: number, k: number): boolean {
  if (k === start || !lines[k - 1].isBlank) return false;
  let above = k - 1;
  while (above >= start && lines[above].isBlank) above--;
  return above >= start && !CLOSING.test(lines[above].head) && !/[:：]$/.test(lines[above].head);
}

function plainWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}]{2,40}/gu) ?? [];
}

const MIN_DETAILS = 2;

/** Asks something, or tells it: no line of a block does. */
function isSentence(head: string): boolean {
  const text = head.replace(/(?:https?:\/\/|www\.)\S{0,300}/gi, "");
  return (
    /[?？؟]/.test(text) ||
    (/[.!]$/.test(text) && text.split(" ").length > 7) ||
    /^(?:[-*•+]|\d+[.)]|\[\d+\])\s/.test(text) ||
    /\b(?:I|you|we)\b/.test(text)
  );
}

/** The line below the name that stands below a closing. */
function afterName(lines: readonly Line[], from: number, end: number): number {
  let k = from;
  while (k < end && lines[k].isBlank) k++;
  const isName = /^[\p{L}.' -]{2,40}$/u.test(lines[k].head);
  return isName ? k + 1 : from;
}

function hasTextAbove(lines: readonly Line[], start: number, end: number): boolean {
  return lines.slice(start, end).some((line) => !line.isBlank);
}
