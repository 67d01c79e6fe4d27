/**
 * What a model answered, read with care: clean JSON first, then the ways in which models miss it (code fences, words
 * around the object, the paper's own forms). What cannot be read for certain is a defect, and never guessed.
 */
import { type CallKind, type Criterion, criteria, type Feedback, type Scores } from "./criteria.ts";
import { findObjects, isRecord, parseObject, readModelText } from "./model-text.ts";

/** A judgement with scores in [0, 1]; `clamped` names those that the judge had put outside. */
export interface Judgement {
  readonly scores: Scores;
  readonly feedback: Feedback;
  readonly clamped: readonly Criterion[];
}

/** Either the value, or why the text cannot be used. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly defect: string };

const good = <T>(value: T): Parsed<T> => ({ ok: true, value });
const bad = (defect: string): Parsed<never> => ({ ok: false, defect });

/** Keys under which models return a reply, ours first; written small and without what is no letter. */
const replyKeys = [
  ...["response", "refinedresponse", "reply", "refinedreply", "emailresponse", "emailreply", "responseemail"],
  ...["body", "emailbody", "draft", "answer", "message", "content", "text", "output"],
];

/** The reply in an answer to "generate" or "refine": a JSON object, or for "refine" also the paper's `Refined Response:` text. */
export function parseReply(kind: Exclude<CallKind, "judge">, text: string): Parsed<string> {
  const said = readModelText(text);
  const alone = parseObject(said);
  const objects = alone ? [alone] : findObjects(said).map(({ value }) => value);
  const replies = objects.filter((value) => findReply(value) !== undefined);
  const isCertain = new Set(replies.map((value) => JSON.stringify(findReply(value)?.[1]))).size < 2; // of two replies neither is
  const object = isCertain ? (replies[0] ?? objects[0]) : null;
  if (!object) {
    const plain = kind === "refine" ? /^\s*\**Refined Response:?\**:?\s*([\s\S]+)$/i.exec(said) : null;
    if (!plain) return bad(noObject(text, said));
    return checkReply(unquote(plain[1].trim()));
  }
  const found = findReply(object);
  if (found === undefined) return bad(`the answer has no "response" key (it has ${listKeys(object)})`);
  const [key, value, pieces] = found;
  if (typeof value !== "string") return bad(`"${key}" is not a string`);
  if (pieces.length > 0)
    return bad(`the reply is in pieces ("${key}", ${pieces.map((piece) => `"${piece}"`).join(", ")})`);
  return checkReply(value);
}

/** What a model puts beside the body when it lays a reply out in pieces. */
const pieceKeys = ["greeting", "salutation", "opening", "closing", "signoff", "signature"];
/** Where a call of a function that is told as text keeps what it is given. */
const argumentKeys = ["arguments", "parameters", "args", "input"];

/**
 * The member that holds the reply, by the first of the known keys, and the keys of pieces of it beside; also within an object that is the only member
 * (`{"result": {"response": …}}`) or what a function is called with (`{"name": "reply", "arguments": {"response": …}}`).
 */
function findReply(
  object: Record<string, unknown>,
  depth = 0,
): [key: string, value: unknown, pieces: readonly string[]] | undefined {
  const members = Object.entries(object);
  const plain = members.map(([key]) => plainKey(key));
  const known = replyKeys.map((key) => plain.indexOf(key)).find((at) => at >= 0);
  const called = argumentKeys.map((key) => plain.indexOf(key)).find((at) => at >= 0 && plain.includes("name"));
  const at = known ?? called ?? (members.length === 1 ? 0 : undefined);
  if (at === undefined) return undefined;
  const [key, inside] = members[at];
  const within = at === called && typeof inside === "string" ? parseObject(inside) : inside;
  if (isRecord(within) && depth < 2) {
    const found = findReply(within, depth + 1);
    if (found !== undefined) return found;
  }
  const pieces = members.filter(
    ([, value], i) => pieceKeys.includes(plain[i]) && typeof value === "string" && value !== "",
  );
  return known === undefined ? undefined : [key, inside, pieces.map(([piece]) => piece)];
}

const plainKey = (key: string) => key.toLowerCase().replace(/[^a-z]/g, "");

/**
 * Scores and feedback in an answer to "judge". Accepts our form, the same laid flat, and the paper's repeated keys. An object
 * with words around it may be a quotation of the mail, which would then have judged its own reply: it is read only where `judged`,
 * the texts that the judge saw, do not name its scores, and only where it is the only one.
 */
export function parseJudgement(text: string, judged?: readonly string[]): Parsed<Judgement> {
  const said = readModelText(text);
  const alone = parseObject(said);
  if (alone) return readObject(alone, said);
  if (said === "") return bad(noObject(text, said));
  const [only, ...others] = findObjects(said);
  const none = bad("the answer is not one JSON object and nothing else");
  if (!only || others.length > 0 || !judged) return none;
  const result = readObject(only.value, only.text);
  return result.ok && findCopiedScores(result.value.scores, judged) !== null ? none : result;
}

/** Why there is no object: the model said something else, nothing, or only thought. */
function noObject(text: string, said: string): string {
  return said === "" && text.trim() !== ""
    ? "the answer holds only the model's reasoning"
    : "the answer is not a JSON object";
}

function readObject(given: Record<string, unknown>, whole: string): Parsed<Judgement> {
  const object = withPlainKeys(given);
  const holders = [object, ...(isRecord(object.scores) ? [withPlainKeys(object.scores)] : [])];
  const byCriterion = holders.find((holder) => criteria.every((criterion) => isRecord(holder[criterion])));
  if (byCriterion !== undefined) return readByCriterion(byCriterion);
  if (isRecord(object.scores)) return readJudgement(withPlainKeys(object.scores), object.feedback);
  const pairs = readFlatPairs(whole);
  if (!pairs) return bad(`the answer has no "scores" (it has ${listKeys(object)})`);
  return readRepeatedKeys(pairs);
}

/** The same members under their names in small letters. */
function withPlainKeys(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key.trim().toLowerCase(), value]));
}

/** `{"relevance": {"score": 0.8, "feedback": "…"}, …}`. */
function readByCriterion(object: Record<string, unknown>): Parsed<Judgement> {
  const parts = criteria.map(
    (criterion) => [criterion, withPlainKeys(object[criterion] as Record<string, unknown>)] as const,
  );
  const remark = (part: Record<string, unknown>) =>
    ["feedback", "comment", "reason", "reasoning", "explanation"]
      .map((key) => part[key])
      .find((value) => value !== undefined);
  return readJudgement(
    Object.fromEntries(parts.map(([criterion, part]) => [criterion, part.score])),
    Object.fromEntries(parts.map(([criterion, part]) => [criterion, remark(part)])),
  );
}

/** A defect where one of the judged texts names, for every criterion, the score that the judge gave: then it has copied them from there. */
export function findCopiedScores(scores: Scores, judged: readonly string[]): string | null {
  const copied = judged.some((text) =>
    criteria.every((criterion) => namedScores(text, criterion).includes(scores[criterion])),
  );
  return copied ? "the scores are those that the judged text itself names: they are copied, not judged" : null;
}

/** The numbers that stand behind the name of a criterion. */
function namedScores(text: string, criterion: Criterion): number[] {
  const named = new RegExp(`\\b${criterion}\\b[\\s"'*\\\\:=-]{1,10}(\\d{0,3}\\.?\\d{1,6})`, "gi");
  return Array.from(text.matchAll(named), ([, number]) => Number(number));
}

function checkReply(value: string): Parsed<string> {
  const reply = value.replace(/\r\n?/g, "\n").trim();
  if (reply === "") return bad("the reply is empty");
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(reply)) return bad("the reply holds a control character");
  if (reply.includes("\ufffd")) return bad("the reply holds half a character (U+FFFD)"); // a server that cuts between the tokens of an emoji
  return good(reply);
}

/** ours: a score so little outside is a slip; 1.5 is one of a scale from 1 to 5. */
const MOST_SLIP = 0.1;

function readJudgement(scores: Record<string, unknown>, feedback: unknown): Parsed<Judgement> {
  const texts = isRecord(feedback) ? withPlainKeys(feedback) : {};
  const values: Partial<Record<Criterion, number>> = {};
  const said: Partial<Record<Criterion, string>> = {};
  const clamped: Criterion[] = [];
  for (const criterion of criteria) {
    const given = scores[criterion];
    const score = typeof given === "string" && /^\d([.,]\d+)?$/.test(given) ? Number(given.replace(",", ".")) : given; // "0.85", "0,85"
    if (typeof score !== "number" || !Number.isFinite(score))
      return bad(`the score for ${criterion} is missing or no number`);
    if (score < -MOST_SLIP || score > 1 + MOST_SLIP)
      return bad(`the score for ${criterion} is ${score}: not on a scale from 0 to 1`);
    if (score < 0 || score > 1) clamped.push(criterion);
    values[criterion] = Math.min(1, Math.max(0, score));
    const remark = typeof feedback === "string" ? feedback : texts[criterion];
    if (typeof remark !== "string") return bad(`the feedback for ${criterion} is missing`);
    said[criterion] = remark.trim();
  }
  return good({ scores: values as Scores, feedback: said as Feedback, clamped });
}

/** The paper's example (§A.1): each name once with a number and once with a text; the text for relevance is under "feedback". */
function readRepeatedKeys(pairs: readonly (readonly [string, number | string])[]): Parsed<Judgement> {
  const scores: Record<string, number> = {};
  const feedback: Record<string, string> = {};
  for (const [key, value] of pairs) {
    if (typeof value === "number") {
      if (key in scores) return bad(`two scores for ${key}`);
      scores[key] = value;
    } else {
      const criterion = key === "feedback" ? "relevance" : key.replace(/_feedback$/, "");
      if (criterion in feedback) return bad(`two feedback texts for ${criterion}`);
      feedback[criterion] = value;
    }
  }
  return readJudgement(scores, feedback);
}

/** Key and value of every member of a flat object of numbers and strings, repeats kept (JSON.parse would drop them); null where it is not flat. */
function readFlatPairs(text: string): [string, number | string][] | null {
  const string = '"(?:[^"\\\\]|\\\\.)*"';
  const member = new RegExp(`\\s*(${string})\\s*:\\s*(-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|${string})\\s*([,}])`, "y");
  member.lastIndex = text.indexOf("{") + 1;
  const pairs: [string, number | string][] = [];
  for (;;) {
    const match = member.exec(text);
    if (!match) return null;
    pairs.push([JSON.parse(match[1]), JSON.parse(match[2])]);
    if (match[3] === "}") return pairs;
  }
}

function unquote(text: string): string {
  return /^"[\s\S]*"$/.test(text) ? text.slice(1, -1) : text;
}

function listKeys(object: Record<string, unknown>): string {
  const keys = Object.keys(object).slice(0, 5);
  return keys.length > 0 ? keys.map((key) => `"${key.slice(0, 40)}"`).join(", ") : "no keys";
}
