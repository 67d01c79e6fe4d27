/** Names in running text: capitalised words where nothing but a name is written with a capital. */
import type { Claim } from "./calendar.ts";

/** Words with a capital that name nobody and nothing a reply could get wrong. */
const NO_NAMES = new Set(
  (
    "i i'm i'll i'd i've ok okay fyi asap rsvp pdf cv hr it am pm ceo cfo cto faq id url eu uk us usa vat ps p.s re rsvp tbd tba eta eod cob kpi pr qa ui ux ai api sms gps dm nda sla csv usb wifi wi-fi nb dr mr mrs ms mx prof professor sir madam " +
    "team all everyone everybody there both folks dear hi hello hey best kind regards thanks thank cheers sincerely yours warm sorry sure please yes no perfect great oh ah wow well ha " +
    "internet email e-mail english german french spanish italian portuguese dutch american british european " +
    "christmas easter god good morning afternoon evening day name monsieur madame mesdames messieurs mme mlle m sra sr srta señor señora sig signora signor signore dott dottore dottoressa ssa prof.ssa senhor senhora dona meneer mevrouw herr frau damen herren " +
    "sie ihnen ihr ihre ihrem ihren ihrer lei la le vous usted ustedes você u uw vossa sua suo " +
    "bonjour bonsoir merci hola gracias ciao grazie olá obrigado obrigada hoi hé hé, coucou enhorabuena felicidades auguri hallo danke dank liebe lieber sehr geehrte geehrter guten tag beste geachte salut cher chère estimado estimada gentile caro cara"
  ).split(" "),
);

const GREETING_WORDS =
  "hi|hello|hey|dear|good morning|good afternoon|good evening|hallo|liebe[r]?|sehr geehrte[r]?|guten (?:tag|morgen|abend)|moin|bonjour|bonsoir|salut|cher|chère|hola|buenos días|buenas tardes|estimad[oa]|querid[oa]|ciao|buongiorno|buonasera|salve|gentile|egregi[oa]|car[oa]|olá|oi|bom dia|boa tarde|prezad[oa]|beste|geachte|hoi|dag|goede(?:morgen|middag)";
const TITLES =
  "mr|mrs|ms|mx|miss|dr|prof|herrn?|frau|monsieur|madame|mme|mlle|señora?|sra|sr|srta|signora?|signor|sig|dott|dottoressa|senhora?|dona|meneer|mevrouw|dhr|mevr";
const AFTER_GREETING = new RegExp(
  `^[ \\t]*(?:${GREETING_WORDS})[ \\t]+((?:(?:${TITLES})\\.?(?:ssa)?[ \\t]+)*)((?:\\p{Lu}[\\p{L}\\p{M}'’-]*[ \\t]*){1,3})`,
  "dgimu",
);
const AFTER_TITLE = new RegExp(`(?<!\\p{L})(?:${TITLES})\\.?(?:ssa)?[ ]+(\\p{Lu}[\\p{L}'’-]+)`, "dgiu");
const CAPITALISED = /(?<![\p{L}\p{N}@./_-])\p{Lu}[\p{L}\p{M}]*(?:['’-]\p{L}+)*/gu;

/** Languages that write every noun with a capital: there only a greeting, a title or a sign-off shows a name. */
const NOUN_CAPITALS = new Set(["de"]);

/**
 * Every word that is a name where it stands: capitalised inside a sentence, after a greeting or a title, in `signOff`. A capital that
 * only begins a sentence is none, unless another name follows at once ("Anna Weber will come").
 */
export function findNames(text: string, options: { language?: string; signOff?: string } = {}): Claim[] {
  const { language = "en", signOff = "" } = options;
  const found = new Map<number, string>();
  const add = (at: number, words: string) => {
    for (const match of words.matchAll(CAPITALISED)) if (!isNoName(match[0])) found.set(at + match.index, match[0]);
  };
  for (const match of text.matchAll(AFTER_GREETING)) add(match.indices![2][0], match[2]);
  for (const match of text.matchAll(AFTER_TITLE)) add(match.indices![1][0], match[1]);
  const signOffAt = signOff === "" ? text.length : text.lastIndexOf(signOff);
  const closing = /^[^\n,]*(?:,|\n|$)/.exec(signOff)?.[0].length ?? 0;
  add(signOffAt + closing, text.slice(signOffAt + closing));
  if (!NOUN_CAPITALS.has(language)) {
    const body = text.slice(0, signOffAt);
    const words = [...body.matchAll(CAPITALISED)];
    words.forEach((match, i) => {
      const before = body.slice(Math.max(0, match.index - MARKS_BEFORE), match.index);
      const startsSentence = /(?:^|[.!?…:;\n"“”«»(•\]–—¿¡-])[\s"'“‘«(*-]{0,12}$/u.test(before);
      const next = words[i + 1];
      const pairs = next !== undefined && next.index === match.index + match[0].length + 1 && !isNoName(next[0]);
      if (startsSentence && !(pairs && !STARTERS.has(match[0].toLowerCase()))) return;
      if (!isNoName(match[0])) found.set(match.index, match[0]);
    });
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([at, word]) => ({ kind: "name", text: word, keys: [`name:${foldName(word)}`], at }));
}

/** How many characters between a sentence's end and its first word are looked at: a blank, a quotation mark, a bullet. */
const MARKS_BEFORE = 12;

/** Words that begin sentences and stand before names: "For Anna", "Thanks Tom", "Is Ben coming?". */
const STARTERS = new Set(
  "a an the and but or so if when as at by for from in of on to with is are was were will would can could should has have had do does did my our your his her their its this that these those i we you he she they let please thanks thank yes no not once since while after before until about regarding happy glad sorry see meet ask tell call how what who where why which great perfect absolutely unfortunately hopefully also then than both all each any some just only maybe perhaps either neither congratulations welcome dear hi hello hey le la les un une el los las il lo gli i o os as de het een".split(
    " ",
  ),
);

function isNoName(word: string): boolean {
  return NO_NAMES.has(word.toLowerCase().replace(/’/g, "'")) || NO_NAMES.has(foldName(word));
}

/** A name without case, accents and the possessive. */
export function foldName(word: string): string {
  return word
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/['’]s?$/, "")
    .replace(/ß/g, "ss");
}

/** Every word of the side that grounds, as names compare. */
export function nameWords(text: string): Set<string> {
  const words = text.match(/\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}+)*/gu) ?? [];
  return new Set(words.flatMap((word) => [foldName(word), ...word.split("-").map(foldName)]));
}
