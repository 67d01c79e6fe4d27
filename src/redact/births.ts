/** Dates that the text says somebody was born on. */
import type { Span } from "./spans.ts";

/** Words that announce a birth, in lower case. Source: forms and usage of these languages. */
const BORN =
  "born(?: (?:on|in))?|d\\.?o\\.?b\\.?|date of birth|birth ?date|birthday|b-day|geboren(?: am)?|geb\\.(?: am)?|geburtsdatum|geburtstag|née? le|date de naissance|anniversaire|" +
  "nacid[oa](?: el)?|nací(?: el)?|nació(?: el)?|fecha de nacimiento|cumpleaños|nat[oa](?: il)?|data di nascita|compleanno|nascid[oa](?: em)?|nasci(?: em)?|data de nascimento|aniversário|" +
  "geboren op|geboortedatum|verjaardag|urodzon[yae](?: dnia)?|ur\\.|data urodzenia|narozen[aá]?|datum narození|född(?: den)?|födelsedatum|født(?: den)?|fødselsdato|syntynyt|syntymäaika|született|születési (?:dátum|idő)|născută?(?: (?:la|pe))?|data nașterii|doğum tarihi|" +
  "родил(?:ся|ась)|дата рождения|д\\.р\\.|народи(?:вся|лася)|дата народження|ημερομηνία γέννησης|تاريخ الميلاد|תאריך לידה";
const BORN_UNSPACED = "出生日期|出生年月|出生于|生于|生日|生年月日|誕生日|생년월일|생일";
const MONTH = "\\p{L}[\\p{L}\\p{M}]{2,11}";
const DATE = [
  "\\d{1,4}[./-]\\d{1,2}[./-]\\d{1,4}",
  `\\d{1,2}(?:st|nd|rd|th|\\.|er|º|ª|-)? ?(?:de |of |d')?${MONTH}\\.?,? ?(?:de |del )?(?:19|20)?\\d\\d`,
  `${MONTH}\\.? \\d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\\d\\d`,
  "(?:19|20)\\d\\d ?[年년] ?\\d{1,2} ?[月월] ?\\d{1,2} ?[日일]",
  "(?:19|20)\\d{6}(?!\\d)",
  "\\d{1,2} \\d{1,2} (?:19|20)\\d\\d",
].join("|");
const BIRTH = new RegExp(
  `(?:(?<![\\p{L}\\p{N}])(?:${BORN})(?![\\p{L}\\p{N}])|${BORN_UNSPACED})(?:[ \\t:=()*"'’-]{0,5}|[^\\n.;!?]{0,24}?[ :])(${DATE})(?![\\p{Script=Latin}\\p{N}])`,
  "dgiu",
);

/** Birth dates with a day, digits folded (`foldDigits`). */
export function findBirthDates(text: string): Span[] {
  return Array.from(text.matchAll(BIRTH), ({ indices }) => ({ start: indices![1][0], end: indices![1][1] }));
}
