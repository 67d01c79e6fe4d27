/**
 * What mails in German, French and Spanish ask, and how they speak to their reader. The mail room understands English; here a sentence is known by its
 * question word, its verb and the times in it, which is enough to tell a yes or no from a question that wants another answer.
 */
import { type Ask, splitSentences } from "../../mail/portable.ts";

/** What a language is read by. */
interface Speech {
  /** A day, a date or an hour, alone or together. */
  readonly time: RegExp;
  /** Meeting, suiting, being free: what a question about a time speaks of. */
  readonly meeting: RegExp;
  /** A question that no yes or no answers; `when` is one about a time. */
  readonly open: RegExp;
  readonly when: RegExp;
  /** A question word that proposes all the same: "Wie wäre es am Montag?" */
  readonly proposing: RegExp;
  readonly request: RegExp;
  /** A courtesy that looks like a request. */
  readonly courtesy: RegExp;
  /** "How are you?" wants no answer of its own. */
  readonly smallTalk: RegExp;
  readonly loss: RegExp;
  readonly thanks: RegExp;
  /** "du": the reader is spoken to as a friend; "Sie": as a stranger; where neither stands, "Lieber Ben" and "LG" tell a friend. */
  readonly familiar: RegExp;
  readonly formal: RegExp;
  readonly friendly: RegExp;
}

const any = (...words: string[]) => `(?:${words.join("|")})`;
/** A word in any script; \b knows only Latin ones without accents. */
const word = (source: string, flags = "iu") => new RegExp(`(?<![\\p{L}\\p{N}])(?:${source})(?![\\p{L}\\p{N}])`, flags);

const DE_DAY = `(?:(?:nächsten|kommenden|diesen) )?${any("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonnabend", "Sonntag")}(?:vormittag|mittag|nachmittag|abend)?|(?:heute|morgen|übermorgen)(?: (?:früh|Vormittag|Mittag|Nachmittag|Abend))?`;
const DE_DATE = `\\d{1,2}\\. ?(?:\\d{1,2}\\.(?:\\d{4}|\\d{2})?|${any("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember")})`;
const DE_HOUR = `(?:\\d{1,2}(?:[:.]\\d{2})?|${any("ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf")}) Uhr(?: \\d{2})?`;
const DE_AT = `(?:,? (?:um |ab |gegen )?${DE_HOUR})?`;

const FR_DAY = `${any("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")}(?: (?:prochain|matin|midi|après-midi|soir))?|(?:demain|après-demain)(?: (?:matin|midi|après-midi|soir))?`;
const FR_DATE = `(?:1er|\\d{1,2}) ${any("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre")}`;
const FR_AT = "(?:,? (?:à|vers) \\d{1,2} ?(?:h|heures?)(?: ?\\d{2})?)?";

const ES_DAY = `(?:el )?(?:próximo )?${any("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")}|(?<!la )mañana(?: por la (?:mañana|tarde|noche))?`;
const ES_DATE = `\\d{1,2} de ${any("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre")}`;
const ES_AT = "(?:,? (?:a|sobre) las? \\d{1,2}(?:[:.]\\d{2})?)?";

const SPEECH: Readonly<Record<string, Speech>> = {
  de: {
    time: word(
      `(?:${DE_DAY})(?:,? (?:den |dem )?${DE_DATE})?${DE_AT}|${DE_DATE}${DE_AT}|${DE_HOUR}`,
      "gu", // "Guten Morgen" is no time
    ),
    meeting: word(
      "pass(?:t|en|e|te)|treffen|zeit|termin|telefonat|telefonieren|besprechung|gespräch|frei|verfügbar|möglich|geht|ginge|wäre|sehen|verschieben|mittagessen|essen|kommen|vorbeikommen|sieht es",
    ),
    open: word(
      `(?:(?:an|auf|aus|bei|bis|für|in|mit|nach|seit|von|vor|um|zu|zum|zur|ab) )?${any("wann", "wer", "wen", "wem", "wessen", "was", "wo", "woher", "wohin", "womit", "wofür", "wie", "wieso", "warum", "weshalb", "wie ?viele?", "welche[mnrs]?")}`,
    ),
    when: word("wann"),
    proposing: word("wie (?:wäre|wärs?|sieht)"),
    request:
      /(?<!\p{L})(?:könnte(?:n|st|t)|kannst|können|würde(?:n|st|t)|wäre(?:n|st|t)) (?:sie|du|ihr)(?!\p{L})|^bitte \p{L}{3}|^\p{L}{3,20}(?:en|n) sie (?:[^.!?]{0,80} )?bitte(?!\p{L})|^\p{L}{3,14} (?:mir|uns|ihm|ihnen) [^.!?]{0,80}(?<!\p{L})bitte(?!\p{L})|bitte ich (?:sie|dich)(?!\p{L})|(?:dankbar|nett|schön|toll|super|prima|hilfreich), wenn (?:sie|du|ihr)(?!\p{L})/iu,
    courtesy: word(
      "bescheid|zögern|melden sie sich|melde dich|rufen sie mich|ruf mich|entschuldig\\p{L}*|verzeih\\p{L}*|beachten",
    ),
    smallTalk: word("wie geht(?: es|['’]?s)|wie war|alles (?:gut|klar)"),
    loss: word("gestorben|verstorben|verstarb|beerdigung|beisetzung|trauerfeier"),
    thanks: /^(?:vielen |herzlichen |besten |tausend )?dank(?:e|\b)/iu,
    familiar: word("du|dich|dir|dein(?:e[mnrs]?)?|euch|euer|eure[mnrs]?"),
    formal: /[^\s.!?:] (?:Sie|Ihnen|Ihre?[mnrs]?)(?!\p{L})|(?<!\p{L})(?:[Gg]eehrte|Frau|Herrn?) /u,
    friendly:
      /^(?:liebe[r]?|hi|hey|hallo|moin|servus) \p{L}+[\s,!]|(?<!\p{L})(?:lg|liebe grüße|bis dann|ciao|tschüss)(?!\p{L})/iu,
  },
  fr: {
    time: word(
      `(?:${FR_DAY})(?: ${FR_DATE})?${FR_AT}|(?:le )?${FR_DATE}${FR_AT}|(?<=(?:à|vers) )\\d{1,2} ?(?:h|heures?)(?: ?\\d{2})?`,
      "giu",
    ),
    meeting: word(
      "convien\\p{L}*|convenir|arrange\\p{L}*|voir|rencontrer|retrouver|rendez-vous|réunion|appel|appeler|disponibles?|libres?|possible|déjeuner|dîner|venir|reporter|déplacer",
    ),
    open: word(
      `(?:(?:à|de|pour|avec|chez|par|depuis) )?${any("quand", "qui", "quoi", "quel(?:le)?s?", "où", "comment", "pourquoi", "combien")}|qu['’]est-ce`,
    ),
    when: word("quand"),
    proposing: word("que (?:dirais-tu|diriez-vous|penses-tu|pensez-vous)"),
    request:
      /(?<!\p{L})(?:pourriez-vous|pourrais-tu|pouvez-vous|peux-tu|voudriez-vous)(?!\p{L})|^(?:merci de (?!votre|notre)(?:me |nous |bien vouloir )?|veuillez |prière de )\p{L}{2,15}(?:er|ir|re)(?!\p{L})|s['’]il (?:vous|te) plaît/iu,
    courtesy: word("hésite[zr]?|agréer|croire|tenir (?:au courant|informée?s?)|excuser"),
    smallTalk: word("comment (?:ça va|vas-tu|allez-vous|va)|ça va"),
    loss: word("décédée?s?|mort de (?:mon|ma|notre)|obsèques|enterrement|funérailles"),
    thanks: /^(?:un grand |mille |grand )?merci(?! d['’e])/iu,
    familiar: word("tu|te|toi|ton|ta|tes|t['’]as|t['’]es"),
    formal: word("vous|votre|vos"),
    friendly: word("salut|coucou|bises|bisous"),
  },
  es: {
    time: word(
      `(?:${ES_DAY})(?: ${ES_DATE})?${ES_AT}|(?:el )?${ES_DATE}${ES_AT}|a las? \\d{1,2}(?:[:.]\\d{2})?`,
      "giu",
    ),
    meeting: word(
      "viene bien|vendría bien|conviene|parece bien|vernos|vemos|quedar|quedamos|reunir(?:nos)?|reunión|llamada|hablar|disponibles?|libres?|posible|comer|cenar|venir|cambiar|mover",
    ),
    open: word(
      `(?:(?:a|de|para|con|en|desde|por) )?${any("qué", "quiénes", "quién", "cuándo", "cómo", "dónde", "cuál(?:es)?", "cuánt[oa]s?")}`,
    ),
    when: word("cuándo"),
    proposing: word("qué (?:tal|te parece|le parece)"),
    request:
      /(?<!\p{L})(?:podrías?|puedes?|podrían|querrías?)(?= [^.!?]{0,30}\p{L}{2}(?:ar|er|ir)(?:me|nos|le|lo|la|los|las)*(?!\p{L}))|^por favor,? \p{L}{3}|,? por favor[.!]?$/iu,
    courtesy: word("dude|dudes|disculpe|disculpa|perdone|perdona|avise|avisa"),
    smallTalk: word("cómo (?:está[sn]?|va|te va|le va)|qué tal(?=\\?| estás?| todo)"),
    loss: word("falleció|fallecido|fallecida|fallecimiento|funeral|entierro|murió"),
    thanks: /^(?:muchas |mil |muchísimas )?gracias/iu,
    familiar: word("tú|te|ti|tu|tus|contigo|puedes|podrías|tienes|quieres"),
    formal: word("usted|ustedes|podría|podrían"),
    friendly: word("un abrazo|besos"),
  },
};

const MOST_ASKS = 3;
const MOST_TIMES = 2;
const LONGEST_ASK = 400;

/** The asks of a mail in another language than English, at most three; where the language is not known here, each of its questions counts as one for a yes or no. */
export function findAsksAbroad(text: string, language: string): Ask[] {
  const asks = splitSentences(text)
    .filter((sentence) => sentence.length < LONGEST_ASK)
    .map((sentence) => readAsk(sentence.replace(/\s+/g, " "), SPEECH[language]))
    .filter((ask) => ask !== null);
  return asks.slice(0, MOST_ASKS);
}

function readAsk(sentence: string, speech: Speech | undefined): Ask | null {
  const isQuestion = /[?？؟]["'”’)]*\s*$/u.test(sentence);
  const ask = (kind: Ask["kind"], times: readonly string[] = []): Ask => ({ kind, text: "", times, sentence });
  if (speech === undefined) return isQuestion ? ask("agree") : null;
  if (speech.smallTalk.test(sentence)) return null;
  const isRequest = speech.request.test(sentence) && !speech.courtesy.test(sentence);
  if (!isQuestion) return isRequest ? ask("request") : null;
  const times = findTimes(sentence, speech);
  const isOpen = speech.open.test(opening(sentence)) && !speech.proposing.test(sentence);
  const isMeeting = speech.meeting.test(sentence);
  if (isOpen) return ask(isMeeting && speech.when.test(sentence) ? "time" : "question");
  if (isMeeting && times.length > 0) return ask("time", times);
  return ask(isRequest ? "request" : "agree");
}

function findTimes(sentence: string, { time }: Speech): readonly string[] {
  return [...new Set([...sentence.matchAll(time)].map(([found]) => found))].slice(0, MOST_TIMES);
}

/** A question word decides at the head of the question, or behind its last comma: "Eine Frage noch, wann fahren wir?" */
function opening(sentence: string): string {
  const head = (text: string) => text.split(/\s+/).slice(0, HEAD_WORDS).join(" ");
  return `${head(sentence)} ${head(sentence.slice(sentence.lastIndexOf(",") + 1).trim())}`;
}

const HEAD_WORDS = 3;

/** Whether the writer speaks to the reader as to a friend ("du"); who shows nothing is answered as a stranger ("Sie"). Null in languages that are not known here. */
export function isFamiliarAbroad(text: string, language: string): boolean | null {
  const speech = SPEECH[language];
  if (speech === undefined) return null;
  return speech.familiar.test(text) || (!speech.formal.test(text) && speech.friendly.test(text));
}

/** Why a mail was written, as far as it changes what may be said to it. */
export function newsAbroad(text: string, language: string): "loss" | "thanks" | null {
  const speech = SPEECH[language];
  if (speech === undefined) return null;
  if (speech.loss.test(text)) return "loss";
  return splitSentences(text).some((sentence) => speech.thanks.test(sentence)) ? "thanks" : null;
}
