/**
 * Names of people. Which names a mail may hold is known from its headers (strong), from its greeting, sign-off and titles
 * (strong), and from the address book of the mailbox (weak: capital letters only, no common words). A name is taken apart into
 * first and last names, so that "Ann Lee" in the header and "Ann" in the text share the placeholder of Ann.
 */

import { isDoubtfulName } from "./given-names.ts";
import { COMMON_WORDS, DETERMINERS, NAME_PARTICLES, ROLE_WORDS } from "./name-words.ts";
import type { Span } from "./spans.ts";
import { GREETING, TITLE } from "./text-names.ts";
import { fold, isCapital, UNSPACED } from "./words.ts";

/** Where names come from. */
export interface NameSources {
  /** Names of the mail's headers: known in small letters too. */
  readonly people: readonly string[];
  /** Names that the text shows to be names (`namesInText`): known with a capital. */
  readonly shown?: readonly string[];
  /** Names of the whole mailbox. */
  readonly book: NameBook;
  /** Words that are no names here, from `subjectTags`. */
  readonly ignored?: ReadonlySet<string>;
}

/** The names of many people, taken apart once. */
export interface NameBook {
  readonly parts: ReadonlySet<string>;
  /** Those in scripts without blanks. */
  readonly unspaced: readonly string[];
}

export function createNameBook(names: Iterable<string>): NameBook {
  const parts = new Set<string>();
  for (const name of names) for (const part of nameParts(name)) parts.add(part);
  return { parts, unspaced: [...parts].filter((part) => UNSPACED.test(part)) };
}

const SHORTEST_PART = 2;
const WORD = /\p{L}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)*/gu;

/**
 * The parts of a display name, folded for comparison; none where it names a role, a list or a firm. `isHeader`: for the header
 * itself, where every word is replaced; elsewhere a word such as "SAtalk" is no name to look for.
 */
export function nameParts(displayName: string, { isHeader = false }: { isHeader?: boolean } = {}): string[] {
  const name = displayName.slice(0, 200).replace(/\([^()]{0,200}\)|\[[^[\]]{0,200}\]|<[^<>]{0,200}>|"/g, " ");
  if (/[@/\\]|\d{3}/.test(name)) return [];
  const pieces = name.split(/[\s,.;:_|&+-]+/).map((piece) => piece.replace(/^['’]+|(?<!['’])['’]+$/g, ""));
  const words = pieces.filter((piece) => piece !== "");
  if (words.length > 6 || words.some((word) => ROLE_WORDS.has(fold(word)))) return [];
  if (words.length === 1 && isBrand(words[0])) return [];
  const names = words.filter((word) => WHOLE_WORD.test(word) && !NAME_PARTICLES.has(fold(word)));
  const parts = names.filter((word) => isHeader || !isMixedCase(word)).map(fold);
  const isLongEnough = (part: string) => [...part].length >= SHORTEST_PART;
  return [...new Set(parts.flatMap((part) => (UNSPACED.test(part) ? splitUnspaced(part) : [part])))].filter(
    isLongEnough,
  );
}

const WHOLE_WORD = /^\p{L}[\p{L}\p{M}'’]*$/u;

/** One word as firms and lists write themselves: an abbreviation, or a capital inside. */
function isBrand(word: string): boolean {
  return /^\p{Lu}{2,8}$/u.test(word) || isMixedCase(word);
}

/** A capital after a small letter, but not "MacCarthy" or "JoAnn"; or several capitals and then a small letter. */
function isMixedCase(word: string): boolean {
  const rest = word.replace(
    /^(?:Ma?c|D[aeiu]|De[ls]|L[aeo]|Van|Von|Fitz|O['’]?|Jo|Anna?|Anne|Mary|Lee)(?=\p{Lu})/u,
    "",
  );
  return /\p{Ll}\p{Lu}|^\p{Lu}{2,}\p{Ll}/u.test(rest);
}

/** A name in a script without blanks: whole, and its halves as families and given names usually are. */
function splitUnspaced(part: string): string[] {
  const characters = [...part];
  const cut = (from: number, to?: number) => characters.slice(from, to).join("");
  if (characters.length === 3) return [part, cut(1)];
  return characters.length === 4 ? [part, cut(0, 2), cut(2)] : [part];
}

/** A search for the names of `sources`. */
export function createNameFinder({
  people,
  shown = [],
  book,
  ignored = new Set(),
}: NameSources): (view: string) => Span[] {
  const partsOf = (names: readonly string[]) => new Set([...new Set(names)].flatMap((name) => nameParts(name)));
  const headers = partsOf(people);
  const strong = new Set([...headers, ...partsOf(shown)]);
  const unspaced = groupByFirst([...[...strong].filter((part) => UNSPACED.test(part)), ...book.unspaced]);
  return (view) => {
    const found: Span[] = [];
    let previous: Previous = { end: -1, word: "", isName: false };
    for (const { index, 0: word } of view.matchAll(WORD)) {
      if (unspaced.size > 0 && UNSPACED.test(word)) {
        for (const span of findInside(word, index, unspaced)) found.push(span);
        continue;
      }
      const length = nameLength(word, { strong: isCapital(word) ? strong : headers, book: book.parts });
      const isJoined = /[\p{N}_]/u.test(view[index - 1] ?? "") || /[\p{N}_]/u.test(view[index + word.length] ?? "");
      let isName = length > 0 && !isJoined && !ignored.has(fold(word.slice(0, length)));
      if (isName && !isSure(word, length)) {
        const follows = previous.isName && isCapital(word) && /^[ .,-]{1,3}$/.test(view.slice(previous.end, index));
        isName = follows || isInSentence(view, index, previous) || standsAsName(view, index, index + length, strong);
      }
      if (isName) found.push({ start: index, end: index + length });
      const goesOn = previous.isName && index === previous.end + 1 && NAME_PARTICLES.has(word); // "María de la Cruz"
      previous = { end: index + word.length, word, isName: isName || goesOn };
    }
    return found;
  };
}

/** The word before. */
interface Previous {
  readonly end: number;
  readonly word: string;
  readonly isName: boolean;
}

/** A capitalized common word inside a sentence, where only a name has a capital: not first, not after an article or a preposition. */
function isInSentence(view: string, start: number, { end, word }: Previous): boolean {
  return (
    isCapital(view.slice(start, start + 2)) &&
    /^,? $/.test(view.slice(end, start)) &&
    word === word.toLowerCase() &&
    !DETERMINERS.has(fold(word))
  );
}

/** The words of a subject's tags ("[ILUG] Question"): a list's name, not a person's. */
export function subjectTags(subject: string): Set<string> {
  const tags = Array.from(subject.slice(0, 500).matchAll(/\[([^[\]]{1,40})\]/g), ([, tag]) => tag);
  return new Set(tags.flatMap((tag) => Array.from(tag.matchAll(WORD), ([word]) => fold(word))));
}

/** Every word of `text` that is among `parts`, in the form of `nameParts`. */
export function findWords(text: string, parts: ReadonlySet<string>): Span[] {
  return Array.from(text.matchAll(WORD), ({ index, 0: word }) => ({
    start: index,
    end: index + word.length,
    word,
  })).filter(({ word }) => parts.has(fold(word)));
}

/** Nothing but a name: no common word, and with a capital unless it has three letters or more. */
function isSure(word: string, length: number): boolean {
  const name = word.slice(0, length);
  const folded = fold(name);
  if (COMMON_WORDS.has(folded)) return false;
  return isCapital(word) || ([...name].length > 2 && !isDoubtfulName(folded));
}

/** How much of `word` is a known name (a genitive s is not); 0 where none is. */
function nameLength(
  word: string,
  { strong, book }: { strong: ReadonlySet<string>; book: ReadonlySet<string> },
): number {
  const whole = fold(word);
  const isCapitalized = isCapital(word);
  for (const ending of ["", "'s", "'", "s"]) {
    if (ending !== "" && (!whole.endsWith(ending) || (ending === "s" && (whole.length < 5 || !isCapitalized))))
      continue;
    const base = whole.slice(0, whole.length - ending.length);
    const length = base.length === whole.length ? word.length : word.length - ending.length;
    if (strong.has(base)) return length;
    if (ending !== "s" && book.has(base) && isCapitalized && !COMMON_WORDS.has(base) && [...base].length > 2)
      return length;
  }
  return 0;
}

/** A common word that stands where names stand: after a greeting or a title, alone on its line, before or after another name. */
function standsAsName(view: string, start: number, end: number, strong: ReadonlySet<string>): boolean {
  const before = view.slice(Math.max(0, start - 40), start);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const after = view.slice(end, end + 40);
  const isAlone =
    /^[ \t]*(?![ \t])[-–—~/*]{0,3}[ \t]*$/.test(line) && /^[ \t]*(?![ \t])[,.]?[ \t]*(?:\n|$)/.test(after);
  if (isAlone && (start === line.length || before.length > line.length)) return true;
  if (!isCapital(view.slice(start, end))) return GREETING_BEFORE.test(line) && /^[ \t]*[,!.:\n-]/.test(after);
  if (GREETING_BEFORE.test(line) || TITLE_BEFORE.test(line)) return true;
  if (/^From: $/.test(line)) return true;
  const next = /^(?: |, |-|\. | \p{Lu}\.? )(\p{Lu}[\p{L}\p{M}'’]*)/u.exec(after)?.[1];
  return next !== undefined && strong.has(fold(next)) && isCapital(next);
}

const GREETING_BEFORE = new RegExp(`(?:^|[\\n.!?,;:(]) ?${GREETING}(?: ${TITLE})?[ ,] ?$`, "i");
const TITLE_BEFORE = new RegExp(`(?<![\\p{L}])${TITLE} $`, "iu");

function groupByFirst(parts: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const part of [...parts].sort((a, b) => b.length - a.length)) {
    if ([...part].length < 2) continue;
    const first = String.fromCodePoint(part.codePointAt(0)!);
    const group = groups.get(first);
    if (group) group.push(part);
    else groups.set(first, [part]);
  }
  return groups;
}

/** Known names inside a run of characters without blanks; the longest first. */
function findInside(word: string, offset: number, names: ReadonlyMap<string, readonly string[]>): Span[] {
  const found: Span[] = [];
  for (let at = 0; at < word.length; ) {
    const first = String.fromCodePoint(word.codePointAt(at)!);
    const name = names.get(first)?.find((candidate) => word.startsWith(candidate, at));
    if (name !== undefined) found.push({ start: offset + at, end: offset + at + name.length });
    at += name?.length ?? first.length;
  }
  return found;
}
