/** Sentences of a mail and of a reply. The paper asks for one to three; a greeting and a sign-off are not counted. */

/** The parts of a reply; joined they hold all its words. */
export interface ReplyParts {
  /** `Hi Ann,` on a line of its own or before the first sentence; "" where there is none. */
  readonly greeting: string;
  readonly sentences: readonly string[];
  /** `Best regards,` and the name after it; "" where there is none. */
  readonly signOff: string;
}

/** Takes a reply apart. A reply that is nothing but a greeting or a sign-off is one sentence. */
export function splitReply(reply: string): ReplyParts {
  let rest = reply.trim();
  const greeting = GREETING.exec(rest)?.[0] ?? "";
  rest = rest.slice(greeting.length);
  const signOff = findSignOff(rest);
  rest = rest.slice(0, rest.length - signOff.length);
  const sentences = splitSentences(rest);
  if (sentences.length > 0) return { greeting: greeting.trim(), sentences, signOff: signOff.trim() };
  return { greeting: "", sentences: splitSentences(reply), signOff: "" };
}

/** `Hi Ann,` `Dear [Name]:` `Guten Tag Frau Vogt,` before anything else, up to its comma, mark or line end. */
const GREETING =
  /^(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening|day)|hallo|liebe[r]?|sehr geehrte[rs]?|guten (?:tag|morgen|abend)|moin|bonjour|bonsoir|salut|ch(?:er|ère)s?|hola|buen(?:os|as) (?:d[ií]as|tardes|noches)|estimad[oa]s?|querid[oa]s?|ciao|buongiorno|buonasera|salve|gentile|gentilissim[oa]|egregi[oa]|car[oaie]|olá|oi|bom dia|boa (?:tarde|noite)|prezad[oa]s?|exm[oa]s?\.|estimad[oa]s|beste|geachte|hoi|dag|goede(?:morgen|middag|navond))(?!\p{L})(?:[ \t]+(?:(?:mr|mrs|ms|dr|prof|sr|sra|sig|dott|drs|ing)\.[ \t]*(?:ssa[ \t]+(?=[^\s,.!?:;])|(?!ssa[ \t]+[^\s,.!?:;])))*[^\s,.!?:;]+){0,5}[ \t]*(?:[,!:][ \t]*\n*|\n+)/iu;

/** A closing formula as a line of its own, or as the end of a line with or without a name. */
const CLOSING_WORDS =
  "best|kind|kindest|warm|warmest|many thanks|thanks|thank you|regards|sincerely|cheers|yours|all the best|respectfully|cordially|take care|talk soon|speak soon|see you (?:soon|later)|(?:lots of )?love|hugs" +
  "|(?:(?:mit|viele|vielen|liebe|beste|besten|freundlichen|freundliche|herzliche|herzlichen|schöne|schönen)[ \\t]+)*(?:grü(?:ß|ss)en?|gru(?:ß|ss)|dank)|danke|lg|vg|mfg|bis bald" +
  "|(?:bien[ \\t]+)?(?:cordialement|amicalement|à vous)|merci(?: beaucoup)?|à bientôt|bonne journée|sincères salutations" +
  "|(?:un[ \\t]+)?(?:cordial[ \\t]+)?saludos?(?: cordiales)?|atentamente|(?:muchas )?gracias|un abrazo|hasta pronto" +
  "|(?:(?:un|cordiali|distinti)[ \\t]+)?salut[io](?: cordiali)?|grazie(?: mille)?|a presto|un abbraccio" +
  "|(?:com os melhores[ \\t]+)?cumprimentos|atenciosamente|(?:um[ \\t]+)?abraço|(?:muito )?obrigad[oa]|até breve" +
  "|(?:met[ \\t]+)?(?:(?:vriendelijke|hartelijke)[ \\t]+)?(?:groet|groeten|groetjes)|sterkte|groet|bedankt|dank je(?: wel)?|tot snel";
const CLOSING = `(?:(?:with|my)[ \\t]+)?(?:${CLOSING_WORDS})(?:[ \\t]+(?:and[ \\t]+)?(?:best|regards|wishes|again|in advance|truly|sincerely|faithfully|so much|very much|thanks)){0,9}`;
const CLOSING_LINE = new RegExp(`^${CLOSING}[ \\t]*[,.!]?$`, "i");
const SIGN_OFF_REACH = 200; //     characters at the end of a line
const CLOSING_AT_END = new RegExp(
  `(?:^|[.!?…)][ \\t]+)(${CLOSING})([ \\t]*(?![ \\t])(?:[,.!][ \\t]*(?![ \\t]))?)([^.!?\\n]{0,${SIGN_OFF_REACH}})[.!]?$`,
  "i",
);
const NAME = /^(?:(?:\[[^\]\n]+\]|\{[^}\n]+\}|<[^>\n]+>|\p{Lu}[\p{L}\p{M}'’-]*(?![\p{L}\p{M}'’-]))[ \t,]*){1,4}$/u;
const LINES_AFTER_CLOSING = 3;
const WORDS_AFTER_CLOSING = 5; // in each of these lines: a name, a title

/** The closing formula and the names after it at the end of `text`, with the whitespace between; "" where there is none. */
function findSignOff(text: string): string {
  const lines = text.split("\n");
  const isShort = (line: string) =>
    line.trim().split(/\s+/).length <= WORDS_AFTER_CLOSING && !/[!?]$/.test(line.trim());
  for (let at = Math.max(0, lines.length - 2 * LINES_AFTER_CLOSING - 1); at < lines.length; at++) {
    const after = lines.slice(at + 1).filter((line) => line.trim() !== "");
    const isClosing = CLOSING_LINE.test(lines[at].trim());
    if (isClosing && after.length <= LINES_AFTER_CLOSING && after.every(isShort)) return lines.slice(at).join("\n");
  }
  const match = CLOSING_AT_END.exec(lines[lines.length - 1].slice(-SIGN_OFF_REACH));
  if (!match) return bareName(text);
  const [, closing, separator, name] = match;
  if (name !== "" && !(/[,!]/.test(separator) && NAME.test(name))) return "";
  return match[0].slice(match[0].indexOf(closing));
}

/** A name alone after the last sentence, as short mails are signed: "See you on Friday! Tom". */
function bareName(text: string): string {
  const name =
    /[.!?…)]\s+((?:(?:de|van|der|den|von|da|di|del|dos|du)[ ])?(?:\p{Lu}[\p{L}\p{M}'’-]*(?![\p{L}\p{M}'’-])[ ]?(?:(?:de|van|der|den|von|da|di|del|dos|du)[ ]){0,2}){1,3})$/u.exec(
      text.slice(-SIGN_OFF_REACH),
    )?.[1] ?? "";
  return SENTENCE_STARTS.has(name.trim().toLowerCase().split(/\s/)[0]) ? "" : name;
}

/** Capitalised words that begin a sentence which was cut, rather than being a name. */
const SENTENCE_STARTS = new Set("a an the i we you he she it they this that these those my our your please thanks thank if when as at but and or so to for in on of would could can will do is are let looking best there here what where how why who also however once since yes no not ich wir sie das der die ein es bitte je nous vous il elle le la les un une merci el los yo lo gracias io noi per grazie eu nós o os um uma ik wij we u het de een".split(" ")); // biome-ignore format: a list

/** The bullet or number of a list item, at the head of a line. */
export const LIST_MARK = /^(?:[-*•–]|\d{1,2}[.)])[ \t]+/;
const LIST_ITEM = /\n(?=[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+\S)/;

/**
 * Sentences of running text: ended by . ! ? … with what closes after it, by an empty line, or by the next item of a list. Their
 * words and the white space inside them are those of the text. What holds neither letter nor digit is none.
 */
export function splitSentences(text: string): string[] {
  return text.split(/\n[ \t]*\n/).flatMap((paragraph) => paragraph.split(LIST_ITEM).flatMap(splitParagraph));
}

function splitParagraph(paragraph: string): string[] {
  const sentences: string[] = [];
  let start = 0;
  for (const match of paragraph.matchAll(/(?<![.!?…])[.!?…]+["'”’)\]»]*(?=\s|$)/g)) {
    const end = match.index + match[0].length;
    if (!endsSentence(paragraph.slice(start, end), match[0], paragraph.slice(end).trimStart())) continue;
    sentences.push(paragraph.slice(start, end).trim());
    start = end;
  }
  sentences.push(paragraph.slice(start).trim());
  return sentences.filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

/** Whether the mark at the end of `sentence` ends it, given what follows. */
function endsSentence(sentence: string, mark: string, rest: string): boolean {
  if (rest === "") return true;
  if (/^(?:\.{2,}|…)/.test(mark)) return !/^\p{Ll}/u.test(rest); // "well... maybe" goes on
  if (!mark.startsWith(".")) return true;
  const word = /(\S{1,40}?)\.["'”’)\]»]*$/.exec(sentence.slice(-WORD_REACH))?.[1].replace(/^["'“‘([«]+/, "") ?? "";
  if (NEVER_LAST.has(word.toLowerCase())) return false;
  if (/^\p{Lu}$/u.test(word) && word !== "I") return false; // an initial: J. Smith
  if (/^\d{1,2}$/.test(word) && MONTH_NEXT.test(rest)) return false; // am 3. März
  if (/^\d+$/.test(word) && sentence.trim() === `${word}.`) return false; // the number of a list item
  if (MAYBE_LAST.has(word.toLowerCase()) || /^(?:\p{L}\.)+\p{L}$/u.test(word)) return /^["'“‘([«]*\p{Lu}/u.test(rest); // 3 p.m. Then …
  return true;
}

/** A month in German after the day's ordinal point. */
const MONTH_NEXT = /^(?:jan|feb|mär|maerz|apr|mai|jun|jul|aug|sep|okt|nov|dez)/i;

/** A longer word, in characters, is no abbreviation. */
const WORD_REACH = 40;

/** Abbreviations that something always follows. */
const NEVER_LAST = new Set("mr mrs ms mx dr prof rev hon gen col sgt capt lt st sr jr vs e.g i.e cf approx ca no nos fig figs vol pp art dept tel ext attn encl re nr bzw z.b d.h ggf inkl evtl sig dott sra mme mlle núm".split(" ")); // biome-ignore format: a list
/** Abbreviations that may also end a sentence. */
const MAYBE_LAST = new Set("etc inc ltd co corp llc a.m p.m am pm u.s u.k e.u jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun min max est hr hrs ave blvd rd b.c a.d ph.d m.sc b.sc".split(" ")); // biome-ignore format: a list
