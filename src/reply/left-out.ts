/** What of a mail no model reads, with its place: nothing is kept back in silence. */
import type { AssistantMail } from "./assistant/mail.ts";
import { shieldSubject, shieldText } from "./shield.ts";

/** A stretch of a mail that the shield keeps from the model. `text` stands at [start, end) of the subject or text, in UTF-16 code units. */
export interface LeftOut {
  /** Words to a machine, or a number or password, of which `text` gives the gap alone. */
  readonly kind: "order" | "secret";
  readonly where: "subject" | "text";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Every such stretch of `mail`, in order. */
export function findLeftOut({ subject = "", text }: AssistantMail): LeftOut[] {
  return [
    ...compare(subject, shieldSubject(subject)).map((found) => ({ where: "subject" as const, ...found })),
    ...compare(text, shieldText(text)).map((found) => ({ where: "text" as const, ...found })),
  ];
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What the shield writes in the place of a secret. */
const GAP = /\[(?:number|secret)\]/;
/** Words that have to agree behind a stretch, so that one that stands in it too is not taken for its end. */
const AGREEING = 3;

/** The words of `whole` that `left`, which was made of it by leaving out, lacks. */
function compare(whole: string, left: string): Omit<LeftOut, "where">[] {
  if (whole === left) return [];
  const [all, kept] = [wordsOf(whole), wordsOf(left)];
  const found: Omit<LeftOut, "where">[] = [];
  for (let at = 0, next = 0; at < all.length; ) {
    if (all[at].text === kept[next]?.text) {
      at++;
      next++;
      continue;
    }
    const head = kept[next]?.text ?? "";
    if (head.length > 1 && all[at].text.startsWith(head)) {
      all[at] = { ...all[at], text: all[at].text.slice(head.length), start: all[at].start + head.length }; // "Ann<|eot_id|>"
      next++;
    }
    const gap = GAP.exec(kept[next]?.text ?? "")?.[0];
    const last = gap === undefined ? resume(all, at, { kept, next }) : endOfSecret(all, at, gap);
    const [{ start }, { end }] = [all[at], all[last - 1]];
    found.push({ kind: gap === undefined ? "order" : "secret", text: gap ?? whole.slice(start, end), start, end });
    at = last;
    if (gap !== undefined) next++;
  }
  return found;
}

/** The first word from `at` on with which `kept` goes on, or the end. */
function resume(all: readonly Word[], at: number, { kept, next }: { kept: readonly Word[]; next: number }): number {
  const behind = kept.slice(next, next + AGREEING);
  const gap = behind.findIndex(({ text }) => GAP.test(text));
  const wanted = gap < 1 ? behind : behind.slice(0, gap);
  if (wanted.length === 0) return all.length;
  for (let i = at + 1; i < all.length; i++) if (wanted.every(({ text }, k) => all[i + k]?.text === text)) return i;
  return at + 1;
}

/** A password is one word; a number may be written in groups. */
function endOfSecret(all: readonly Word[], at: number, gap: string): number {
  let last = at + 1;
  if (gap === "[number]") while (/^[\p{Lu}\d.‐-―-]+(?![\p{Lu}\d.‐-―-])[,.;:!?)]*$/u.test(all[last]?.text ?? "")) last++;
  return last;
}

/** Signs that no reader sees are no part of a word. */
function wordsOf(text: string): Word[] {
  return [...text.matchAll(/\S+/gu)].flatMap(({ 0: word, index }) => {
    const plain = word.replace(/[\u200b\u200c\u2060-\u2064\ufeff\u00ad\u{e0000}-\u{e007f}]/gu, "");
    return plain === "" ? [] : [{ text: plain, start: index, end: index + word.length }];
  });
}
