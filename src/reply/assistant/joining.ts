/** Sentences and their text: where each stands, and how they are put together behind a greeting's comma or as one. */

/** A stretch of a text, in UTF-16 code units. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Where `sentences` stand in the text that they were split from, in order. */
export function placesOf(text: string, sentences: readonly string[]): Place[] {
  let at = 0;
  return sentences.map((sentence) => {
    const start = text.indexOf(sentence, at);
    at = start + sentence.length;
    return { start, end: at };
  });
}

/** Several sentences as one: "Unfortunately, I cannot come; would Thursday work for you?" `line` is the owner's steering line. */
export function joinSentences([first, ...others]: readonly string[], line: string): string {
  return others.reduce(
    (text, sentence) => `${text.replace(/\s?(?<![.?!…])[.?!…]+$/u, "")}; ${goOn(sentence, line)}`,
    first,
  );
}

/** A sentence as it stands behind a comma: without its capital, but for words that always have one, and those that the owner wrote so. */
export function goOn(text: string, line = ""): string {
  const [first] = /[\p{L}\p{N}'’]+/u.exec(text) ?? [""];
  const keeps = ALWAYS_CAPITAL.test(first) || line.split(/[^\p{L}\p{N}'’]+/u).includes(first);
  return keeps ? text : text.replace(first, first.charAt(0).toLowerCase() + first.slice(1));
}

/** "May" begins questions too. */
const ALWAYS_CAPITAL =
  /^(?:I(?:['’]\p{L}+)?|Sie|Ih(?:r|nen)\p{L}*|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag\p{L}*|Mittwoch\p{L}*|Sonnabend|January|February|March|April|June|July|August|September|October|November|December)$/u;
