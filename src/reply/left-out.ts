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

const GAP = /\[(?:number|secret)\]/;
/** Words that have to agree behind a stretch, so that one that stands in it too is not taken for its end. */
const AGREEING = 3;

/** The words of `whole` that `left`, which was made of it by leaving out, lacks. */
function compare(whole: string, left: string): Omit<LeftOut, "where">[] {
  if (whole === left) return [];
  const [all, kept] = [wordsOf(whole), wordsOf(left)];
  const found: Omit<LeftOut, "where">[] = [];
  for (let at = 0, next = 0; at < all.length; at++, next++) {
    if (all[at].text === kept[next]?.text) continue;
    const gap = GAP.exec(kept[next]?.text ?? "")?.[0];
    if (gap !== undefined) next++;
    const until = all.findIndex(
      (_, i) => i >= at && agree(all, i, { kept, next, most: gap === undefined ? AGREEING : 1 }),
    );
    const last = until < 0 ? all.length : until;
    if (last > at) {
      const [{ start }, { end }] = [all[at], all[last - 1]];
      const kind = gap === undefined ? "order" : "secret";
      found.push({ kind, text: gap ?? whole.slice(start, end), start, end });
    }
    at = last - 1;
    next--;
  }
  return found;
}

function agree(
  all: readonly Word[],
  i: number,
  { kept, next, most }: { kept: readonly Word[]; next: number; most: number },
): boolean {
  for (let k = 0; k < most && next + k < kept.length; k++) {
    const isGap = GAP.test(kept[next + k].text);
    if (isGap) return k > 0;
    if (all[i + k]?.text !== kept[next + k].text) return false;
  }
  return next < kept.length;
}

/** Signs that no reader sees are no part of a word. */
function wordsOf(text: string): Word[] {
  return [...text.matchAll(/\S+/gu)].flatMap(({ 0: word, index }) => {
    const plain = word.replace(/[\u200b\u200c\u2060-\u2064\ufeff\u00ad\u{e0000}-\u{e007f}]/gu, "");
    return plain === "" ? [] : [{ text: plain, start: index, end: index + word.length }];
  });
}
