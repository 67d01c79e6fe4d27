/**
 * Postal addresses: a street with its number, as the languages write them, with the flat before or behind and the place below. A place
 * alone ("London") is none.
 */
import { mergeSpans, type Span } from "./spans.ts";

const WORD = "\\p{Lu}[\\p{L}\\p{M}'’.-]{0,20}";
const SMALL =
  "(?:de|du|des|de la|del|de los|de las|della|delle|dei|di|da|do|dos|das|van|van de|van den|van der|von|la|le|les|el|d'|l'|of|the|und|y|e|st\\.?) ?";
const NUMBER = "\\d{1,5}(?: ?[a-zA-Z](?![\\p{L}]))?(?:[-/]\\d{1,4}[a-zA-Z]?)?";

/** English: the number first, the kind of street last. */
const ENGLISH_KIND =
  "Street|St|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Court|Ct|Boulevard|Blvd|Way|Place|Pl|Square|Sq|Terrace|Ter|Crescent|Cres|Close|Parkway|Pkwy|Highway|Hwy|Circle|Cir|Trail|Trl|Mews|Gardens|Gdns|Grove|Row|Hill|Walk|Quay|Alley|Broadway|Turnpike|Plaza|Loop|Embankment|Wharf";
const ENGLISH = `(?<![\\p{L}\\p{N}.,:$€£-])(?:(?:Flat|Apt|Apartment|Unit|Suite|Room) ?#?\\d{1,4}[A-Z]?,? )?${NUMBER},? (?:[NSEW]{1,2}\\.? |(?:North|South|East|West)(?:east|west)? |Old |New )?(?:(?:${WORD}|\\d{1,3}(?:st|nd|rd|th)) ){1,4}(?:${ENGLISH_KIND})(?![\\p{L}\\p{N}])\\.?(?: (?:N|S|E|W|NE|NW|SE|SW)(?![\\p{L}]))?`;
/** French: the number first, then the kind of street. */
const FRENCH = `(?<![\\p{L}\\p{N}.,:$€£-])${NUMBER}(?: ?(?:bis|ter|quater))?,? (?:[Rr]ue|[Aa]venue|[Aa]v\\.|[Bb]oulevard|[Bb](?:oulevar)?d\\.?|[Pp]lace|[Cc]hemin|[Aa]llée|[Ii]mpasse|[Qq]uai|[Rr]oute|[Cc]ours|[Ss]quare|[Pp]assage|[Ff]aubourg|[Rr]uelle|[Ss]entier) (?:${SMALL}){0,2}(?:\\d{1,2} )?${WORD}(?:[ -](?:${SMALL})?${WORD}){0,4}`;
/** German, Dutch, Scandinavian: a name that ends in the kind of street, then the number. */
const GERMANIC_END =
  "straße|strasse|str\\.|weg|platz|allee|gasse|ufer|damm|chaussee|steig|stieg|graben|promenade|straat|laan|plein|gracht|kade|dijk|singel|gatan|vägen|gränd|vej|gade|veien|vegen|gata|katu|tie";
const GERMANIC = `(?<![\\p{L}\\p{N}])(?=\\D{1,99}\\d)(?!(?:Der|Die|Das|Den|Dem|Des|Ein|Kein|Mein|Unser|De|Het|Een)(?:e|en|er|em)? )(?:${WORD}[ -]){0,2}(?:\\p{Lu}[\\p{L}\\p{M}-]{1,30}(?:${GERMANIC_END})|${WORD} (?:Straße|Strasse|Str\\.|Weg|Platz|Allee|Gasse|Ufer|Damm|Ring|Straat|Laan|Plein)) ?${NUMBER}`;
const GERMAN_PLACE = `(?<![\\p{L}\\p{N}])(?:Am|An der|An den|Auf dem|Auf der|Im|In der|In den|Unter den|Unter der|Zum|Zur|Hinter der|Vor dem|Beim) \\p{Lu}[\\p{L}\\p{M}-]{2,24} \\d{1,3}[a-z]?(?=[ ]?[,\\n]| in \\p{Lu})`;
/** Romance languages: the kind of street, its name, the number. */
const ROMANCE = `(?<![\\p{L}\\p{N}])(?:[Cc]alle|C/|[Aa]vda\\.?|[Aa]venida|Av\\.|[Pp]laza|Pza\\.|[Pp]aseo|[Cc]arrer|[Cc]amino|[Rr]onda|[Rr]ua|[Tt]ravessa|[Ll]argo|[Ee]strada|Via|(?<=(?:in|abito|indirizzo:?|sede:?|presso) )via|[Vv]iale|[Pp]iazza|P\\.za|[Cc]orso|[Vv]icolo|Strada|Str\\.|Bulevardul|Bd\\.) ?(?:${SMALL}){0,2}(?:\\d{1,2} (?:${SMALL})?)?${WORD}(?: (?:${SMALL}){0,2}${WORD}){0,4}(?:, ?| )(?:n[º°o.]{1,2} ?|nr\\.? ?|núm\\.? ?)?\\d{1,5}[a-zA-Z]?(?:,? \\d{1,2}[º°ª] ?[A-Z\\p{Ll}]{0,4})?`;
/** Slavic languages and Turkish. */
const POLISH = `(?<![\\p{L}\\p{N}])(?:[Uu]l|[Aa]l|[Pp]l|[Oo]s)\\. ?(?:${WORD} ){0,3}${WORD} \\d{1,4}[a-zA-Z]?(?:[/ ]{1,3}(?:m\\. ?)?\\d{1,4})?`;
const CYRILLIC =
  "(?<![\\p{L}\\p{N}])(?:ул\\.?|улиц[аеу]|вул\\.?|вулиц[яі]|пр(?:-т|осп)?\\.|проспект[еу]?|пер\\.|переул(?:ок|ке)|наб\\.|набережн(?:ая|ой)|пл\\.|площад[ьи]|ш\\.|шоссе|б-р|бульвар[еу]?) ?(?:\\p{Lu}[\\p{L}.-]{0,40}(?![\\p{L}.-]) ?){1,4},? ?(?:д(?:ом)?\\.? ?|буд\\. ?)?\\d{1,4}[а-яА-Я]?(?:/\\d{1,4})?(?:,? ?(?:к(?:орп|в)?|стр|оф|квартира)\\.? ?\\d{1,4}){0,3}";
const CZECH = `(?<![\\p{L}\\p{N}])(?:[Uu]lic[ei]|nám(?:ěstí|\\.)|tř(?:ída|\\.)) (?:\\p{Lu}[\\p{L}\\p{M}'’.-]{0,40}(?![\\p{L}\\p{M}'’.-]) ?){1,3}\\d{1,4}(?:/\\d{1,4}[a-z]?)?`;
const TURKISH = `(?<![\\p{L}\\p{N}])(?:${WORD} ){1,3}(?:Mah\\.|Mahallesi|Cad\\.|Caddesi|Sok\\.|Sokak|Sokağı|Bulvarı),? ?(?:(?:${WORD} ){1,3}(?:Cad\\.|Caddesi|Sok\\.|Sokak|Sokağı),? ?)?No ?[:.]? ?\\d{1,4}(?:/\\d{1,4}|[A-Z])?(?: ?D(?:aire)?[:.]? ?\\d{1,3})?`;
/** Chinese, Japanese, Korean. */
const CHINESE =
  "(?:路|街|大道|巷|弄|胡同)(?:[\\p{scx=Han}\\d]{1,4}段)? ?\\d{1,5} ?(?:号|號|弄)(?: ?[\\p{scx=Han}]{0,8}\\d{1,4} ?(?:号楼|栋|幢|单元|室|楼|樓|层|号)){0,4}";
const JAPANESE =
  "(?:〒? ?\\d{3}-\\d{4}\\s?)?(?:東京都|北海道|(?:京都|大阪)府|[\\p{scx=Han}]{2,3}県)(?=\\D{1,21}\\d)[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}]{1,16}(?:[\\d一二三四五六七八九十]{1,3}丁目)?\\d{1,4}(?:(?:-|番地?|号)\\d{0,4}){0,4}|〒 ?\\d{3}-\\d{4}";
const KOREAN =
  "(?:[\\p{scx=Hangul}]{1,8}(?:시|도|군|구)\\s){0,3}[\\p{scx=Hangul}\\d]{1,12}(?:로|길|대로) ?\\d{1,4}(?:-\\d{1,4})?(?:번길 ?\\d{1,4})?(?=[\\s,(]|$)(?:,? ?\\d{1,4}(?:동|호|층)){0,3}";
const BOX =
  "(?<![\\p{L}\\p{N}])(?:P\\.? ?O\\.? ?Box|Postfach|Postbus|Apartado(?: de Correos)?|Caixa Postal|Casella Postale|Boîte postale|B\\.P\\.|а/я) (?:n[º°o.]{1,2} ?)?\\d{1,6}(?: \\d{1,4}){0,2}(?![\\p{L}\\p{N}])";

/** What may follow a street: the flat, then the postal code with the place. */
const UNIT =
  "(?:,? ?(?:#|(?:Apt|Apartment|Unit|Suite|Ste|Flat|Floor|Fl|Room|Rm|Top|Stiege|Wohnung|bus|lgh|m|lok|кв|apto|piso|Bât|Appt|Etage|étage)\\.? ?#?) ?[A-Z]?\\d{1,5}[A-Z]?)?";
const CODE = "[A-Z]{1,2}-?\\d{4,5}|\\d{2}-\\d{3}|\\d{3} \\d{2}|\\d{4} ?[A-Z]{2}|\\d{4,6}(?:-\\d{3,4})?";
const PLACE = `\\p{Lu}[\\p{L}\\p{M}.'’-]{1,24}(?: (?:${SMALL})?\\p{Lu}[\\p{L}\\p{M}.'’-]{1,24}){0,2}`;
const TAIL = new RegExp(
  `${UNIT}(?:[ \\t]{0,2}[,\\n][ \\t]{0,2}(?:(?:${CODE})[ ,]{1,2}${PLACE}|${PLACE},? (?:[A-Z]{2},? )?(?:\\d{5}(?:-\\d{4})?|[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}|[A-Z]\\d[A-Z] ?\\d[A-Z]\\d|[A-Z]{2,3} \\d{4})|[A-Z]{1,2}\\d[A-Z\\d]? \\d[A-Z]{2})(?![\\p{L}\\p{N}])|,? in (?:${CODE}) ${PLACE})?`,
  "uy",
);
/** British and Canadian postal codes: of a form that nothing else has. */
const BRITISH_CODE =
  "(?<![\\p{L}\\p{N}-])(?:[A-Z]{1,2}\\d[A-Z\\d]? \\d[ABD-HJLNP-UW-Z]{2}|[ABCEGHJ-NPRSTVXY]\\d[A-Z] \\d[A-Z]\\d)(?![\\p{L}\\p{N}-])";

const STREETS = [ENGLISH, FRENCH, GERMANIC, GERMAN_PLACE, ROMANCE, POLISH, CYRILLIC, CZECH, TURKISH, CHINESE, JAPANESE, KOREAN, BOX, BRITISH_CODE].map(
  (pattern) => new RegExp(pattern, "gu"),
); // biome-ignore format: one row

/** A Chinese address goes from the province to the house: what stands before the street up to a word that is no place. */
function placeBefore(text: string, start: number, street: string): number {
  if (!/^[路街大巷弄胡]/.test(street)) return start;
  const before = /[^\P{scx=Han}在到是址寄于至为和，、。：]{1,24}$/u.exec(text.slice(Math.max(0, start - 24), start));
  return start - (before?.[0].length ?? 0);
}

/** Streets with a number, and what of the address stands around them; digits folded (`foldDigits`). */
export function findStreets(text: string): Span[] {
  const found = STREETS.flatMap((pattern) =>
    Array.from(text.matchAll(pattern), ({ index, 0: street }) => {
      TAIL.lastIndex = index + street.length;
      return {
        start: placeBefore(text, index, street),
        end: index + street.length + (TAIL.exec(text)?.[0].length ?? 0),
      };
    }),
  );
  return mergeSpans(found);
}
