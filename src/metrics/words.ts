/**
 * Segments cut into words as sacreBLEU's tokenizers do it. Python's whitespace, code points, and the order of the
 * substitutions are part of the definition. Source: sacreBLEU 2.6.0, `sacrebleu/tokenizers/`.
 */
import { splitWords, trimEnd } from "../tokens/index.ts";

/** sacreBLEU's names: mteval-v13a, mteval-v14 international, single characters, whitespace only. */
export type BleuTokenizer = "13a" | "intl" | "char" | "none";

/** The words of one segment: trailing whitespace off, lower-cased where asked, tokenized. */
export function tokenizeSegment(segment: string, tokenizer: BleuTokenizer, lowercase: boolean): string[] {
  const line = trimEnd(lowercase ? segment.toLowerCase() : segment);
  switch (tokenizer) {
    case "13a":
      return splitWords(separate13a(line));
    case "intl":
      return splitWords(separateInternational(line));
    case "char":
      return Array.from(splitWords(line).join(""));
    case "none":
      return splitWords(line);
    default:
      return tokenizer satisfies never;
  }
}

/** mteval-v13a: punctuation apart from words, points and commas only where no digit stands on both sides. */
function separate13a(line: string): string {
  let text = line.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  if (text.includes("&")) {
    text = text.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  }
  return ` ${text} `
    .replace(/([{-~[-` -&(-+:-@/])/gu, " $1 ")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])(-)/gu, "$1 $2 ");
}

/** mteval-v14: Unicode punctuation and symbols apart, except between digits. */
function separateInternational(line: string): string {
  return line
    .replace(/(\P{N})(\p{P})/gu, "$1 $2 ")
    .replace(/(\p{P})(\P{N})/gu, " $1 $2")
    .replace(/(\p{S})/gu, " $1 ");
}
