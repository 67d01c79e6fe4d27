/** A steering line in words, "decline, propose Thursday", read into what the draft has to do. */
import { UserError } from "../../errors.ts";
import { readSteering, type Wish } from "../../mail/portable.ts";
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
  /** One sentence is asked for. */
  readonly isShort: boolean;
  /** The line without control characters; "" where none was given. */
  readonly line: string;
  /** Parts of the line that no rule understood: only a model trained with steering lines can follow them. */
  readonly open: readonly string[];
}

/** ours: a line, not a letter. */
const LONGEST_LINE = 500;

/**
 * Reads a line. Its parts, parted by commas, semicolons, "and" or "but", are each an intent (decline, accept, defer, thank), "propose X", "ask X",
 * "say X" or "in one sentence"; the rest is left to the model. Throws UserError for a line of more than 500 characters or without words.
 */
export function parseSteering(line: string | undefined, phrases: Phrases | null): SteeringPlan {
  if (line === undefined) return { intent: null, sentences: [], line: "", open: [], isShort: false };
  const plain = readLine(line);
  const { intent, wishes, open, isShort } = readSteering(plain);
  if (phrases === null)
    return { intent, sentences: [], line: plain, open: [...wishes.map(({ text }) => text), ...open], isShort };
  return { intent, sentences: wishes.map((wish) => sentenceFor(wish, phrases)), line: plain, open, isShort };
}

/** A steering line as it is read: on one line, without control tokens. Throws UserError for more than 500 characters, or none that is a word. */
export function readLine(line: string): string {
  const plain = line
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]+/gu, " ")
    .replace(/<\|[^|>]{0,60}\|>|\[\/?INST\]|<\/?s>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/(?<![.!])[.!]+$/, "");
  if (plain.length > LONGEST_LINE)
    throw new UserError(
      `The steering line has ${plain.length} characters; at most ${LONGEST_LINE} are read. Say it shorter.`,
    );
  if (!/[\p{L}\p{N}]/u.test(plain))
    throw new UserError('The steering line holds no words. Say what to do, such as "decline, propose Thursday".');
  return plain;
}

function sentenceFor({ kind, text }: Wish, { say }: Phrases): string {
  const fill = (template: string, x: string) => template.replace("{x}", () => x);
  switch (kind) {
    case "propose":
      return fill(say.propose, text);
    case "ask":
      return CLAUSE.test(text)
        ? fill(say.ask, text.replace(/^if\b/i, "whether"))
        : fill(say.askFor, text.replace(/^about\b/i, "more about"));
    case "say":
      return `${capitalised(text)}.`;
    case "confirm":
      return capitalised(fill(say.confirm, text));
    default:
      return kind satisfies never;
  }
}

/** What asks by itself, and is no thing to be told: "when it opens", "ob er kommt". */
const CLAUSE =
  /^(?:\p{L}{2,4} )?(?:if|whether|wh[aeiy]\p{L}*|how|ob|wann|wer|wen|wem|was|wo\p{L}*|wie\p{L}*|warum|welche\p{L}?|si|quand|qui|quoi|où|comment|pourquoi|combien|quel\p{L}*|ce que|cuándo|quién\p{L}*|qué|cómo|dónde|cuál\p{L}*|cuánt\p{L}*)(?!\p{L})/iu;

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
