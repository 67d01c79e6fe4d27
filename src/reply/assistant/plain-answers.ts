/**
 * What can be answered without a model: for each intent a sentence made of the mail's own words, where its asks are understood ("Tuesday at 10:30 works
 * for me."), else a set phrase. Shown before the model answers, and where it has nothing that passes the checks.
 */
import { type Ask, BASE_VERBS, indirectQuestion, mirror } from "../../mail/portable.ts";
import { answerAbroad } from "./answers-abroad.ts";
import { findAsks, isYesOrNo } from "./asks.ts";
import { newsAbroad } from "./asks-abroad.ts";
import { type AssistantMail, understandMail } from "./mail.ts";
import { type Intent, phrasesFor } from "./phrases.ts";
import type { Reading } from "./reading.ts";

/** ours: a phrase of the mail that is longer than this is not said again. */
const MOST_WORDS = 12;

/** What an answer without a model needs. `fits` is asked before the mail's words are used: what it refuses is not said. */
export interface PlainContext {
  readonly mail: AssistantMail;
  readonly reading: Reading;
  readonly fits: (text: string) => boolean;
}

/** A sentence that needs no model: made of what the mail asks or why it was written, or a set phrase. */
export interface PlainAnswer {
  readonly text: string;
  readonly source: "mail" | "phrase";
}

/** One sentence for an intent, of the mail's own words where they give one; null in a language without phrases. */
export function plainAnswer(intent: Intent, of: PlainContext): PlainAnswer | null {
  const { language, formality } = of.reading;
  const phrases = phrasesFor(language, formality);
  if (phrases === null) return null;
  const set = phrases.plain[intent];
  if (language !== "en") {
    const said = answerAbroad(intent, { text: of.mail.text, language, isFamiliar: formality === "casual" });
    return said !== null && of.fits(said) ? { text: said, source: "mail" } : { text: set, source: "phrase" };
  }
  const asks = findAsks(of.mail);
  const matter = matterAnswer(intent, asks, of);
  if (matter !== null) return { text: matter, source: "mail" };
  if (intent === "answer" && asks.length > 0) return { text: UNKNOWN, source: "phrase" };
  const little = asks.map((ask) => answerWith(intent, ask)).find((said) => said && SAYS_LITTLE.has(said));
  return { text: little ?? set, source: "phrase" };
}

/** Answers to a task whose words are not understood. */
const TASK_DONE = "Yes, I will take care of it.";
const TASK_REFUSED = "I am sorry, but I cannot do that.";
const UNKNOWN = "I am afraid I do not know.";
const SAYS_LITTLE: ReadonlySet<string> = new Set([TASK_DONE, TASK_REFUSED]);

/** What takes up the mail; null where nothing of that was understood. */
function matterAnswer(intent: Intent, asks: readonly Ask[], { mail, reading, fits }: PlainContext): string | null {
  for (const ask of asks) {
    const said = answerWith(intent, ask);
    if (said !== null && !SAYS_LITTLE.has(said) && fits(said)) return said;
  }
  if (tellsOfLoss(mail, reading)) return CONDOLENCES[intent] ?? null;
  const courtesy = COURTESIES[reading.about]?.[intent];
  if (courtesy !== undefined) return courtesy;
  const { topic } = understandMail(mail);
  const about = isNounPhrase(topic) && !isClause(topic, asks) ? aboutTopic(intent, topic) : null;
  return about !== null && fits(about) ? about : null;
}

/**
 * Whether `ours` stands whatever a model would say: to a mail that tells of a death nothing is guessed, courtesies need no model, and in another language
 * than English small models write worse than rules.
 */
export const isSettled = (
  { source }: PlainAnswer,
  { mail, reading }: Pick<PlainContext, "mail" | "reading">,
): boolean =>
  source === "mail" && (reading.language !== "en" || reading.questions.length === 0 || tellsOfLoss(mail, reading));

/** Whether a mail tells of a death. */
export const tellsOfLoss = ({ text }: AssistantMail, { language }: Reading): boolean =>
  language === "en" ? LOSS.test(text) : newsAbroad(text, language) === "loss";

/** A death in the family of who writes, or of somebody whom both knew. */
const LOSS =
  /\b(?:died|passed away|funeral|has passed|lost (?:my|our) (?:\w+ )?(?:father|mother|husband|wife|son|daughter|brother|sister|partner))\b/i;

type ByIntent = Readonly<Partial<Record<Intent, string>>>;

const CONDOLENCES: ByIntent = {
  acknowledge: "I am very sorry for your loss.",
  answer: "My thoughts are with you and your family.",
  ask: "Is there anything that I can do for you?",
};

/** "the workshop", and no subject in quotation marks, nothing of the owner's own, and no "third time". */
const isNounPhrase = (topic: string) =>
  /^(?:the|your|our|this) [\p{L}' -]{3,40}$/u.test(topic) &&
  !/\b(?:times?|things?|ways?|days?|weeks?|months?|years?|ones?|lots?|bit)$/i.test(topic);

/** "Does the hall open on Sunday?" is not about "the hall open". */
const isClause = (topic: string, asks: readonly Ask[]) =>
  asks.some(({ sentence }) =>
    new RegExp(`\\b(?:do|does|did|can|could|will|would|shall) ${topic}(?!\\p{L})`, "iu").test(sentence),
  );

function aboutTopic(intent: Intent, topic: string): string | null {
  switch (intent) {
    case "ask":
      return `Could you please tell me a little more about ${topic}?`;
    case "acknowledge":
      return `Thank you for letting me know about ${topic}.`;
    case "defer":
      return `I will look into ${topic} and get back to you.`;
    case "accept":
    case "decline":
    case "answer":
      return null;
    default:
      return intent satisfies never;
  }
}

/** What a mail that asks nothing is answered with, by why it was written. */
const SORRY: ByIntent = {
  acknowledge: "I am sorry about that, and I will look into it.",
  answer: "I am sorry for the trouble.",
};
const COURTESIES: Readonly<Record<string, ByIntent>> = {
  thanks: { acknowledge: "You are very welcome.", answer: "I am glad that I could help." },
  congratulation: {
    acknowledge: "Thank you very much for your kind words.",
    answer: "That is very kind of you.",
  },
  apology: { acknowledge: "No problem at all, and thank you for telling me.", answer: "Please do not worry about it." },
  absence: { acknowledge: "Thank you for letting me know, and all the best." },
  farewell: { acknowledge: "Thank you, and all the best for the future." },
  ...{ late: SORRY, faulty: SORRY, support: SORRY, repair: SORRY },
  mistake: { acknowledge: "Thank you for pointing this out, and I am sorry for the mistake." },
};

function answerWith(intent: Intent, ask: Ask): string | null {
  switch (intent) {
    case "accept":
      return accept(ask);
    case "decline":
      return decline(ask);
    case "defer":
      return defer(ask);
    case "ask":
      return ask.kind === "time"
        ? ask.times.length > 0
          ? "Could we find another time?"
          : "When would suit you best?"
        : null;
    case "answer":
      return doNotKnow(ask);
    case "acknowledge":
      return null;
    default:
      return intent satisfies never;
  }
}

function accept({ kind, text, times, sentence }: Ask): string | null {
  if (kind === "time") return times.length === 0 ? null : `Yes, ${times[0]} works for me.`;
  if (kind === "attend") return "Yes, I would be happy to come.";
  if (kind === "offer") return "Yes, please, that would be great.";
  if (kind === "permission" || kind === "shall" || isYesOrNo({ kind, sentence })) return "Yes, of course.";
  if (kind !== "request") return null;
  const task = taskOf(text);
  return task === null ? TASK_DONE : `I will ${task}.`;
}

function decline({ kind, text, times, sentence }: Ask): string | null {
  if (kind === "time") return times.length === 0 ? null : `Unfortunately, I cannot make it ${onTime(times[0])}.`;
  if (kind === "attend") return "Unfortunately, I cannot come.";
  if (kind === "offer") return "Thank you, but I have to decline.";
  if (isYesOrNo({ kind, sentence })) return "No, I am afraid not.";
  if (kind !== "request") return null;
  const task = taskOf(text);
  return task === null ? TASK_REFUSED : `I am sorry, but I cannot ${task}.`;
}

function defer({ kind, text }: Ask): string | null {
  if (kind === "attend") return "I will look at my calendar and let you know.";
  if (kind === "request") {
    const task = taskOf(text);
    return task === null ? null : `I will see whether I can ${task} and let you know.`;
  }
  const indirect = kind === "question" ? indirectly(text) : null;
  return indirect === null ? null : `I will check ${indirect} and let you know.`;
}

/** What the owner thinks, wants and did they do know: "why I left" is no such question. */
function doNotKnow({ kind, text }: Ask): string | null {
  const indirect = kind === "question" ? indirectly(text) : null;
  return indirect === null || /\b(?:I|my|me)\b/.test(indirect) ? null : `I am afraid I do not know ${indirect}.`;
}

function indirectly(question: string): string | null {
  const clause = firstClause(withoutLead(question));
  const indirect = indirectQuestion(clause) ?? subjectQuestion(clause);
  return indirect === null || countWords(indirect) > MOST_WORDS ? null : indirect;
}

/** "How many people will come" asks for its subject, and stands as it is behind "check". */
function subjectQuestion(question: string): string | null {
  const asksForSubject =
    /^(?:who|(?:how many|which) \p{L}{1,30}) (?:will|is|are|was|were|has|have|can) (?!(?:you|we|i|it|they|he|she|the|your|my|our|this|that)\b)/iu;
  return asksForSubject.test(question) ? mirror(question.charAt(0).toLowerCase() + question.slice(1)) : null;
}

/** "Three questions about the workshop: how many people come?" without its announcement. */
const withoutLead = (question: string) => question.replace(/^[^:?.!]{3,80}:\s{1,3}(?=\p{L})/u, "");

/** "send me the plan by Friday" as the replier says it, without the limit: "send you the plan". Null for what is asked to be told (the answer is the task), and for money. */
function taskOf(text: string): string | null {
  const plain = cutLine(mirror(firstClause(text)), /,? (?:by|before|until|no later than) .*/i).replace(
    /,? (?:(?:this|next) (?:week|month|year|morning|afternoon|evening|\p{L}+day)|today|tomorrow|tonight|soon|asap|on \p{L}+day)$/iu,
    "",
  );
  const [verb = ""] = /^[a-z]+/i.exec(plain) ?? [];
  const isTask =
    BASE_VERBS.has(verb.toLowerCase()) &&
    !/^(?:be|tell|let|inform|say)\b|\b(?:pay|refund|money|transfer|credit)\b/i.test(plain);
  return isTask && countWords(plain) <= MOST_WORDS ? plain : null;
}

const firstClause = (text: string) =>
  cutLine(text.replace(/(?<![?!.])[?!.]+$/, ""), /,? (?:and|or|so that|because) .*|[,;:(].*/i);
/** Without what `end` finds in the last line. */
const cutLine = (text: string, end: RegExp) => text.replace(/(?<!.).*$/, (line) => line.replace(end, ""));
const countWords = (text: string) => text.split(/\s+/).length;

/** "on Friday", "at 10:30", "tomorrow". */
function onTime(when: string): string {
  if (/^(?:tomorrow|today|tonight|next|this|last)\b/i.test(when)) return when;
  return /^(?:noon\b|\d{1,2}(?:[:.]\d| ?[ap]m))/i.test(when) ? `at ${when}` : `on ${when}`;
}
