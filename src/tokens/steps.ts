/**
 * The normalizer and pre-tokenizer of a tokenizer.json, said in the steps that `@huggingface/tokenizers` 0.2.0 does exactly as the
 * `tokenizers` reference: Unicode forms, Replace and Split with a regex, Metaspace, ByteLevel without its regex. Its other steps differ on
 * some texts (golden/text/steps.json): Digits knows ASCII digits only, its `\s` outside a regex of the file is JavaScript's, Strip and
 * WhitespaceSplit take U+FEFF for a space, Punctuation joins neighbours, Metaspace does not cut, a final sigma is lower-cased by its
 * place, BertNormalizer reads no character beyond U+FFFF, and `$` in a replacement is taken for a reference.
 */
import { UserError } from "../errors.ts";

/** A step as tokenizer.json writes it. */
export interface Step {
  readonly type: string;
  readonly [field: string]: unknown;
}

const PUNCTUATION = "[\\p{P}!-/:-@\\[-`{-~]";
/** GPT-2's words, which ByteLevel applies by itself where `use_regex` is not false. */
const GPT2_WORDS = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
/** The blocks that BERT spaces out, with the reference's own start of extension E (U+2B920). */
const CHINESE =
  "[\\u{3400}-\\u{4dbf}\\u{4e00}-\\u{9fff}\\u{f900}-\\u{faff}\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b81f}\\u{2b920}-\\u{2ceaf}\\u{2f800}-\\u{2fa1f}]";
/** Controls, formats, private use and halves of a character, but for tab, newline and return; U+FFFD is what broken text became. */
const UNCLEAN = "[[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}\\u{fffd}]&&[^\\t\\n\\r]]";

const replace = (pattern: string, content: string): Step => ({ type: "Replace", pattern: { Regex: pattern }, content });
const isolate = (pattern: string): Step => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Isolated",
  invert: false,
});
const remove = (pattern: string): Step => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Removed",
  invert: false,
});
const escapeRegex = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
const LOWERCASE = [replace("Σ", "σ"), { type: "Lowercase" }]; // letter by letter, as the reference

/** The normalizer as a list of steps; `Precompiled` stays as it is. Throws UserError, naming `path`, for one that is not known. */
export function normalizerSteps(json: unknown, path: string): Step[] {
  const step = json as Step | null | undefined;
  if (step === null || step === undefined) return [];
  switch (step.type) {
    case "Sequence":
      return ((step.normalizers ?? []) as unknown[]).flatMap((inner) => normalizerSteps(inner, path));
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD":
    case "StripAccents":
    case "Precompiled":
      return [step];
    case "Lowercase":
      return LOWERCASE;
    case "Strip":
      return [
        ...(step.strip_left === false ? [] : [replace("\\A\\s+", "")]),
        ...(step.strip_right === false ? [] : [replace("\\s+\\z", "")]),
      ];
    case "Prepend":
      return [replace("\\A[\\s\\S]", `${literal(step.prepend)}$&`)];
    case "Replace":
      return [replace(regexOf(step, path), literal(step.content))];
    case "BertNormalizer":
      return bertSteps(step);
    default:
      throw new UserError(`${path}: the normalizer "${step.type}" is not supported.`);
  }
}

/** BertNormalizer's own order: clean, space out Chinese, strip accents, lower-case. */
function bertSteps(step: Step): Step[] {
  const { clean_text: clean = true, handle_chinese_chars: chinese = true, lowercase = true } = step;
  return [
    ...(clean ? [replace(UNCLEAN, ""), replace("\\s", " ")] : []),
    ...(chinese ? [replace(CHINESE, " $& ")] : []),
    ...((step.strip_accents ?? lowercase) ? [{ type: "NFD" }, replace("\\p{Mn}", "")] : []),
    ...(lowercase ? LOWERCASE : []),
  ];
}

/** The pre-tokenizer as a list of steps. Throws UserError, naming `path`, for one that is not known. */
export function preTokenizerSteps(json: unknown, path: string): Step[] {
  const step = json as Step | null | undefined;
  if (step === null || step === undefined) return [];
  switch (step.type) {
    case "Sequence":
      return ((step.pretokenizers ?? []) as Step[]).flatMap((inner, index) => {
        if (index === 0 || inner.prepend_scheme !== "first") return preTokenizerSteps(inner, path);
        throw refuse(inner, path);
      });
    case "Split":
      if (step.invert || (step.behavior !== "Isolated" && step.behavior !== "Removed")) throw refuse(step, path);
      return [step.behavior === "Isolated" ? isolate(regexOf(step, path)) : remove(regexOf(step, path))];
    case "Digits":
      return [isolate(step.individual_digits ? "\\p{N}" : "\\p{N}+")];
    case "ByteLevel":
      return [
        ...(step.add_prefix_space ? [{ type: "Metaspace", replacement: " ", prepend_scheme: "always" }] : []),
        ...(step.use_regex === false ? [] : [isolate(GPT2_WORDS)]),
        { ...step, add_prefix_space: false, use_regex: false },
      ];
    case "BertPreTokenizer":
      return [remove("\\s+"), isolate(PUNCTUATION)];
    case "WhitespaceSplit":
      return [remove("\\s+")];
    case "Punctuation":
      if ((step.behavior ?? "Isolated") !== "Isolated") throw refuse(step, path);
      return [isolate(PUNCTUATION)];
    case "Metaspace":
      return metaspaceSteps(step);
    default:
      throw refuse(step, path);
  }
}

/** Spaces become a visible sign, which starts a word. */
function metaspaceSteps(step: Step): Step[] {
  const sign = String(step.replacement ?? "▁");
  const scheme = step.prepend_scheme ?? (step.add_prefix_space === false ? "never" : "always");
  const marked = { type: "Metaspace", replacement: sign, prepend_scheme: scheme };
  const escaped = escapeRegex(sign);
  return step.split === false ? [marked] : [marked, isolate(`${escaped}[^${escaped}]*`)];
}

/** A replacement that means itself: the library hands it to `String.replaceAll`, which reads `$`. */
function literal(content: unknown): string {
  return String(content ?? "").replaceAll("$", "$$$$");
}

function regexOf(step: Step, path: string): string {
  const { String: text, Regex: regex } = (step.pattern ?? {}) as { String?: string; Regex?: string };
  if (regex !== undefined) return regex;
  if (text === undefined) throw refuse(step, path);
  return escapeRegex(text);
}

function refuse(step: Step, path: string): UserError {
  return new UserError(`${path}: the step ${JSON.stringify(step)} is not supported.`);
}
