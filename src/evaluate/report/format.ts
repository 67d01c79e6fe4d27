/** Figures as the report writes them. */
import { cutText } from "../../formats/index.ts";

/** A score with one digit behind the point. */
export const score = (value: number) => value.toFixed(1);

/** A difference with its sign; a true minus, as print has it. */
export const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;

/** A share in whole percent. */
export const percent = (part: number, whole: number) => `${Math.round((100 * part) / whole)} %`;

/** A count with thin groups. */
export const count = (value: number) => value.toLocaleString("en-US");

/** A p-value: never "0". */
export const pText = (p: number) => (p < 0.0015 ? "p ≤ 0.001" : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`);

/** "1 mail", "12 mails". */
export const counted = (value: number, noun: string) =>
  `${count(value)} ${value === 1 ? noun : noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;

const SHOWN_CHARACTERS = 4000;

/** A text short enough to be read; what was left out is said. */
export function shorten(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return text;
  return `${cutText(text, SHOWN_CHARACTERS)}… (${count(text.length - SHOWN_CHARACTERS)} more characters)`;
}
