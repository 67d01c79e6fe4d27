/**
 * Names of people. Which names a mail may hold is known from its headers (strong), from its greeting, sign-off and titles
 * (strong), and from the address book of the mailbox (weak: capital letters only, no common words). A name is taken apart into
 * first and last names, so that "Ann Lee" in the header and "Ann" in the text share the placeholder of Ann.
 */
import { COMMON_WORDS, DETERMINERS, NAME_PARTICLES, NO_NAMES, ROLE_WORDS } from "./name-words.ts";
import type { Span } from "./spans.ts";

/** Where names come from. */
export interface NameSources {
  /** Names that this mail shows to be names: of its headers, and `namesInText`. */
  readonly people: readonly string[];
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
/** Scripts that write names without blanks around them: searched inside words. */
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}]/u;
const WORD = /\p{L}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)*/gu;

/**
 * The parts of a display name, folded for comparison; none where it names a role, a list or a firm. `isHeader`: for the header
 * itself, where every word is replaced; elsewhere a word such as "SAtalk" is no name to look for.
 */
export function nameParts(displayName: string, { isHeader = false }: { isHeader?: boolean } = {}): string[] {
  const name = displayName.slice(0, 200).replace(/\([^)]*\)|\[[^\]]*\]|<[^>]*>|"/g, " ");
  if (/[@/\\]|\d{3}/.test(name)) return [];
  const pieces = name.split(/[\s,.;:_|&+-]+/).map((piece) => piece.replace(/^['’]+|['’]+$/g, ""));
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

/** Comparison form: composed, lower case, one kind of apostrophe. */
function fold(word: string): string {
  return word.normalize("NFC").toLowerCase().replaceAll("’", "'");
}

/** A search for the names of `sources`. */
export function createNameFinder({ people, book, ignored = new Set() }: NameSources): (view: string) => Span[] {
  const strong = new Set([...new Set(people)].flatMap((name) => nameParts(name)));
  const unspaced = groupByFirst([...[...strong].filter((part) => UNSPACED.test(part)), ...book.unspaced]);
  return (view) => {
    const found: Span[] = [];
    let previous: Previous = { end: -1, word: "", isName: false };
    for (const { index, 0: word } of view.matchAll(WORD)) {
      if (unspaced.size > 0 && UNSPACED.test(word)) {
        for (const span of findInside(word, index, unspaced)) found.push(span);
        continue;
      }
      const length = nameLength(word, { strong, book: book.parts });
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
  return !COMMON_WORDS.has(fold(name)) && (isCapital(word) || [...name].length > 2);
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

/** Begins with a capital letter, or is written in a script that has none. */
function isCapital(word: string): boolean {
  const first = String.fromCodePoint(word.codePointAt(0)!);
  return first !== first.toLowerCase() || first.toLowerCase() === first.toUpperCase();
}

/** A common word that stands where names stand: after a greeting or a title, alone on its line, before or after another name. */
function standsAsName(view: string, start: number, end: number, strong: ReadonlySet<string>): boolean {
  const before = view.slice(Math.max(0, start - 40), start);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const after = view.slice(end, end + 40);
  const isAlone = /^[ \t]*[-–—~/*]{0,3}[ \t]*$/.test(line) && /^[ \t]*[,.]?[ \t]*(?:\n|$)/.test(after);
  if (isAlone && (start === line.length || before.length > line.length)) return true;
  if (!isCapital(view.slice(start, end))) return GREETING_BEFORE.test(line) && /^[ \t]*[,!.:\n-]/.test(after);
  if (GREETING_BEFORE.test(line) || TITLE_BEFORE.test(line)) return true;
  if (/^From: $/.test(line)) return true;
  const next = /^(?: |, |-|\. | \p{Lu}\.? )(\p{Lu}[\p{L}\p{M}'’]*)/u.exec(after)?.[1];
  return next !== undefined && strong.has(fold(next)) && isCapital(next);
}

const GREETING =
  "(?:hi(?:ya)?|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|thanks|thank you|many thanks|cheers|hallo|liebe[rs]?|sehr geehrte[rs]?|guten (?:morgen|tag|abend)|moin|servus|grüezi|bonjour|bonsoir|salut|chère?|hola|buen(?:os|as) (?:días|tardes|noches)|estimad[oa]|querid[oa]|ciao|buongiorno|buonasera|car[oa]|gentile|egregio|olá|bom dia|boa tarde|car[oa]|prezad[oa]|beste|geachte|hoi|goedemorgen|hej|kära|bästa|hei|kjære|kære|cześć|dzień dobry|szanown[ya])";
const TITLE =
  "(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|madam|herrn?|frau|hr|fr|monsieur|madame|mme|mlle|señora?|sra?|srta|signora?|sig|dott|mevrouw|meneer|dhr|mw|uncle|aunt|rev|capt)\\.?";
const GREETING_BEFORE = new RegExp(`(?:^|[\\n.!?,;:(]) ?${GREETING}(?: ${TITLE})?[ ,] ?$`, "i");
const TITLE_BEFORE = new RegExp(`(?<![\\p{L}])${TITLE} $`, "iu");
const CAPITALIZED = "\\p{Lu}[\\p{L}\\p{M}'’-]{1,24}";
const GREETED = new RegExp(`(?:^|\\n)[ \\t>]{0,8}${GREETING},? (?:${TITLE} ){0,2}`, "giu");
const GREETED_NAMES = new RegExp(
  `(${CAPITALIZED}(?: ${CAPITALIZED}){0,2})(?:(?:, | (?:and|und|et|y|e|&) )(${CAPITALIZED}(?: ${CAPITALIZED})?)){0,1}[ \\t]*(?=[,!:;.\\n–—-]|$)`,
  "uy",
);
const TITLED = new RegExp(
  `(?<![\\p{L}])(?:Mr|Mrs|Ms|Mx|Dr|Prof|Professor|Herrn?|Frau|Monsieur|Madame|Mme|Mlle|Señora?|Sra?|Srta|Signora?|Mevrouw|Meneer)\\.? (${CAPITALIZED}(?: ${CAPITALIZED})?)`,
  "gu",
);
const CLOSING =
  /^[\s>]*(?:(?:(?:with|many|kind|best|warm|friendly|sincere|mit|viele|liebe|beste|freundlichen|herzliche[nr]?|schöne|bien|med|met|vänliga|vriendelijke|un|atentamente)[ ,]*)*(?:regards|wishes|thanks|thank you|thx|cheers|sincerely|yours(?: truly| sincerely| faithfully)?|love|best|cordially|respectfully|later|bye|gruß|grüße[n]?|grüssen?|gruss|lg|vg|mfg|cordialement|salutations|amitiés|à bientôt|bisous|saludos|abrazos?|atentamente|saluti|ciao|groet(?:en|jes)?|hälsningar|hilsen|mvh|abraços?|atenciosamente|pozdrawiam))[ ,.!-]*$/iu;
const LAST_LINES = 6;

/** Names that the text itself shows to be names: greeted, titled, or standing alone at its end. Capital letters only. */
export function namesInText(text: string): string[] {
  const found: string[] = [];
  for (const { index, 0: greeting } of text.matchAll(GREETED)) {
    GREETED_NAMES.lastIndex = index + greeting.length;
    const [, first = "", second = ""] = GREETED_NAMES.exec(text) ?? [];
    found.push(first, second);
  }
  for (const [, name] of text.matchAll(TITLED)) found.push(name);
  const lines = lastLines(text);
  for (const [i, line] of lines.entries()) {
    const isAfterClosing = i > 0 && CLOSING.test(lines[i - 1]);
    const match = SIGNED.exec(line);
    if (match && (isAfterClosing || (i === lines.length - 1 && i > 0 && [...line].length <= 24 && !line.endsWith("."))))
      found.push(match[1]);
    const inline =
      /(?:thanks|cheers|regards|wishes|best|love|grüße|gruß)[,.! -]{1,3}(\p{Lu}[\p{L}\p{M}'’-]{1,20})[.!]?$/iu.exec(
        line,
      );
    if (inline && i === lines.length - 1 && isCapital(inline[1])) found.push(inline[1]);
  }
  return [...new Set(found)].filter((name) => name !== "").flatMap(keepNames);
}

const SIGNED = new RegExp(
  `^[\\s>]*[-–—~/*]{0,3} ?(${CAPITALIZED}\\.?(?: (?:\\p{Lu}\\.|(?:van|von|de|der|den|la|le|di|da|bin|al) ?){0,2} ?${CAPITALIZED}){0,2})[ .]*$`,
  "u",
);

/** Leading words that are names; none where a word says that no name stands here. */
function keepNames(name: string): string[] {
  const words = name.split(/\s+/).filter((word) => word !== "");
  const end = words.findIndex((word) => !isCapital(word) || NO_NAMES.has(fold(word)) || ROLE_WORDS.has(fold(word)));
  return end === 0 ? [] : [words.slice(0, end < 0 ? undefined : end).join(" ")];
}

/** The last lines that hold text; looks at no more than their share of the end. */
function lastLines(text: string): string[] {
  return text
    .slice(-800)
    .split("\n")
    .map((line) => line.slice(0, 80).trim())
    .filter((line) => line !== "")
    .slice(-LAST_LINES);
}

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
