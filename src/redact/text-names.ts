/** Names that a text itself shows to be names: greeted, titled, introduced, signed, or of a table of given names. */
import { findGivenNames } from "./given-names.ts";
import { COMMON_WORDS, NO_NAMES, ROLE_WORDS } from "./name-words.ts";
import type { Span } from "./spans.ts";
import { fold, isCapital } from "./words.ts";

/** How a mail greets, before the name. */
export const GREETING =
  "(?:hi(?:ya)?|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|thanks|thank you|many thanks|cheers|hallo|liebe[rs]?|sehr geehrte[rs]?|guten (?:morgen|tag|abend)|moin|servus|grüezi|bonjour|bonsoir|salut|chère?|hola|buen(?:os|as) (?:días|tardes|noches)|estimad[oa]|querid[oa]|ciao|buongiorno|buonasera|car[oa]|gentile|egregio|olá|bom dia|boa tarde|car[oa]|prezad[oa]|beste|geachte|hoi|goedemorgen|hej|kära|bästa|hei|kjære|kære|cześć|dzień dobry|szanown[ya])";
/** Titles before a name. */
export const TITLE =
  "(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|madam|herrn?|frau|hr|fr|monsieur|madame|mme|mlle|señora?|sra?|srta|signora?|sig|dott|mevrouw|meneer|dhr|mw|uncle|aunt|rev|capt)\\.?";
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
/** Words that say whose name follows. Source: usage of these languages. */
const RELATION =
  "wife|husband|spouse|fianc[ée]e?|son|daughter|brother|sister|mother|father|mum|mom|dad|uncle|aunt|cousin|nephew|niece|grandmother|grandfather|friend|girlfriend|boyfriend|partner|boss|manager|supervisor|colleague|co-?worker|assistant|secretary|neighbou?r|lawyer|solicitor|attorney|accountant|doctor|dentist|physician|therapist|teacher|nanny|landlord|landlady|roommate|flatmate|contact|client|intern|predecessor|successor|deputy";
const INTRODUCED = new RegExp(
  `(?<![\\p{L}])(?:(?:[Mm]y|[Oo]ur|[Yy]our|[Hh]is|[Hh]er|[Tt]heir) (?:\\p{Ll}{2,12} )?(?:${RELATION}),?|[Mm]y name is|[Mm]ein [Nn]ame ist|[Ii]ch hei(?:ß|ss)e|(?:[Mm]ein|[Uu]nser|[Ii]hr|[Dd]ein)(?:e|er|em|en)? (?:Kolleg(?:e|in|en)|Chef(?:in)?|Frau|Mann|Sohn|Tochter|Bruder|Schwester|Freund(?:in)?|Nachbar(?:in)?|Mitarbeiter(?:in)?)|Kolleg(?:e|in)|[Jj]e m['’]appelle|(?:[Mm]on|[Mm]a|[Nn]otre|[Vv]otre) (?:coll[èe]gue|femme|mari|fils|fille|fr[èe]re|s[œo]eur|ami|amie|voisin|voisine|chef)|[Mm]e llamo|[Mm]i nombre es|(?:[Mm]i|[Nn]uestr[oa]|[Ss]u) (?:colega|compañer[oa]|mujer|marido|esposa|esposo|hij[oa]|herman[oa]|amig[oa]|vecin[oa]|jef[ea])|[Mm]i chiamo|(?:[Ii]l mio|[Ll]a mia|[Ii]l nostro|[Ll]a nostra) (?:collega|amico|amica|capo)|[Mm]ia moglie|[Mm]io (?:marito|figlio|fratello)|[Mm]ia (?:figlia|sorella)|(?:[Oo] )?[Mm]eu nome é|(?:[Mm]eu|[Mm]inha|[Nn]osso|[Nn]ossa) (?:colega|amig[oa]|marido|esposa|filh[oa]|irmã|irmão|chefe)|[Mm]ijn naam is|[Ii]k heet|(?:[Mm]ijn|[Oo]nze) (?:collega|vrouw|man|zoon|dochter|broer|zus|vriend|vriendin|buurman|buurvrouw|baas)|[Nn]azywam się|[Mm]am na imię|[Mm]ój kolega|[Mm]oja koleżanka|[Jj]menuji se|[Jj]ag heter|[Jj]eg (?:hedder|heter)|[Mm]in kollega|[Мм]еня зовут|[Мм]ене звати|(?:[Мм]о[йяеё]|[Нн]аш[аему]{0,2}) (?:коллег[аеу]|жена|муж|сын|дочь|брат|сестра|друг|подруга)|[Nn]umele meu este|[Aa]dım) (${CAPITALIZED}(?: ${CAPITALIZED}){0,2})`,
  "gu",
);
const FULL_NAME = `(${CAPITALIZED} (?:\\p{Lu}\\. )?${CAPITALIZED})`;
/** Two words with capitals where people stand: before a verb of saying, behind "spoke with". */
const FULL_NAMES = [
  new RegExp(
    `(?<![\\p{L}\\p{N}.@-])(?=\\S{2,25} )${FULL_NAME} (?:said|says|wrote|writes|told|asked|asks|called|replied|mentioned|suggested|confirmed|joined|resigned|emailed|e-mailed|phoned|promised)(?![\\p{L}])`,
    "gu",
  ),
  new RegExp(
    `(?<![\\p{L}])(?:spoke|talked|speak|talk|met|chatted|lunch|dinner|coffee|spoken|appointment|interview) (?:with|to) ${FULL_NAME}`,
    "gu",
  ),
  new RegExp(
    `(?<![\\p{L}])(?:[Tt]his is|I am|I['’]m|[Ss]oy|[Ss]ono|[Jj]e suis|[Ii]k ben|[Ii]ch bin|[Hh]ier ist) ${FULL_NAME}`,
    "gu",
  ),
];
/** Chinese, Japanese and Korean names with what is said behind them: Mr, Ms, a title. */
const EASTERN = [
  /((?:[王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許韩韓邓鄧冯馮曹彭曾肖田董潘袁蔡蒋蔣余于杜叶葉程魏苏蘇吕呂丁任卢盧姚沈钟鍾姜崔谭譚陆陸范汪廖石金韦韋贾賈夏付方邹鄒熊白孟秦邱侯江尹薛闫雷龙龍史陶贺賀毛郝顾顧龚龔邵万萬覃武钱錢戴严嚴莫孔向常汤湯]|欧阳|歐陽|司马|司馬|诸葛|上官)[\p{scx=Han}]{0,2}?)(?:先生|女士|小姐|老师|老師|经理|經理|总监|總監|主任|教授|医生|醫生|同学|同事)/gu,
  /(?<![\p{scx=Han}\p{scx=Katakana}])([\p{scx=Han}\p{scx=Katakana}]{2,6})(?:さん|様|さま|氏|くん|ちゃん|部長|課長|社長)(?![\p{scx=Han}])/gu,
  /(?<![\p{scx=Hangul}])([김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예봉사부가복태목][\p{scx=Hangul}]{1,2}) ?(?:씨|님|과장|부장|대리|팀장|사장|선생님|교수)/gu,
];
const NO_EASTERN =
  /皆|客|各位|担当|御|貴|お|先|我|你|您|他|她|这|那|位|尊敬|亲爱|敬爱|고객|선생|사장|부장|과장|팀장|이사/u;
const CLOSING =
  /^[\s>]*(?:(?:(?:with|many|kind|best|warm|friendly|sincere|mit|viele|liebe|beste|freundlichen|herzliche[nr]?|schöne|bien|med|met|vänliga|vriendelijke|un|atentamente)[ ,]*)*(?:regards|wishes|thanks|thank you|thx|cheers|sincerely|yours(?: truly| sincerely| faithfully)?|love|best|cordially|respectfully|later|bye|gruß|grüße[n]?|grüssen?|gruss|lg|vg|mfg|cordialement|salutations|amitiés|à bientôt|bisous|saludos|abrazos?|atentamente|saluti|ciao|groet(?:en|jes)?|hälsningar|hilsen|mvh|abraços?|atenciosamente|pozdrawiam))[ ,.!-]*$/iu;
const LAST_LINES = 6;
const TAIL_CHARACTERS = 800;

/** Names that the text itself shows to be names: greeted, titled, introduced, known as given names, or standing alone at its end. Capital letters only. */
export function namesInText(text: string): string[] {
  const found: string[] = [];
  for (const { index, 0: greeting } of text.matchAll(GREETED)) {
    GREETED_NAMES.lastIndex = index + greeting.length;
    const [, first = "", second = ""] = GREETED_NAMES.exec(text) ?? [];
    found.push(first, second);
  }
  for (const [, name] of text.matchAll(TITLED)) found.push(name);
  for (const [, name] of text.matchAll(INTRODUCED)) found.push(name);
  for (const pattern of FULL_NAMES)
    for (const [, name] of text.matchAll(pattern)) if (isFullName(name)) found.push(name);
  for (const pattern of EASTERN)
    for (const [, name] of text.matchAll(pattern)) if (!NO_EASTERN.test(name)) found.push(name);
  found.push(...findGivenNames(text));
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

/** Names before the Chinese, Japanese and Korean words for Mr and Ms, also those of one character. */
export function findHonored(text: string): Span[] {
  return EASTERN.flatMap((pattern) =>
    Array.from(text.matchAll(pattern), ({ index, 1: name }) => ({ start: index, end: index + name.length, name })),
  ).filter(({ name }) => !NO_EASTERN.test(name));
}

/** A name in small letters that stands alone below a closing, as the last line: "thx", "wolfgang". */
export function findSmallSignature(text: string): Span[] {
  const tail = text.slice(-TAIL_CHARACTERS);
  const match = /(?:^|\n)([^\n]{1,80})\n{1,3}[ \t>]{0,9}[-–—~]{0,3} ?(\p{Ll}[\p{L}\p{M}'’-]{2,20})[\s.!]{0,20}$/du.exec(
    tail,
  );
  if (!match || !CLOSING.test(match[1].trim())) return [];
  const name = fold(match[2]);
  if (COMMON_WORDS.has(name) || ROLE_WORDS.has(name) || NO_NAMES.has(name)) return [];
  const from = text.length - tail.length;
  const [start, end] = match.indices![2];
  return [{ start: from + start, end: from + end }];
}

/** No word of the two is a word, a role or a firm's. */
function isFullName(name: string): boolean {
  return name
    .split(/\s+/)
    .every(
      (word) =>
        !COMMON_WORDS.has(fold(word)) &&
        !ROLE_WORDS.has(fold(word)) &&
        !NO_NAMES.has(fold(word)) &&
        !/^\p{Lu}{2,}$/u.test(word),
    );
}

/** Leading words that are names; none where a word says that no name stands here. */
function keepNames(name: string): string[] {
  const words = name.split(/\s+/).filter((word) => word !== "");
  const end = words.findIndex((word) => !isCapital(word) || NO_NAMES.has(fold(word)) || ROLE_WORDS.has(fold(word)));
  return end === 0 ? [] : [words.slice(0, end < 0 ? undefined : end).join(" ")];
}

/** The last lines that hold text; looks at no more than their share of the end. */
function lastLines(text: string): string[] {
  return text
    .slice(-TAIL_CHARACTERS)
    .split("\n")
    .map((line) => line.slice(0, 80).trim())
    .filter((line) => line !== "")
    .slice(-LAST_LINES);
}
