/** Pieces of sentences: noun phrases, the change of perspective from sender to replier, indirect questions. */

import { isTime } from "./details.ts";
import {
  ADJECTIVES,
  BASE_VERBS,
  INCLUSIVE_NOUNS,
  NOUN_STOPS,
  PREPOSITIONS,
  SENDERS_NOUNS,
  TRAILING,
} from "./lexicon.ts";

/** "our order with you" -> "your order with me": the words of the sender as the replier would say them. */
export function mirror(text: string): string {
  const words = expandContractions(text).split(" ");
  const result = words.map((word, index) => mirrorWord(word, words[index - 1] ?? "", words[index + 1] ?? ""));
  return result
    .join(" ")
    .replace(/\bI are\b/g, "I am")
    .replace(/\bare I\b/g, "am I")
    .replace(/\bI were\b/g, "I was")
    .replace(/\byou am\b/g, "you are")
    .replace(/\byou was\b/g, "you were");
}

function expandContractions(text: string): string {
  return text
    .replace(/\b(I|you|we|they|he|she|it|that|there)['’](m|re|ve|ll|d|s)\b/gi, (_, who: string, end: string) => {
      return `${who} ${{ m: "am", re: "are", ve: "have", ll: "will", d: "would", s: "is" }[end.toLowerCase()]}`;
    })
    .replace(/\bcan['’]t\b/g, "cannot")
    .replace(/\bwon['’]t\b/g, "will not")
    .replace(/n['’]t\b/g, " not")
    .replace(/\s+/g, " ");
}

function mirrorWord(word: string, before: string, after: string): string {
  const [, core, tail] = /^([\p{L}]+)([^\p{L}]*)$/u.exec(word) ?? ["", word, ""];
  const next = after.toLowerCase().replace(/[^\p{L}]/gu, "");
  switch (core.toLowerCase()) {
    case "i":
    case "me":
      return `you${tail}`;
    case "us":
      return `you${tail}`;
    case "my":
      return "your";
    case "mine":
      return `yours${tail}`;
    case "myself":
      return `yourself${tail}`;
    case "our":
      return INCLUSIVE_NOUNS.has(next) ? "our" : SENDERS_NOUNS.has(next) ? "your" : "the";
    case "your":
      return "my";
    case "yours":
      return `mine${tail}`;
    case "yourself":
      return `myself${tail}`;
    case "you":
      return isSubject(before, next, tail) ? `I${tail}` : `me${tail}`;
    default:
      return word;
  }
}

const DETERMINERS = new Set("a an the my your our his her their this that these those some any".split(" "));

function isSubject(before: string, next: string, tail: string): boolean {
  if (tail !== "" || next === "" || PREPOSITIONS.has(next) || DETERMINERS.has(next)) return false;
  if (
    /^(?:and|or|but|if|when|as|because|so|that|too|again|soon|later|directly|personally|more|less|better|alone|all|both|well)$/.test(
      next,
    )
  )
    return false;
  return !PREPOSITIONS.has(before.toLowerCase()) || /^(?:before|after|until|than)$/i.test(before);
}

/** The noun phrase at the start of `text`, or "" where there is none. */
export function takeNounPhrase(text: string, maxWords = 10): string {
  const words = text
    .slice(0, 240)
    .trim()
    .split(/\s+/, maxWords + 4);
  const taken: string[] = [];
  for (const [index, word] of words.entries()) {
    const core = word.toLowerCase().replace(/[^\p{L}\p{N}'#€$£-]/gu, "");
    if (taken.length === maxWords || core === "") break;
    if (
      NOUN_STOPS.has(core) ||
      (taken.length > 0 && DETERMINERS.has(core) && !PREPOSITIONS.has(taken.at(-1)!.toLowerCase()))
    )
      break;
    if (
      taken.length > 0 &&
      /^(?:on|at|by|from|in|of|for|until|before|to)$/.test(core) &&
      startsTime(words.slice(index + 1))
    )
      break;
    taken.push(word.replace(/(?<![,;:?!)("])[,;:?!)("]+$/, "").replace(/^["(]/, ""));
    if (/[,;:?!)(]$|[.]$/.test(word) || /^\(/.test(words[index + 1] ?? "")) break;
  }
  while (taken.length > 0 && TRAILING.has(taken.at(-1)!.toLowerCase())) taken.pop();
  const phrase = taken
    .join(" ")
    .replace(/(?<![.,;:])[.,;:]+$/, "")
    .replace(/ (?:at hand|in copy|in writing|as well)$/, "");
  return /\p{L}/u.test(phrase) ? phrase : "";
}

function startsTime(words: readonly string[]): boolean {
  const clean = words.slice(0, 4).map((word) => word.replace(/(?<![.,;:?!)])[.,;:?!)]+$/, ""));
  return (
    [1, 2, 3, 4].some((count) => isTime(clean.slice(0, count).join(" "))) ||
    /^(?:\d{4}|the end|next|this)$/i.test(clean.slice(0, 1).join(" "))
  );
}

/** The noun phrase that follows the first match of `lead`, or "". */
export function nounPhraseAfter(text: string, lead: RegExp, maxWords = 10): string {
  const match = lead.exec(text);
  return match ? takeNounPhrase(text.slice(match.index + match[0].length), maxWords) : "";
}

/** All noun phrases with a determiner. */
export function findNounPhrases(text: string): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(
    /\b(?:the|our|my|your|a|an|this|two|three|four|five|six|\d+) (?=[\p{L}\p{N}])/giu,
  )) {
    const phrase = takeNounPhrase(text.slice(match.index, match.index + 240));
    if (phrase.includes(" ") && !/^a (?:few|lot|bit|while|little)\b/i.test(phrase)) found.push(phrase);
  }
  return found;
}

const MODALS = "will|would|can|could|should|shall|may|might|must";
const AUXILIARIES = new Set(`is are was were has have had do does did ${MODALS.replace(/\|/g, " ")}`.split(" "));
const PRONOUNS = new Set(
  "i you we they he she it this that there anyone anybody someone somebody everyone everybody".split(" "),
);
const MAX_INDIRECT_WORDS = 16;

/**
 * A direct question as the object of "I will check": "When will it arrive?" -> "when it will arrive",
 * "What is the status of X?" -> "the status of X", "Is there a discount?" -> "whether there is a discount". Null where the
 * grammar is beyond us. The result is seen from the replier's side.
 */
export function indirectQuestion(question: string): string | null {
  const words = expandContractions(question.replace(/(?<![?!.\s])[?!.\s]+$/, "")).split(" ");
  if (words.length < 3 || words.length > MAX_INDIRECT_WORDS || /[?;]/.test(question.slice(0, -1))) return null;
  words[0] = words[0].charAt(0).toLowerCase() + words[0].slice(1);
  const preposition =
    /^(?:at|by|until|to|for|in|from)$/.test(words[0]) && /^(?:what|which|when|whom)$/.test(words[1]) ? 1 : 0;
  const opening = words[preposition];
  const indirect = /^(?:what|when|where|who|whom|whose|which|why|how)$/.test(opening)
    ? indirectWh(words, preposition)
    : indirectYesNo(words);
  return indirect === null ? null : mirror(indirect);
}

function indirectWh(words: readonly string[], start: number): string | null {
  const at = words.findIndex((word, index) => index > start && index < start + 7 && AUXILIARIES.has(word));
  if (at < 0) return BASE_VERBS.has(words[start + 1]?.replace(/s$/, "")) ? words.join(" ") : null;
  const opening = words.slice(0, at).join(" ");
  const [auxiliary, rest] = [words[at], words.slice(at + 1)];
  if (rest.length === 0) return null;
  // "What is the price of X" asks for "the price of X".
  if (opening === "what" && /^(?:is|are)$/.test(auxiliary) && DETERMINERS.has(rest[0].toLowerCase()))
    return rest.join(" ");
  // "Who is in charge", "What has happened": the question word is the subject.
  if (/^(?:who|what)$/.test(opening) && !PRONOUNS.has(rest[0].toLowerCase()) && !DETERMINERS.has(rest[0].toLowerCase()))
    return words.join(" ");
  // "Which topics are urgent": the question word and its noun are the subject.
  if (
    at > start + 1 &&
    !PRONOUNS.has(rest[0].toLowerCase()) &&
    !DETERMINERS.has(rest[0].toLowerCase()) &&
    /^(?:is|are|was|were|has|have)$/.test(auxiliary)
  )
    return words.join(" ");
  return reorder(`${opening} `, auxiliary, rest);
}

function indirectYesNo(words: readonly string[]): string | null {
  const [auxiliary, ...rest] = words;
  return AUXILIARIES.has(auxiliary) && rest.length > 0 ? reorder("whether ", auxiliary, rest) : null;
}

/** Puts the auxiliary behind the subject. */
function reorder(opening: string, auxiliary: string, rest: readonly string[]): string | null {
  if (rest[0].toLowerCase() === "not") return null;
  const end = subjectEnd(auxiliary, rest);
  if (end === 0) return null;
  const subject = rest.slice(0, end).join(" ");
  const predicate = rest.slice(end);
  if (auxiliary === "do") return `${opening}${subject} ${predicate.join(" ")}`.trim();
  if (auxiliary === "does") {
    if (predicate.length === 0 || !BASE_VERBS.has(predicate[0])) return null;
    return `${opening}${subject} ${[thirdPerson(predicate[0]), ...predicate.slice(1)].join(" ")}`;
  }
  if (auxiliary === "did") return null;
  return `${opening}${[subject, auxiliary, ...predicate].join(" ")}`;
}

/** How many words the subject has; 0 where that is unclear. */
function subjectEnd(auxiliary: string, rest: readonly string[]): number {
  if (PRONOUNS.has(rest[0].toLowerCase())) return 1;
  if (/^\p{Lu}/u.test(rest[0]) && rest.length > 1) return /^\p{Lu}/u.test(rest[1]) ? 2 : 1;
  const startsPredicate = (word: string) => {
    if (/^(?:do|does|did|will|would|can|could|should|shall|may|might|must)$/.test(auxiliary))
      return BASE_VERBS.has(word) || word === "be";
    if (/^(?:has|have|had)$/.test(auxiliary))
      return /(?:ed|en)$/.test(word) || /^(?:been|gone|found|sent|made|come|left)$/.test(word);
    return ADJECTIVES.has(word) || /(?:ed|ing)$/.test(word) || /^(?:still|already|also|in|on|at|part|too)$/.test(word);
  };
  const isNoun = (index: number) => DETERMINERS.has(rest[index - 1].toLowerCase());
  const at = rest.findIndex((word, index) => index > 0 && !isNoun(index) && startsPredicate(word.toLowerCase()));
  return at > 0 && at <= 11 ? at : 0;
}

function thirdPerson(verb: string): string {
  if (verb === "have") return "has";
  if (/(?:s|sh|ch|x|o)$/.test(verb)) return `${verb}es`;
  return /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ies` : `${verb}s`;
}
