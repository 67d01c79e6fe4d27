/** Given names that a text shows by themselves: of a table of many languages, with the family name behind them. */
import table from "./given-names.json" with { type: "json" };
import { COMMON_WORDS, DETERMINERS, NAME_PARTICLES, NO_NAMES, ROLE_WORDS } from "./name-words.ts";
import { fold } from "./words.ts";

const GIVEN: ReadonlySet<string> = new Set(table.given.split(" "));
/** Given names that are words of some language, or of three letters. */
const WORDS_TOO: ReadonlySet<string> = new Set(table.wordsToo.split(" "));
const PLACES_TOO: ReadonlySet<string> = new Set(table.placesToo.split(" "));
const GERMAN_FAMILY: ReadonlySet<string> = new Set(table.germanFamily.split(" "));
/** Other names of people, most of them family names. */
const OTHERS: ReadonlySet<string> = new Set(table.others.split(" "));

/** Names that are words, places or things too: never known in small letters. Short ones stand in the table for their length alone. */
export function isDoubtfulName(folded: string): boolean {
  return (WORDS_TOO.has(folded) && [...folded].length > 3) || PLACES_TOO.has(folded) || NOT_ALONE.has(folded);
}

/** Names of the table that are things or places more often than people in mail: known only with another name behind them. */
const NOT_ALONE = new Set(
  (
    "alexa america africa alberta apache arial armada asia avalon aurora bahia bergen bristol berkeley carolina cheyenne cisco columbia cordoba corsica dakota delphi delta denver devon diego dolby eiffel " +
    "elan essex eugene gaia galway genoa georgia havana henley huston india indiana iowa israel java jersey jordan kali kent kenya kingston lima linus lorena lourdes lyon madras malta " +
    "mandarin marino maven mercedes mila milan mississippi modena monaco monserrate montana nevada odin oracle oxford paris parma pascal perl persia petra phoenix porsche preston python raleigh regina rhode rio " +
    "roma ruby samara santiago san savannah siena sierra skype sonora surrey sydney tampa texas titan tokyo troy tulsa utah valencia venezia verona victoria vienna virginia windsor york zurich"
  ).split(" "),
);

const CAPITALIZED = /(?<![\p{L}\p{N}_@/.#&+-])\p{Lu}[\p{L}\p{M}]*(?:['’-]\p{Lu}[\p{L}\p{M}]+)*(?![\p{L}\p{N}_@/])/gu;
const MAX_FAMILY_WORDS = 2;

/** Full names whose first word is a known given name; alone where it is nothing but a name. */
export function findGivenNames(text: string): string[] {
  const isGerman = hasNounCapitals(text);
  const words = [...text.matchAll(CAPITALIZED)];
  const found: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const { index, 0: word } = words[i];
    const base = fold(word).replace(/'s$/, "");
    let trust = trustOf(base);
    if (trust === "none" || isShouting(word, text, index) || isAfterArticle(text, index)) continue;
    if (trust === "word" && !isGerman && isInSentence(text, index)) trust = "sure";
    const family = base === fold(word) ? familyAfter(text, words, { from: i, isGerman, trust }) : [];
    if (family.length > 0) found.push([word, ...family].join(" "));
    else if (trust === "sure") found.push(word.slice(0, base.length));
    i += family.length;
  }
  return found;
}

/** How far a word shows a name: by itself; amid a sentence, where a capital says so too; before a known family name. */
function trustOf(name: string): "sure" | "word" | "before family" | "none" {
  const parts = name.split("-");
  const isGiven =
    GIVEN.has(name) || (parts.length > 1 && parts.every((part) => GIVEN.has(part) || WORDS_TOO.has(part)));
  if (NO_NAMES.has(name) || ROLE_WORDS.has(name)) return "none";
  if (isGiven && !COMMON_WORDS.has(name) && !NOT_ALONE.has(name)) return "sure";
  if (WORDS_TOO.has(name) && !COMMON_WORDS.has(name) && !NOT_ALONE.has(name)) return "word";
  return isGiven || WORDS_TOO.has(name) || PLACES_TOO.has(name) || OTHERS.has(name) ? "before family" : "none";
}

/** The words with capitals right behind a given name that may be the family's: any but words, or only known ones. */
function familyAfter(
  text: string,
  words: readonly RegExpExecArray[],
  { from, isGerman, trust }: { from: number; isGerman: boolean; trust: "sure" | "word" | "before family" },
): string[] {
  const family: string[] = [];
  let end = words[from].index + words[from][0].length;
  for (let next = from + 1; family.length < MAX_FAMILY_WORDS && next < words.length; next++) {
    const [word] = words[next];
    if (!BETWEEN.test(text.slice(end, words[next].index)) || !mayBeFamily(word)) break;
    const name = fold(word).replace(/'s$/, "");
    const isKnown = OTHERS.has(name) || GERMAN_FAMILY.has(name) || (GIVEN.has(name) && !NOT_ALONE.has(name));
    const isEnough = isGerman
      ? GERMAN_FAMILY.has(name) || GIVEN.has(name)
      : trust === "sure" && !NEVER_FAMILY.has(name);
    if (!isEnough && !(isKnown && !NEVER_FAMILY.has(name))) break;
    family.push(word.slice(0, name.length));
    end = words[next].index + word.length;
  }
  return family;
}

/** Words that begin the next sentence or say what a firm is, with a capital right behind a given name. */
const NEVER_FAMILY = new Set(
  "please will can could would should have has is are was were do does did may might must and but or if when what how why who where which this that these those here there then thanks thank best kind hope see let get go come call make take just only also not now next last first new old airport street road hotel park university college house hall bank bridge station school hospital church center centre cup prize award effect theorem law test times post news press national united league city county state ich wir sie ist hat bitte und oder aber".split(
    " ",
  ),
);
const BETWEEN = /^(?: \p{Lu}\.)? (?:(?:van|von|de|der|den|la|le|di|da|del|dos|bin|al|el|zu|ten|ter) ){0,2}$/u;

function mayBeFamily(word: string): boolean {
  const name = fold(word);
  if (word.length < 2 || (/^\p{Lu}+$/u.test(word) && word.length < 5)) return false; // an abbreviation
  return ![NO_NAMES, ROLE_WORDS, NAME_PARTICLES, DETERMINERS].some((set) => set.has(name));
}

/** "the Hilton", "a Johnson contract". */
function isAfterArticle(text: string, start: number): boolean {
  return /(?:^|[^\p{L}])(?:the|an?) $/iu.test(text.slice(Math.max(0, start - 5), start));
}

/** Amid other words, behind one in small letters that is no article: where only a name has a capital. */
function isInSentence(text: string, start: number): boolean {
  const before = /(?:^|[^\p{L}])(\p{Ll}[\p{L}'’]{0,23}),? $/u.exec(text.slice(Math.max(0, start - 24), start))?.[1];
  return before !== undefined && !ARTICLES.has(before);
}

const ARTICLES = new Set(
  "a an the this that these those my your his her its our their some any no every each der die das den dem des ein eine einen le la les l un une des el los las una il lo gli i uno o os as um uma de het een in on at".split(
    " ",
  ),
);

/** A line in capitals: there a capital says nothing. */
function isShouting(word: string, text: string, start: number): boolean {
  if (word.length < 2 || word !== word.toUpperCase()) return false;
  const near = text.slice(Math.max(0, start - 30), start + word.length + 30);
  return (near.match(/\p{Lu}/gu)?.length ?? 0) > 2 * (near.match(/\p{Ll}/gu)?.length ?? 0);
}

/** German by its small words: there every noun has a capital. */
function hasNounCapitals(text: string): boolean {
  const head = text.slice(0, 4000);
  const german =
    head.match(
      /(?<!\p{L})(?:und|der|die|das|ist|nicht|ich|wir|sie|mit|für|ein|eine|bitte|auf|zu|von|den|dem)(?!\p{L})/gu,
    )?.length ?? 0;
  const other =
    head.match(/(?<!\p{L})(?:the|and|is|to|of|you|de|la|el|que|et|les|il|di|che|het|een|van)(?!\p{L})/gu)?.length ?? 0;
  return german > other;
}
