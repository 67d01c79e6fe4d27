/** A steering line in words, "decline, propose Thursday", read into what a reply has to do; and whether a reply does it. */
import { splitReply } from "./sentences.ts";
import { stanceOf } from "./stance.ts";

/** What a line says of the decision. */
export type SteeredIntent = "accept" | "decline" | "defer" | "acknowledge";

/** Something that the reply has to say. */
export interface Wish {
  readonly kind: "propose" | "ask" | "say" | "confirm";
  /** As it stands in the line, without the verb. */
  readonly text: string;
}

/** A line, read. */
export interface SteeringWishes {
  /** Null: the line names none. */
  readonly intent: SteeredIntent | null;
  readonly wishes: readonly Wish[];
  /** "in one sentence", "short". */
  readonly isShort: boolean;
  /** Parts that no rule understood: only a model trained with steering lines can follow them. */
  readonly open: readonly string[];
}

const INTENTS: readonly (readonly [SteeredIntent, RegExp])[] = [
  ["decline", /^(?:please )?(?:decline|refuse|reject|say no|no\b|turn (?:it |them |him |her )?down|cancel|absagen|ablehnen|nein|refuser|décliner|non\b|rechazar|declinar)/iu],
  ["accept", /^(?:please )?(?:accept|agree|approve|confirm|say yes|yes\b|ok\b|okay\b|zusagen|annehmen|bestätigen|ja\b|accepter|oui\b|aceptar|sí\b|confirmar)/iu],
  ["defer", /^(?:please )?(?:defer|postpone|put (?:it |them )?off|later\b|not yet|need (?:more )?time|verschieben|später|plus tard|más tarde)/iu],
  ["acknowledge", /^(?:please )?(?:acknowledge|thank|thanks\b|note it|danken|bedanken|remercier|agradecer)/iu],
]; // biome-ignore format: one pattern a line
const SHORT =
  /^(?:please )?(?:(?:in|with) (?:one|a single) sentence|(?:keep it )?(?:short|brief)(?:ly)?|kurz|in einem satz)$/iu;
const WISHES: readonly (readonly [Wish["kind"], RegExp])[] = [
  ["propose", /^(?:please )?(?:(?:instead )?(?:propose|suggest|offer)|vorschlagen|schlage|proposer|proponer) (.+)$/iu],
  ["ask", /^(?:please )?(?:ask(?: (?:him|her|them))?(?: for)?|fragen?(?: nach)?|demander|preguntar) (.+)$/iu],
  ["say", /^(?:please )?(?:say|tell (?:him|her|them)|mention|write|add|sagen?|schreibe?)(?: that|,? dass)?:? (.+)$/iu],
  ["confirm", /^(?:please )?(?:accept|confirm|bestätigen?) (?!the\b|it\b|that\b|his\b|her\b|their\b)(.+)$/iu],
]; // biome-ignore format: one pattern a line

const PARTING =
  /[;,] ?(?:and |but |und |et |y )?| (?:and|but) (?=(?:propose|suggest|ask|say|tell|mention|thank|decline|accept)\b)|\. /iu;

/** Reads a line. Its parts are parted by commas, semicolons, "and" or "but"; each is an intent, a wish, or the length. */
export function readSteering(line: string): SteeringWishes {
  let intent: SteeredIntent | null = null;
  let isShort = false;
  const wishes: Wish[] = [];
  const open: string[] = [];
  for (const piece of line.replace(/\s+/gu, " ").split(PARTING)) {
    const part = piece.trim();
    if (part === "") continue;
    if (SHORT.test(part)) {
      isShort = true;
      continue;
    }
    const named = INTENTS.find(([, pattern]) => pattern.test(part));
    if (named !== undefined) intent ??= named[0];
    const found = WISHES.map(([kind, pattern]) => ({ kind, text: pattern.exec(part)?.[1] })).find(({ text }) => text);
    if (found !== undefined) wishes.push({ kind: found.kind, text: found.text!.replace(/(?<![.?!])[.?!]+$/, "") });
    else if (named === undefined || part.split(" ").length > 3) open.push(part);
  }
  return { intent, wishes, isShort, open };
}

/** One thing that a line asks for, and whether the reply has it. */
export interface Obeyed {
  readonly about: "intent" | "fact" | "length";
  readonly wish: string;
  readonly followed: boolean;
}

/** Whether `reply` does what the line asks: its stance, the words of every wish, its length. */
export function checkSteering({ intent, wishes, isShort, open }: SteeringWishes, reply: string): Obeyed[] {
  const found: Obeyed[] = [];
  const stance = stanceOf(reply);
  if (intent === "accept") found.push({ about: "intent", wish: intent, followed: stance !== "no" });
  if (intent === "decline") found.push({ about: "intent", wish: intent, followed: stance === "no" });
  if (intent === "defer") found.push({ about: "intent", wish: intent, followed: DEFERRING.test(reply) });
  if (intent === "acknowledge")
    found.push({ about: "intent", wish: intent, followed: /thank|note|appreciate/i.test(reply) });
  for (const wish of [...wishes.map(({ kind, text }) => `${kind} ${text}`), ...open])
    found.push({ about: "fact", wish, followed: holdsWords(reply, wish.replace(/^(?:propose|ask|say|confirm) /, "")) });
  if (isShort) found.push({ about: "length", wish: "short", followed: splitReply(reply).sentences.length <= 1 });
  return found;
}

const DEFERRING = /\b(?:check|get back|let you know|later|look into|find out|come back to you)\b/i;

/** Whether the words of a wish stand in the text: those longer than three letters, and figures. */
export function holdsWords(text: string, wish: string): boolean {
  const words = (of: string) => of.toLowerCase().match(/[\p{L}\p{N}]+(?:['’.,:@-][\p{L}\p{N}]+)*/gu) ?? [];
  const said = new Set(words(text));
  const wanted = words(wish).filter((word) => word.length > 3 || /\d/.test(word));
  return wanted.length > 0 && wanted.every((word) => said.has(word));
}
