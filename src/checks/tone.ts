/** A11: the register fits the mail's, and nothing is rude. Features of form only; what is felt needs a judge. */
import { splitReply } from "../mail/portable.ts";

/** How formal a mail is, as its author meant it. */
export const FORMALITIES = ["formal", "neutral", "casual"] as const;
export type Formality = (typeof FORMALITIES)[number];

/** What of the form of a reply shows its register. */
export interface ToneFeatures {
  readonly exclamations: number;
  readonly emoji: number;
  readonly contractions: number;
  readonly hedges: number;
  /** "hey", "gonna", "lol". */
  readonly casualWords: readonly string[];
  /** "Dear Sir", "hereby", "Yours faithfully". */
  readonly formalWords: readonly string[];
  readonly rudeWords: readonly string[];
}

const EMOJI = /\p{Extended_Pictographic}/gu;
const CONTRACTION = /\b\w+['’](?:ll|re|ve|m|d|s|t)\b/gi;
const HEDGE = /\b(?:maybe|perhaps|possibly|i think|i guess|probably|might|sort of|kind of|it seems)\b/gi;
const CASUAL =
  /(?<!\p{L})(?:hey|hiya|yo|sup|gonna|wanna|gotta|kinda|yeah|yep|nope|lol|omg|btw|thx|pls|dude|bro|mate|buddy|no worries|no prob|awesome|cool|cheers|super cool|ciao|tschüss|hi leute|coucou|bisous|besos|xoxo|k thx)(?!\p{L})/giu;
const FORMAL =
  /\b(?:dear sir|dear madam|to whom it may concern|hereby|herewith|pursuant|kindly be advised|yours faithfully|respectfully|esteemed|i am writing to|please be informed|in accordance with)\b|(?<!\p{L})(?:hochachtungsvoll|veuillez agréer|distinguida? señora?|distinti saluti)(?!\p{L})/giu;
const RUDE =
  /\b(?:stupid|idiots?|idiotic|shut up|damn|hell no|crap|bullshit|ridiculous|pathetic|your fault|not my problem|stop (?:bothering|wasting)|whatever|obviously you|how dare you|useless|moron|get lost|read (?:the|my) (?:email|mail) again|as i already told you|deal with it)\b|(?<!\p{L})(?:dumm|idiot|unverschämt|imbécile|estúpido|stupido|estúpido|stom)(?!\p{L})/giu;

/** Counts the features of `reply`. */
export function toneFeatures(reply: string): ToneFeatures {
  const all = (pattern: RegExp) => [...reply.matchAll(pattern)].map(([text]) => text);
  return {
    exclamations: all(/!/g).length,
    emoji: all(EMOJI).length,
    contractions: all(CONTRACTION).length,
    hedges: all(HEDGE).length,
    casualWords: all(CASUAL),
    formalWords: all(FORMAL),
    rudeWords: all(RUDE),
  };
}

/** ours: more marks than these are no longer of the register. */
const MOST_EXCLAMATIONS: Readonly<Record<Formality, number>> = { formal: 1, neutral: 2, casual: 4 };
const MOST_HEDGES = 3;

/** What does not fit a mail of `formality`: the offending words, each with why. */
export function findWrongTone(reply: string, formality: Formality): string[] {
  const tone = toneFeatures(reply);
  const wrong: string[] = [];
  if (tone.rudeWords.length > 0) wrong.push(`rude: ${tone.rudeWords.join(", ")}`);
  if (tone.exclamations > MOST_EXCLAMATIONS[formality]) wrong.push(`${tone.exclamations} exclamation marks`);
  if (tone.hedges > MOST_HEDGES) wrong.push(`${tone.hedges} hedges`);
  if (formality === "formal") {
    if (tone.emoji > 0) wrong.push(`emoji in a formal reply: ${[...reply.matchAll(EMOJI)].join(" ")}`);
    if (tone.casualWords.length > 0) wrong.push(`casual in a formal reply: ${tone.casualWords.join(", ")}`);
  }
  if (formality === "casual" && tone.formalWords.length > 0)
    wrong.push(`stiff in a casual reply: ${tone.formalWords.join(", ")}`);
  const letters = splitReply(reply)
    .sentences.join(" ")
    .replace(/[^\p{L}]/gu, "");
  const capitals = letters.replace(/[^\p{Lu}]/gu, "");
  if (letters.length > 20 && capitals.length > letters.length / 2) wrong.push("all capitals");
  return wrong;
}
