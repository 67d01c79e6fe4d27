/** A steering line in words, "decline, propose Thursday", read into what the draft has to do. */
import { UserError } from "../../errors.ts";
import type { Intent, Phrases } from "./phrases.ts";

/** How a draft is to be. */
export interface Steering {
  /** A line in the owner's words; see `parseSteering` for what is understood. */
  readonly line?: string;
  readonly tone?: Tone;
  readonly length?: Length;
  /** ISO 639-1; default: that of the mail. */
  readonly language?: string;
}

export const TONES = ["formal", "friendly", "brief"] as const;
export type Tone = (typeof TONES)[number];
export const LENGTHS = ["short", "medium", "long"] as const;
export type Length = (typeof LENGTHS)[number];

/** What a line was understood as. */
export interface SteeringPlan {
  /** Null: the line names none. */
  readonly intent: Intent | null;
  /** Whole sentences that the draft has to hold. */
  readonly sentences: readonly string[];
  /** The line without control characters; "" where none was given. */
  readonly line: string;
  /** Parts of the line that no rule understood: only a model trained with steering lines can follow them. */
  readonly open: readonly string[];
}

/** ours: a line, not a letter. */
const LONGEST_LINE = 500;

const INTENTS: readonly (readonly [Intent, RegExp])[] = [
  ["decline", /^(?:please )?(?:decline|refuse|reject|say no|no\b|turn (?:it |them |him |her )?down|cancel|absagen|ablehnen|nein|refuser|décliner|non\b|rechazar|declinar)/iu],
  ["accept", /^(?:please )?(?:accept|agree|approve|confirm|say yes|yes\b|ok\b|okay\b|zusagen|annehmen|bestätigen|ja\b|accepter|oui\b|aceptar|sí\b|confirmar)/iu],
  ["defer", /^(?:please )?(?:defer|postpone|put (?:it |them )?off|later\b|not yet|need (?:more )?time|verschieben|später|plus tard|más tarde)/iu],
  ["acknowledge", /^(?:please )?(?:acknowledge|thank|thanks\b|note it|danken|bedanken|remercier|agradecer)/iu],
]; // biome-ignore format: one pattern a line
const PROPOSE =
  /^(?:please )?(?:(?:instead )?(?:propose|suggest|offer)|vorschlagen|schlage|proposer|proponer)\s+(.+)$/iu;
const ASK = /^(?:please )?(?:ask(?: (?:him|her|them))?(?: for)?|fragen?(?: nach)?|demander|preguntar)\s+(.+)$/iu;
const SAY =
  /^(?:please )?(?:say|tell (?:him|her|them)|mention|write|add|sagen?|schreibe?)(?: that|,? dass)?:?\s+(.+)$/iu;
const ACCEPT_DETAIL = /^(?:please )?(?:accept|confirm|bestätigen?)\s+(?!the\b|it\b|that\b|his\b|her\b|their\b)(.+)$/iu;

/**
 * Reads a line. Its parts, parted by commas, semicolons, "and" or "but", are each an intent (decline, accept, defer, thank), "propose X", "ask X" or
 * "say X"; the rest is left to the model. Throws UserError for a line of more than 500 characters or without words.
 */
export function parseSteering(line: string | undefined, phrases: Phrases | null): SteeringPlan {
  if (line === undefined) return { intent: null, sentences: [], line: "", open: [] };
  const plain = readLine(line);
  let intent: Intent | null = null;
  const sentences: string[] = [];
  const open: string[] = [];
  for (const part of plain.split(
    /\s*[;,]\s*(?:and |but |und |et |y )?|\s+(?:and|but) (?=(?:propose|suggest|ask|say|tell|mention|thank|decline|accept)\b)|\.\s+/iu,
  )) {
    if (part === "") continue;
    const named = INTENTS.find(([, pattern]) => pattern.test(part));
    if (named !== undefined) intent ??= named[0];
    const sentence = phrases === null ? null : sentenceFor(part, phrases);
    if (sentence !== null) sentences.push(sentence);
    else if (named === undefined || part.split(" ").length > 3) open.push(part);
  }
  return { intent, sentences, line: plain, open };
}

/** A steering line as it is read: on one line, without control tokens. Throws UserError for more than 500 characters, or none that is a word. */
export function readLine(line: string): string {
  const plain = line
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]+/gu, " ")
    .replace(/<\|[^|>]{0,60}\|>|\[\/?INST\]|<\/?s>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[.!]+$/, "");
  if (plain.length > LONGEST_LINE)
    throw new UserError(
      `The steering line has ${plain.length} characters; at most ${LONGEST_LINE} are read. Say it shorter.`,
    );
  if (!/[\p{L}\p{N}]/u.test(plain))
    throw new UserError('The steering line holds no words. Say what to do, such as "decline, propose Thursday".');
  return plain;
}

function sentenceFor(part: string, { say }: Phrases): string | null {
  const fill = (template: string, x: string) => template.replace("{x}", () => x.replace(/[.?!]+$/, ""));
  const propose = PROPOSE.exec(part);
  if (propose !== null) return fill(say.propose, propose[1]);
  const ask = ASK.exec(part);
  if (ask !== null) return fill(say.ask, ask[1].replace(/^if\b/i, "whether").replace(/^about\b/i, "more about"));
  const told = SAY.exec(part);
  if (told !== null) return `${capitalised(told[1]).replace(/[.?!]+$/, "")}.`;
  const detail = ACCEPT_DETAIL.exec(part);
  return detail === null ? null : capitalised(fill(say.confirm, detail[1]));
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
