/**
 * What a model said, without the ways in which servers and models dress it: thoughts, channels, chat markup, code fences, words
 * around a JSON object. The one reader of answers for teacher, judge, evaluation and bench.
 */

/** What models and servers call their thoughts; some put a word of their own before or behind it (`seed:think`, `longcat_think`, `thinking_process`). */
const thoughtName =
  "(?:[a-z]{1,16}[:_])?(?:think(?:ing)?|thoughts?|reason(?:ing)?|analysis|scratchpad|reflection|monologue)(?:_[a-z]{1,16})?";
/**
 * A mark of thoughts, opening or ending: <think>, [THINK] (Magistral), ◁think▷ (Kimi), <|begin_of_thought|> (OpenThinker), <|START_THINKING|> (Cohere),
 * <|think|>, Gemma's channel and its <unused94>, and the <details> in which gateways fold them.
 */
const opening = `<${thoughtName}(?:\\s[^<>=]{0,40}=[^<>]{0,80})?>|\\[${thoughtName}\\]|◁${thoughtName}▷|<\\|(?:begin_of_|start_)?${thoughtName}\\|>|<\\|channel>thought|<unused94>`;
const ending = `</${thoughtName}\\s?>|\\[/${thoughtName}\\]|◁/${thoughtName}▷|<\\|(?:end_(?:of_)?|/)${thoughtName}\\|>|<channel\\|>|<unused95>`;
const opensWithThought = new RegExp(`^\\s*(?:${opening})`, "i");
const thoughtOpening = new RegExp(opening, "gi");
const thoughtEnding = new RegExp(ending, "gi");
const foldedThought =
  /^\s{0,9}<details(?:\s[^<>]{0,200})?>\s{0,9}<summary>[^<]{0,20}(?:thought|thinking|reasoning)[^<]{0,80}<\/summary>/i;
/** Thoughts told in words: Granite, Ollama's command line. */
const toldThoughts: readonly (readonly [open: string, close: string])[] = [
  ["Here is my thought process:", "Here is my response:"],
  ["Thinking...", "...done thinking."],
];
/** Marks around the answer itself: <answer>, <|begin_of_solution|>, <|START_RESPONSE|>, <|begin_of_box|>. */
const answerMark =
  /^(?:<(answer|response|output|final|reply)>|<\|(?:begin_of_|start_)(solution|response|answer|box)\|>)/i;

/** The answer without thoughts and markup; "" where nothing but thoughts came. Text that is one JSON object already stays as it is. */
export function readModelText(text: string): string {
  const whole = text.replace(/^\uFEFF/, "").trim();
  if (parseObject(whole) !== null) return whole;
  const answer = stripAnswerMarks(stripEndMarks(stripHead(stripThoughts(stripHead(readFinalChannel(whole))))).trim());
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
  if (foldedThought.test(text)) {
    const end = text.indexOf("</details>");
    return end < 0 ? "" : text.slice(end + "</details>".length);
  }
  const last = [...text.matchAll(thoughtEnding)].at(-1);
  if (last !== undefined) {
    const behind = text.slice(last.index + last[0].length);
    const open = [...text.slice(0, last.index).matchAll(thoughtOpening)].at(-1);
    return behind.trim() === "" && open !== undefined ? stripThoughts(text.slice(0, open.index)) : behind; // thoughts after the answer
  }
  return opensWithThought.test(text) ? "" : text;
}

/** The head of a turn that a server leaves before the answer: `<|im_start|>assistant`, `<start_of_turn>model`, `[/INST]`. */
function stripHead(text: string): string {
  let left = text.trimStart();
  for (let head = turnHead.exec(left); head !== null; head = turnHead.exec(left))
    left = left.slice(head[0].length).trimStart();
  return /^<s>(?![\s\S]*<\/s>\s*\S)/.test(left) ? left.slice("<s>".length) : left; // elsewhere it strikes words through
}

const turnHead =
  /^(?:<\|(?:im_start|start_header_id|start_of_role|start)\|>(?:assistant|model)\b(?:<\|(?:end_header_id|end_of_role)\|>)?|<start_of_turn>(?:model|assistant)\b|<[|｜](?:assistant|start_of_turn_token|chatbot_token|begin_of_text|begin▁of▁sentence|endoftext)[|｜]>|<bos>|\[\/INST\])/i;

/** A turn is over at its first mark of an end, or of another turn: what follows is a model that ran on, and answered itself. */
function stripEndMarks(text: string): string {
  const [turn] = text.split(turnEnd, 1);
  return turn.trimEnd().replace(/(\s{0,9}<\/s>){1,8}$/, "");
}

const turnEnd =
  /<\|(?:end|return|im_end|eot_id|endoftext|end_of_text|eom_id|end_of_turn_token|im_start|start_header_id|start_of_role|user)\|>|<(?:end_of_turn|start_of_turn|end_of_utterance|eos)>|\[\|(?:endofturn|user)\|\]|\[e~\[|<｜(?:end▁of▁sentence|user)｜>/i;

function stripAnswerMarks(text: string): string {
  const mark = answerMark.exec(text);
  if (!mark) return text;
  const name = mark[1] ?? mark[2];
  const inside = text.slice(mark[0].length).trimEnd();
  return inside.replace(new RegExp(`(?:</${name}>|<\\|end_(?:of_)?${name}\\|>)$`, "i"), "").trim();
}

function stripCodeFence(text: string): string {
  const plain = text.trim();
  const opening = /^```[a-z]*\s*\n/i.exec(plain)?.[0];
  return opening !== undefined && plain.endsWith("```") ? plain.slice(opening.length, -3).trim() : plain;
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

/** Mends the slips of models without a schema that leave no doubt: raw line ends and \' inside strings, commas before a closing bracket, blanks of other kinds between the members. */
function repairJson(text: string): string {
  return text.replace(/"(?:[^"\\]|\\[\s\S])*"?|,(?=\s*[}\]])|[\u00a0\u200b\u202f\u2060\u3000\ufeff]/g, (part) => {
    if (part === ",") return "";
    if (!part.startsWith('"')) return " ";
    return part
      .replace(/\\([\s\S])/g, (pair, letter) => (letter === "'" ? "'" : pair))
      .replace(/[\u0000-\u001f]/g, (control) => JSON.stringify(control).slice(1, -1));
  });
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
