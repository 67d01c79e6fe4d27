/** What one can count in a reply, set against its mail. */
import type { Ask } from "../../mail/index.ts";
import { COMMON_WORDS, contentWords, findDetails, splitSentences, type Understanding } from "../../mail/index.ts";

/** Facts about a reply. */
export interface ReplyMeasure {
  readonly mail: Understanding;
  readonly words: number;
  readonly sentences: number;
  readonly hasSubjectLine: boolean;
  /** A sentence stands twice. */
  readonly repeats: boolean;
  /** By name, a greeting without a name, somebody else's name, or no greeting. */
  readonly greeting: "named" | "plain" | "wrong" | "none";
  readonly isCourteous: boolean;
  readonly rudeWords: readonly string[];
  readonly isShouting: boolean;
  readonly toneFits: boolean;
  readonly unanswered: readonly Ask[];
  /** Share of the asks that are answered, 1 where there are none. */
  readonly coverage: number;
  /** Share of the reply's content words that the mail has too. */
  readonly overlap: number;
  /** For a mail that asks nothing: the reply thanks, regrets, congratulates or takes note as the mail calls for. */
  readonly fitsIntent: boolean;
  /** Times, amounts and codes that are not in the mail. */
  readonly invented: readonly string[];
  /** Names of people or things in capitals that are not in the mail. */
  readonly strangers: readonly string[];
  /** Promises a refund or another decision about money that the mail's reader has not made. */
  readonly decides: boolean;
}

const MAX_REPLY_CHARACTERS = 5000;

/** Measures a reply; linear in both texts. */
export function measureReply(mail: Understanding, reply: string): ReplyMeasure {
  const text = reply.slice(0, MAX_REPLY_CHARACTERS).replace(/\r\n?/g, "\n").trim();
  const hasSubjectLine = /^\W{0,9}subject\s{0,9}:/im.test(text);
  const body = withoutSignOff(text.replace(/^\W{0,9}subject\s{0,9}:.*$/im, "").trim());
  const opening = GREETING.exec(body);
  const matter = opening ? body.slice(opening[0].length) : body;
  const sentences = splitSentences(matter).filter((sentence) => /\p{L}/u.test(sentence));
  const known = `${mail.subject} ${mail.body} ${mail.sender.first} ${mail.sender.last}`.toLowerCase();
  const unanswered = mail.asks.filter((ask) => !isAnswered(ask, matter, sentences));
  return {
    mail,
    words: body.match(/[\p{L}\p{N}][\p{L}\p{N}'’:.-]*/gu)?.length ?? 0,
    sentences: sentences.length,
    hasSubjectLine,
    repeats: new Set(sentences.map((sentence) => sentence.toLowerCase())).size < sentences.length,
    greeting: readGreeting(opening?.[0] ?? "", mail),
    isCourteous: COURTESY.test(body),
    rudeWords: body.toLowerCase().match(RUDE) ?? [],
    isShouting: (body.match(/\b\p{Lu}{4,}\b/gu)?.length ?? 0) > 3,
    toneFits: fitsTone(body, mail),
    unanswered,
    coverage: mail.asks.length === 0 ? 1 : 1 - unanswered.length / mail.asks.length,
    overlap: sharedWords(matter, known),
    fitsIntent: fitsIntent(mail, body),
    invented: findInvented(matter, mail),
    strangers: findStrangers(matter, known),
    decides: /(?<!whether )\bI will (?:refund|pay you back)\b/i.test(matter),
  };
}

const GREETING =
  /^(?:(?:dear|hello|hi|hey|good (?:morning|afternoon|evening))\b(?: (?:Dr|Prof|Mr|Ms|Mrs)\.)?[^,.!:;\n]{0,40}[,.!:;\n]|\p{Lu}[\p{L}'-]{1,20},(?=\s))\s*/iu;
const COURTESY =
  /\b(?:thank|thanks|grateful|appreciate|please|sorry|apolog|happy to|glad|pleasure|kind|look forward|looking forward|sure|of course|no (?:problem|worries)|congratulations|great|lovely|best (?:regards|wishes)|regards|cheers|wish you|hope)/i;
const RUDE =
  /\b(?:stupid|idiot|idiotic|dumb|shut up|nonsense|ridiculous|pathetic|useless|moron|damn|hell|crap|bloody|hate you|get lost|go away|leave me alone|don't care|do not care|not my problem|whatever|stop bothering|waste (?:of )?my time|wasting my time)\b/g;

function readGreeting(opening: string, mail: Understanding): ReplyMeasure["greeting"] {
  if (opening === "") return "none";
  const { first, last } = mail.sender;
  if (first === "") return "named";
  const lower = opening.toLowerCase();
  if (lower.includes(first.toLowerCase()) || (last !== "" && lower.includes(last.toLowerCase()))) return "named";
  const name = opening.replace(/^(?:dear|hello|hi|hey|good (?:morning|afternoon|evening))/i, "").trim();
  return /^\p{Lu}\p{L}/u.test(name) && !/^(?:there|all|everyone|team|sir|madam)\b/i.test(name) ? "wrong" : "plain";
}

/** "Best regards,\nTom" at the end is no sentence of the reply. */
function withoutSignOff(text: string): string {
  return text.replace(/\n(?:[^\n]{0,30},\n)?[^\n.?!]{1,40}$/, (end) =>
    /regards|wishes|best|cheers|thanks|sincerely|\[name\]|,\n/i.test(end) ? "" : end,
  );
}

/** An ask counts as answered when a sentence speaks of the same thing, or gives the kind of answer that was asked for. */
function isAnswered(ask: Ask, matter: string, sentences: readonly string[]): boolean {
  if (/^\[?(?:answer|reply)\]?$/i.test(matter)) return false;
  const wanted = new Set(contentWords(ask.text === "" || ask.text.length < 8 ? ask.sentence : ask.text).map(stem));
  const hits = (sentence: string) => contentWords(sentence).filter((word) => wanted.has(stem(word))).length;
  // Thanking for the invitation to the gala is not yet an answer.
  const says = sentences.filter((sentence) => ANSWERING.test(sentence));
  if (says.length === 0) return false;
  if (isAnsweredInKind(ask, says)) return true;
  if (/^(?:time|attend|agree|objection|opinion|choice)$/.test(ask.kind)) return false;
  const needed = wanted.size === 0 ? 0 : wanted.size <= 2 ? 1 : Math.min(3, Math.ceil(wanted.size * 0.34));
  if (needed === 0) return says.some((sentence) => sentence.split(" ").length > 3);
  return says.some((sentence) => hits(sentence) >= needed);
}

const ANSWERING =
  /\b(?:will|shall|can|can't|cannot|could|would|have|has|am|are|is|was|yes|no|not|works?|suits?|fine|happy|glad|sure|of course|please|attached|sent|done|need|prefer|recommend|unfortunately|afraid|there|'ll|'m|'s|let's|see you|count me|advice|noted|signed|paid|changed|cancelled|confirmed?|here|depends|maybe|perhaps)\b|\[/i;

function isAnsweredInKind(ask: Ask, sentences: readonly string[]): boolean {
  const some = (pattern: RegExp) => sentences.some((sentence) => pattern.test(sentence));
  switch (ask.kind) {
    case "time":
      if (ask.times.some((time) => sentences.some((sentence) => sentence.toLowerCase().includes(dayOf(time)))))
        return true;
      return (
        some(/\[(?:date|time|day)/i) ||
        some(/\b(?:works?|suits?|available|free|see you|calendar|busy|away|on holiday|join|attend|come|time)\b/i)
      );
    case "attend":
      return some(
        /\b(?:join|attend|come|there|count me|be glad|be happy|make it|participat|looking forward|cannot|can't|unable|other plans|away)\b/i,
      );
    case "agree":
      return some(/\b(?:works?|fine|ok(?:ay)?|agree|all right|good with me|no problem|yes|review|sure)\b/i);
    case "objection":
      return some(/\b(?:questions?|objections?|concerns?|fine|clear|agree)\b/i);
    case "opinion":
      return some(
        /\b(?:comments?|feedback|thoughts|opinion|look at|read|think|liked?|would (?:change|shorten|prefer)|suggest)\b/i,
      );
    case "choice":
      return some(/\b(?:recommend|prefer|would (?:choose|take|go|say|use)|advice|suggest|try|ask|better|best)\b|\[/i);
    case "permission":
    case "shall":
      return some(
        /^(?:yes|no|sure|of course|certainly|please|feel free|go ahead)\b|\b(?:feel free|welcome to|no need|go ahead|happy to accept|very kind|check whether|review your request)\b/i,
      );
    case "need":
      return some(/\b(?:need|require|without|no,)\b/i);
    case "offer":
      return some(
        /\b(?:interested|glad|happy|love to|like to|let you know|gladly|proposal|no, thank|not (?:now|at the moment))\b/i,
      );
    case "request":
      return some(DONE) || isRequestMet(ask.text, some);
    case "question":
      return some(DONE) || some(/on your question|check this|\[(?:specific detail|answer|name|time)\]/i);
    default:
      return ask.kind satisfies never;
  }
}

const DONE = /\b(?:attached|here (?:it is|you go|they are)|as requested|consider it done|right away|on it)\b/i;

/** Requests whose answer uses other words: help, a refund, a free time. */
function isRequestMet(text: string, some: (pattern: RegExp) => boolean): boolean {
  if (/^help\b/i.test(text)) return some(/\bhelp|\blook into|\bfix|\btry|\bsolve/i);
  if (/refund|money back/i.test(text)) return some(/\brefund|\bmoney|\bcredit/i);
  if (/when you are (?:free|available)|which (?:times?|days?) suit/i.test(text))
    return some(/\[(?:date|time|day)|\bavailable|\bfree\b|day\b/i);
  if (/\b(?:know|tell me|update|answer)\b/i.test(text)) return some(/\blet you know|\bget back to you|\banswer\b/i);
  return false;
}

function dayOf(time: string): string {
  return (
    /\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\btomorrow\b|\d{1,2} \p{L}{3,}|\p{L}{3} \d{1,2}\b/iu.exec(
      time,
    )?.[0] ?? time
  ).toLowerCase();
}

/** "sending", "sends" -> "send": enough to find a word again. */
function stem(word: string): string {
  return word
    .toLowerCase()
    .replace(/(?:'s|ies|ing|ed|es|s|e)$/, "")
    .slice(0, 9);
}

function sharedWords(text: string, known: string): number {
  const words = [...new Set(contentWords(withoutBrackets(text)).map(stem))].filter((word) => !POLITE_STEMS.has(word));
  if (words.length === 0) return 0;
  const there = new Set(contentWords(known).map(stem));
  const shared = words.filter((word) => there.has(word)).length;
  // Weekdays are common words, but naming the right one is to the point.
  const days = [
    ...new Set(text.toLowerCase().match(/\b\w+day\b|\d{1,2}:\d{2}|\b\d+ ?[ap]m\b|\b\d{2,}\b/g) ?? []),
  ].filter((day) => known.includes(day)).length;
  return Math.min(1, (shared + days) / Math.max(words.length + days, 4));
}

/** One that is not closed is none, and is read to the end once. */
function withoutBrackets(text: string): string {
  return text.replace(/\[[^\]]*(\]|$)/g, (found, end: string) => (end === "" ? found : " "));
}

const POLITE_STEMS = new Set(
  "grateful appreciat apolog inconveni regard email message interest patienc contact".split(" "),
);

const INTENT_WORDS: Readonly<Partial<Record<Understanding["intent"], RegExp>>> = {
  thanks: /\b(?:glad|pleasure|welcome|happy|kind|don't mention|any time|anytime)\b/i,
  congratulation: /\b(?:thank|thanks|kind|means a lot|happy)\b/i,
  apology: /\b(?:worry|no problem|apology|fine|understand|accept|forgiven|happens)\b/i,
  statusReport: /\b(?:update|noted|news|report|informed|progress|good to (?:know|hear))\b/i,
  notice: /\b(?:noted|inform|informing|letting me know|understood|change|good to know)\b/i,
  reminder: /\b(?:remind|reminder|noted|there|see you)\b/i,
  introduction: /\b(?:introduc|meet|look forward|working together|welcome)\w*/i,
  farewell: /\b(?:wish|best|luck|miss|pleasure|touch|future)\b/i,
  absence: /\b(?:better|well|soon|noted|letting me know|recover|manage|rest)\b/i,
  answer: /\b(?:getting back|reply|noted|understand|glad|account|thanks|thank)\b/i,
};

function fitsIntent(mail: Understanding, body: string): boolean {
  const words = INTENT_WORDS[mail.intent];
  return words?.test(body) ?? false;
}

function fitsTone(body: string, mail: Understanding): boolean {
  const slangy = /\b(?:hey|yeah|yep|nope|gonna|wanna|dude|lol|cool|awesome|no worries|cheers)\b|!!/i.test(body);
  if (mail.formality === "formal") return !slangy && !/^hi\b/i.test(body);
  if (mail.formality === "casual") return !/^dear (?:sir|madam|mr|ms|mrs)\b|\byours faithfully\b/i.test(body);
  return !/\b(?:yeah|yep|nope|gonna|wanna|dude|lol)\b|!!/i.test(body);
}

/** Days, times, amounts and codes of the reply that the mail does not have. */
function findInvented(matter: string, mail: Understanding): string[] {
  const details = findDetails(withoutBrackets(matter));
  const known = `${mail.subject} ${mail.body}`.toLowerCase().replace(/[^\p{L}\p{N}:]/gu, " ");
  const parts = [...details.times, ...details.amounts, ...details.codes].flatMap(
    (detail) => detail.toLowerCase().match(/\p{L}{3,}|\d[\d:]*/gu) ?? [],
  );
  const harmless =
    /^(?:the|this|next|today|tomorrow|week|weekend|month|morning|afternoon|evening|tonight|night|end|from|around|noon|percent|euros|dollars|pounds|last|coming)$/;
  return [...new Set(parts.filter((part) => !harmless.test(part) && !known.includes(part)))];
}

/** Capitalised words inside sentences that are not in the mail. */
function findStrangers(matter: string, known: string): string[] {
  const names = matter.match(/(?<=[\p{Ll},] )\p{Lu}[\p{Ll}]{2,}/gu) ?? [];
  return [...new Set(names)].filter(
    (name) => !known.includes(name.toLowerCase()) && !COMMON_WORDS.has(name.toLowerCase()),
  );
}
