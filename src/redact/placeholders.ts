/**
 * Placeholders: `[KIND_n]`, what stands in a redacted text in place of a value, and how the value is put back. A text that holds something
 * that looks like one has it replaced too (kind TEXT), so that every placeholder of a redacted text is ours.
 */

import type { Span } from "./spans.ts";

/** What a placeholder can stand for. */
export const PLACEHOLDER_KINDS = [
  "TEXT",
  "SECRET",
  "URL",
  "EMAIL",
  "IBAN",
  "CARD",
  "ACCOUNT",
  "PHONE",
  "IP",
  "ADDRESS",
  "BIRTHDATE",
  "NAME",
] as const;
export type PlaceholderKind = (typeof PLACEHOLDER_KINDS)[number];

/** Placeholder -> the text that it stands for, in the order of the text. */
export type RedactionTable = ReadonlyMap<string, string>;

/**
 * A placeholder as language models write it back: in any case, with a backslash from Markdown, with a blank for the underscore.
 * No `u` flag: with it, `i` would let letters of other scripts pass (the Kelvin sign for K).
 */
const LOOK_ALIKE = new RegExp(`\\[ ?(${PLACEHOLDER_KINDS.join("|")})(?:\\\\?_| |-)0{0,3}([1-9][0-9]{0,6}) ?\\]`, "gi");

/** Everything in `text` that reads as a placeholder. */
export function findPlaceholders(text: string): Span[] {
  return Array.from(text.matchAll(LOOK_ALIKE), ({ index, 0: match }) => ({ start: index, end: index + match.length }));
}

/** Gives each value of each kind its placeholder: the same again for the same value. */
export interface PlaceholderBook {
  name(kind: PlaceholderKind, value: string): string;
  readonly table: RedactionTable;
}

export function createPlaceholderBook(): PlaceholderBook {
  const table = new Map<string, string>();
  const known = new Map<string, string>();
  const counts = new Map<PlaceholderKind, number>();
  return {
    table,
    name(kind, value) {
      const key = `${kind} ${value}`;
      let placeholder = known.get(key);
      if (placeholder === undefined) {
        const number = (counts.get(kind) ?? 0) + 1;
        counts.set(kind, number);
        placeholder = `[${kind}_${number}]`;
        known.set(key, placeholder);
        table.set(placeholder, value);
      }
      return placeholder;
    },
  };
}

/** `text` with every placeholder of `table` turned back into what it stands for; others stay as they are. */
export function restore(text: string, table: RedactionTable): string {
  return text.replace(LOOK_ALIKE, (match, kind: string, number: string) => table.get(canonical(kind, number)) ?? match);
}

/** Placeholders of `text` that stand for nothing (each once): a teacher has made them up. */
export function unknownPlaceholders(text: string, table: RedactionTable): string[] {
  const names = Array.from(text.matchAll(LOOK_ALIKE), ([, kind, number]) => canonical(kind, number));
  return [...new Set(names)].filter((name) => !table.has(name));
}

function canonical(kind: string, number: string): string {
  return `[${kind.toUpperCase()}_${number}]`;
}
