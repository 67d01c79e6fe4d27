/**
 * Segments cut into words as Tercom's normalizer does it. Source: sacreBLEU 2.6.0, `sacrebleu/tokenizers/tokenizer_ter.py`, its
 * oddities included.
 */
import { splitWords, trimEnd } from "../tokens/index.ts";

/** sacreBLEU's options; by default words are lower-cased and cut at whitespace alone. */
export interface TerWords {
  readonly normalized: boolean; //     punctuation apart, entities decoded
  readonly noPunctuation: boolean; //  punctuation taken out
  readonly asianSupport: boolean; //   both also for Chinese, Japanese and Korean
  readonly caseSensitive: boolean;
}

/** The words of one segment. */
export function tokenizeForTer(segment: string, options: TerWords): string[] {
  const { normalized, noPunctuation, asianSupport, caseSensitive } = options;
  let text = trimEnd(segment);
  if (text === "") return [];
  if (!caseSensitive) text = text.toLowerCase();
  if (normalized) {
    text = separateWestern(text);
    if (asianSupport) text = separateAsian(text);
  }
  if (noPunctuation) {
    text = text.replace(/[.,?:;!"()]/gu, "");
    if (asianSupport) text = text.replace(ASIAN_PUNCTUATION, "").replace(FULL_WIDTH_PUNCTUATION, "");
  }
  return splitWords(text);
}

function separateWestern(line: string): string {
  const text = line
    .replaceAll("\n-", "")
    .replaceAll("\n", " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  return ` ${text} `
    .replace(/([{-~[-` -&(-+:-@/])/gu, " $1 ")
    .replaceAll("'s ", " 's ")
    .replace(/'s$/u, " 's")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])(-)/gu, "$1 $2 ");
}

const ASIAN_PUNCTUATION = /([\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb])/gu;
const FULL_WIDTH_PUNCTUATION = /([\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09])/gu;

function separateAsian(line: string): string {
  return line
    .replace(/([\u4e00-\u9fff\u3400-\u4dbf])/gu, " $1 ") //                CJK ideographs
    .replace(/([\u31c0-\u31ef\u2e80-\u2eff])/gu, " $1 ") //                strokes, radicals
    .replace(/([\u3300-\u33ff\uf900-\ufaff\ufe30-\ufe4f])/gu, " $1 ") //   compatibility
    .replace(/([\u3200-\u3f22])/gu, " $1 ") //                             "enclosed": sacreBLEU's range, far too wide
    .replace(/(^|^[\u3040-\u309f])([\u3040-\u309f]+)(?=$|^[\u3040-\u309f])/gu, "$1 $2 ")
    .replace(/(^|^[\u30a0-\u30ff])([\u30a0-\u30ff]+)(?=$|^[\u30a0-\u30ff])/gu, "$1 $2 ")
    .replace(/(^|^[\u31f0-\u31ff])([\u31f0-\u31ff]+)(?=$|^[\u31f0-\u31ff])/gu, "$1 $2 ")
    .replace(ASIAN_PUNCTUATION, " $1 ")
    .replace(FULL_WIDTH_PUNCTUATION, " $1 ");
}
