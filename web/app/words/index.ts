/** The page's words in the language of the person: chosen, or the browser's. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { readKept } from "../store/settings.ts";
import { de } from "./de.ts";
import { en, type Words } from "./en.ts";

export type { Words };
export const LANGUAGES: Readonly<Record<string, { readonly name: string; readonly words: Words }>> = {
  en: { name: "English", words: en },
  de: { name: "Deutsch", words: de },
};

/** The code of the language to begin with. */
export function firstLanguage(): string {
  const wanted = [readKept().language ?? "", ...navigator.languages].map((code) => code.slice(0, 2));
  return wanted.find((code) => code in LANGUAGES) ?? "en";
}

export const WordsContext = createContext<Words>(en);
export const useWords = (): Words => useContext(WordsContext);

/** Bytes for a person. */
export function sizeOf(bytes: number, { locale }: Words): string {
  const [value, unit] = bytes >= 1e9 ? [bytes / 1e9, "GB"] : bytes >= 1e6 ? [bytes / 1e6, "MB"] : [bytes / 1e3, "kB"];
  return `${value.toLocaleString(locale, { maximumFractionDigits: value < 10 ? 1 : 0 })}\u00a0${unit}`;
}

/** A count for a person: 3.7M. */
export function countOf(count: number, { locale }: Words): string {
  return count.toLocaleString(locale, { notation: "compact", maximumFractionDigits: 1 });
}
