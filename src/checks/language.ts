/** A10: the reply is in the language of the mail. */
import { toWords } from "./words.ts";

const FEWEST_WORDS = 5; // a shorter text shows no language

/** What language a text is in, ISO 639-1, or null where it cannot be told: `loadLanguageDetector` of the mail room. */
export type DetectLanguage = (text: string) => string | null;

/** Names the language found and shows the text, where it surely is another than `expected`. Nothing is said of fewer than five words. */
export function findOtherLanguage(reply: string, expected: string, detect: DetectLanguage): string | undefined {
  if (toWords(reply).length < FEWEST_WORDS) return undefined;
  const found = detect(reply);
  return found === null || found === expected ? undefined : `${found} instead of ${expected}: ${reply}`;
}
