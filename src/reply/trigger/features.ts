/** What the trigger looks at: words and word pairs of a mail by hash, its headers, and how the owner dealt with its sender before. */
import { toWords } from "../../checks/portable.ts";
import type { AssistantMail } from "../assistant/mail.ts";

/** ours: weights of the hashed words; the rest of the buckets are for signs. A power of two. */
export const BUCKETS = 1 << 15;

const HALF = BUCKETS / 2;
/** Words of a text that are looked at; what a mail wants stands at its beginning or its end. */
const FIRST_WORDS = 120;
const LAST_WORDS = 40;

/** The buckets of a mail that are set: those of its signs, and those of its words, each once. */
export interface TriggerFeatures {
  readonly signs: Uint16Array;
  readonly words: Uint16Array;
}

/** What a mail shows. Numbers count as one word, so that no date or amount is learnt. Words have the upper half of the buckets. */
export function triggerFeatures(mail: AssistantMail): TriggerFeatures {
  const found = new Set<number>();
  const add = (name: string) => found.add((hash(name) & (HALF - 1)) + HALF);
  const words = toWords(mail.text.slice(0, 20_000)).map((word) => word.replace(/\p{N}+/gu, "0"));
  const body =
    words.length > FIRST_WORDS + LAST_WORDS ? [...words.slice(0, FIRST_WORDS), ...words.slice(-LAST_WORDS)] : words;
  addWords(add, "b", body);
  addWords(add, "s", toWords((mail.subject ?? "").replace(/\p{N}+/gu, "0")).slice(0, 30));
  const signs = new Set(signsOf(mail, words.length).map((sign) => hash(sign) & (HALF - 1)));
  return { signs: Uint16Array.from(signs).sort(), words: Uint16Array.from(found).sort() };
}

function addWords(add: (name: string) => void, field: string, words: readonly string[]): void {
  for (const [i, word] of words.entries()) {
    add(`${field} ${word}`);
    if (i > 0) add(`${field} ${words[i - 1]} ${word}`);
  }
}

/** Facts beside the words, each in coarse steps. */
function signsOf(mail: AssistantMail, words: number): string[] {
  const { text, subject = "", to = [], cc = [], owner, sender, signs, isAnswer = false } = mail;
  const questions = text.match(/\?(?:\s|$)/g)?.length ?? 0;
  const own = owner?.address.toLowerCase() ?? "";
  const found = [
    `questions ${Math.min(questions, 4)}`,
    `words ${Math.floor(Math.log2(words + 1))}`,
    `links ${Math.min(text.match(/https?:\/\//g)?.length ?? 0, 4)}`,
    `receivers ${Math.min(to.length + cc.length, 5)}`,
    `answer ${isAnswer || /^\s*(?:re|aw|sv|antw)\s*:/i.test(subject)}`,
    `ends with a question ${endsWithQuestion(text.trim())}`,
  ];
  if (own !== "") found.push(`to the owner ${to.some(({ address }) => address.toLowerCase() === own)}`);
  if (signs !== undefined) {
    found.push(`list ${signs.isDiscussion}`, `bulk ${signs.isBulk}`, `precedence ${signs.precedence}`);
  }
  if (sender !== undefined) {
    const rate = (sender.answered + PRIOR_RATE) / (sender.received + 1);
    found.push(
      `received ${Math.min(Math.floor(Math.log2(sender.received + 1)), 6)}`,
      `answered ${Math.round(10 * rate)}`,
    );
  }
  return found;
}

/** ours: what may stand below the last question, such as a closing and a name. */
const LINES_BELOW = 3;
const LINE_CHARACTERS = 60;

/** Whether no letter stands between a question mark and the end, but for a few short lines. */
function endsWithQuestion(text: string): boolean {
  let head = text;
  for (let below = 0; ; below++) {
    const mark = head.lastIndexOf("?");
    if (mark === -1) return false;
    if (!/\p{L}/u.test(head.slice(mark))) return true;
    const line = head.lastIndexOf("\n");
    if (below === LINES_BELOW || line === -1 || [...head.slice(line + 1)].length > LINE_CHARACTERS) return false;
    head = head.slice(0, line);
  }
}

/** ours: a sender of whom nothing is known counts as answered as often as this. */
const PRIOR_RATE = 0.3;

/** FNV-1a of 32 bits over UTF-16 code units, mixed. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value ^= value >>> 15;
  return Math.imul(value, 0x2c1b3c6d) >>> 7;
}
