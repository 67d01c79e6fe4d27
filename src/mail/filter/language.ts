/** The language of a text, by eld. The only importer of eld; its data (2 MB; the large set costs 220 MB more memory for 0.1 % of texts) are loaded when first needed. */
import { UserError } from "../../errors.ts";

/** Detects languages: an ISO 639-1 code, or null where the text is too short or too mixed to say. */
export interface LanguageDetector {
  detect(text: string): string | null;
  /** The codes that can be detected. */
  readonly languages: readonly string[];
}

/** Looks at no more than the beginning of a text. */
const MAX_CHARACTERS = 2000;
/** Fewer letters than this say too little about it ("ok, thanks" is also Danish, German and Dutch). */
const MIN_LETTERS = 12;

let loading: Promise<LanguageDetector> | null = null;

/** The detector; loaded once. */
export function loadLanguageDetector(): Promise<LanguageDetector> {
  loading ??= load();
  return loading;
}

async function load(): Promise<LanguageDetector> {
  const { eld } = await import("eld/medium");
  const languages = Object.values(eld.info().Languages);
  return {
    languages,
    detect(text) {
      const plain = plainWords(text);
      if (plain.replace(/[^\p{L}]/gu, "").length < MIN_LETTERS) return null;
      const result = eld.detect(plain);
      return result.language !== "" && result.isReliable() ? result.language : null;
    },
  };
}

/** The text without what is in no language: addresses, links, code, lines of marks. */
export function plainWords(text: string): string {
  return text
    .slice(0, MAX_CHARACTERS)
    .replace(/(?<!\S)\S{0,200}(?:@|:\/\/|www\.)\S{0,500}/g, " ")
    .split("\n")
    .filter(
      (line) =>
        !/^[\s>|]*(?:[+\-@#$%{}();/*<]{1,3}[\s\w]|\S{40})/.test(line) || /\p{L}{3} \p{L}{2,40} \p{L}{2}/u.test(line),
    )
    .join("\n")
    .replace(/\p{N}+/gu, " ");
}

/** Throws UserError where a code of `languages` is none that can be detected. */
export function checkLanguages(languages: readonly string[], { languages: known }: LanguageDetector): void {
  const unknown = languages.filter((code) => !known.includes(code));
  if (unknown.length > 0) {
    throw new UserError(
      `import.languages: ${unknown.map((code) => `"${code}"`).join(", ")} cannot be detected. Give ISO 639-1 codes, such as [en, de]; known are ${[...known].sort().join(", ")}.`,
    );
  }
}
