/**
 * What a model said, without the ways in which servers and models dress it: thoughts, channels, chat markup, code fences, words
 * around a JSON object. The one reader of answers for teacher, judge, evaluation and bench.
 */

/** Openings and endings of thoughts, as models and servers leave them in the answer. */
const thoughtMarks: readonly (readonly [open: string, close: string])[] = [
  ["<think>", "</think>"], //               Qwen, DeepSeek, most others
  ["<thinking>", "</thinking>"],
  ["<thought>", "</thought>"], //           Gemini through OpenAI-compatible gateways
  ["<reasoning>", "</reasoning>"],
  ["[THINK]", "[/THINK]"], //               Magistral
  ["<|channel>thought", "<channel|>"], //   Gemma
];

/** The answer without thoughts and markup; "" where nothing but thoughts came. Text that is one JSON object already stays as it is. */
export function readModelText(text: string): string {
  const whole = text.replace(/^\uFEFF/, "").trim();
  if (parseObject(whole) !== null) return whole;
  return stripCodeFence(stripEndMarks(stripThoughts(readFinalChannel(whole))).trim());
}

/** gpt-oss (harmony): only the last "final" channel is the answer; a server that drops the marks leaves "analysis…assistantfinal…". */
function readFinalChannel(text: string): string {
  const final = text.lastIndexOf("<|channel|>final");
  if (final >= 0) return text.slice(final).replace(/^<\|channel\|>final[^<]*(<\|message\|>)?/, "");
  if (/^(<\|start\|>assistant)?\s*<\|channel\|>/.test(text)) return "";
  const bare = /^analysis[\s\S]{0,200000}?assistantfinal/.exec(text);
  return bare ? text.slice(bare[0].length) : text;
}

function stripThoughts(text: string): string {
  let rest = text;
  for (const [open, close] of thoughtMarks) {
    const lower = rest.toLowerCase();
    const start = lower.indexOf(open.toLowerCase());
    const end = lower.lastIndexOf(close.toLowerCase());
    const opensFirst = start >= 0 && rest.slice(0, start).trim() === "";
    if (end >= 0 && (opensFirst || start < 0 || end < start))
      rest = rest.slice(end + close.length); // the opening may stand in the prompt
    else if (opensFirst) return ""; // cut short while it thought
  }
  return rest;
}

function stripEndMarks(text: string): string {
  return text.trimEnd().replace(/(\s{0,9}(<\|(end|return|im_end|eot_id|endoftext)\|>|<\/s>|<end_of_turn>)){1,8}$/, "");
}

function stripCodeFence(text: string): string {
  const fenced = /^\s*```[a-z]*\s*\n([\s\S]*?)\n?\s*```\s*$/i.exec(text);
  return (fenced ? fenced[1] : text).trim();
}

/** The JSON object that the text is and nothing else, slips mended; null where it is none. */
export function parseObject(text: string): Record<string, unknown> | null {
  return tryParse(text) ?? tryParse(repairJson(text));
}

/** So many places where an object might begin are tried. */
const MOST_STARTS = 64;

/** The JSON objects that stand in a text, with their own words, in order; those inside another are part of it. */
export function findObjects(text: string): { readonly value: Record<string, unknown>; readonly text: string }[] {
  const found: { value: Record<string, unknown>; text: string }[] = [];
  let from = text.indexOf("{");
  for (let starts = 0; from >= 0 && starts < MOST_STARTS; starts++) {
    const end = findEnd(text, from);
    const part = end < 0 ? null : text.slice(from, end);
    const value = part === null ? null : parseObject(part);
    if (value !== null) found.push({ value, text: part! });
    from = text.indexOf("{", value === null ? from + 1 : end);
  }
  return found;
}

/** One past the brace that closes the one at `start`; -1 where none does. */
function findEnd(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === "\\") i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return i + 1;
  }
  return -1;
}

/** Mends the two slips of models without a schema that leave no doubt: raw line ends inside strings, commas before a closing bracket. */
function repairJson(text: string): string {
  return text.replace(/"(?:[^"\\]|\\[\s\S])*"|,(?=\s*[}\]])/g, (part) =>
    part === "," ? "" : part.replace(/[\u0000-\u001f]/g, (control) => JSON.stringify(control).slice(1, -1)),
  );
}

function tryParse(text: string): Record<string, unknown> | null {
  if (!/^\s*["{]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string" && value.trimStart().startsWith("{")) return tryParse(value); // JSON in a JSON string
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
