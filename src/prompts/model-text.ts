/**
 * What a model said, without the ways in which servers and models dress it: thoughts, channels, chat markup, code fences, words
 * around a JSON object. The one reader of answers for teacher, judge, evaluation and bench.
 */

/** What models and servers call their thoughts; some put a word of their own before it (`seed:think`, `longcat_think`). */
const thoughtName =
  "(?:[a-z]{1,16}[:_])?(?:think(?:ing)?|thoughts?|reason(?:ing)?|analysis|scratchpad|reflection|monologue)";
/** A mark of thoughts, opening or ending: <think>, [THINK] (Magistral), ◁think▷ (Kimi), <|begin_of_thought|> (OpenThinker), <|START_THINKING|> (Cohere), Gemma's channel. */
const opening = `<${thoughtName}>|\\[${thoughtName}\\]|◁${thoughtName}▷|<\\|(?:begin_of_|start_)${thoughtName}\\|>|<\\|channel>thought`;
const ending = `</${thoughtName}>|\\[/${thoughtName}\\]|◁/${thoughtName}▷|<\\|end_(?:of_)?${thoughtName}\\|>|<channel\\|>`;
const opensWithThought = new RegExp(`^\\s*(?:${opening})`, "i");
const thoughtEnding = new RegExp(ending, "gi");
/** Thoughts told in words: Granite, Ollama's command line. */
const toldThoughts: readonly (readonly [open: string, close: string])[] = [
  ["Here is my thought process:", "Here is my response:"],
  ["Thinking...", "...done thinking."],
];
/** Marks around the answer itself: <answer>, <|begin_of_solution|>, <|START_RESPONSE|>. */
const answerMark = /^(?:<(answer|response|output|final|reply)>|<\|(?:begin_of_|start_)(solution|response|answer)\|>)/i;

/** The answer without thoughts and markup; "" where nothing but thoughts came. Text that is one JSON object already stays as it is. */
export function readModelText(text: string): string {
  const whole = text.replace(/^\uFEFF/, "").trim();
  if (parseObject(whole) !== null) return whole;
  const answer = stripAnswerMarks(stripEndMarks(stripThoughts(readFinalChannel(whole))).trim());
  return stripCodeFence(answer);
}

/** gpt-oss (harmony): only the last "final" channel is the answer; a server that drops the marks leaves "analysis…assistantfinal…". */
function readFinalChannel(text: string): string {
  const final = text.lastIndexOf("<|channel|>final");
  if (final >= 0) return text.slice(final).replace(/^<\|channel\|>final[^<]*(<\|message\|>)?/, "");
  if (/^(<\|start\|>assistant)?\s*<\|channel\|>/.test(text)) return "";
  const bare = /^analysis[\s\S]{0,200000}?assistantfinal/.exec(text);
  return bare ? text.slice(bare[0].length) : text;
}

/** What stands behind the last ending; the opening may stand in the prompt. Nothing, where the thoughts were cut short. */
function stripThoughts(text: string): string {
  for (const [open, close] of toldThoughts) {
    if (!text.startsWith(open)) continue;
    const end = text.indexOf(close);
    return end < 0 ? "" : text.slice(end + close.length);
  }
  const last = [...text.matchAll(thoughtEnding)].at(-1);
  if (last !== undefined) return text.slice(last.index + last[0].length);
  return opensWithThought.test(text) ? "" : text;
}

/** A turn is over at its first mark of an end: what follows is a model that ran on, and answered itself. */
function stripEndMarks(text: string): string {
  const [turn] = text.split(/<\|(?:end|return|im_end|eot_id|endoftext|end_of_text|eom_id)\|>|<end_of_turn>/, 1);
  return turn.trimEnd().replace(/(\s{0,9}<\/s>){1,8}$/, "");
}

function stripAnswerMarks(text: string): string {
  const mark = answerMark.exec(text);
  if (!mark) return text;
  const name = mark[1] ?? mark[2];
  const inside = text.slice(mark[0].length).trimEnd();
  return inside.replace(new RegExp(`(?:</${name}>|<\\|end_(?:of_)?${name}\\|>)$`, "i"), "").trim();
}

function stripCodeFence(text: string): string {
  const fenced = /^\s*```[a-z]*\s*\n([\s\S]*?)\n?\s*```\s*$/i.exec(text);
  return (fenced ? fenced[1] : text).trim();
}

/** The JSON object that the text is and nothing else, slips mended; null where it is none. A list of one object is that object. */
export function parseObject(text: string): Record<string, unknown> | null {
  return tryParse(text) ?? tryParse(repairJson(text)) ?? (/^\s*\{\s*'/.test(text) ? tryParse(readPython(text)) : null);
}

/** An object as Python prints it, as JSON: 'single quotes', None, True and False. */
function readPython(text: string): string {
  const constants: Readonly<Record<string, string>> = { None: "null", True: "true", False: "false" };
  return text.replace(/'((?:[^'\\]|\\[\s\S])*)'?|"(?:[^"\\]|\\[\s\S])*"?|\b(?:None|True|False)\b/g, (part, inside) => {
    if (inside === undefined) return constants[part] ?? part;
    return `"${String(inside)
      .replaceAll("\\'", "'")
      .replace(/(?<!\\)"/g, '\\"')}"`;
  });
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
  return text.replace(/"(?:[^"\\]|\\[\s\S])*"?|,(?=\s*[}\]])/g, (part) =>
    part === "," ? "" : part.replace(/[\u0000-\u001f]/g, (control) => JSON.stringify(control).slice(1, -1)),
  );
}

function tryParse(text: string): Record<string, unknown> | null {
  if (!/^\s*["{[]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string" && value.trimStart().startsWith("{")) return tryParse(value); // JSON in a JSON string
    const only: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    return isRecord(only) ? only : null;
  } catch {
    return null;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
