/**
 * What can be answered without a model: for each intent a sentence made of the mail's own words, where its asks are understood ("Tuesday at 10:30 works
 * for me."), else a set phrase. Shown before the model answers, and where it has nothing that passes the checks.
 */
import { type Ask, BASE_VERBS, indirectQuestion, mirror, understandEmail } from "../../mail/portable.ts";
import { type AssistantMail, renderMail } from "./mail.ts";
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
  const { language } = of.reading;
  const phrases = phrasesFor(language);
  if (phrases === null) return null;
  const set = phrases.plain[intent];
  if (language !== "en") return { text: set, source: "phrase" };
  const understood = understandEmail(renderMail(of.mail));
  const matter = matterAnswer(intent, understood, of);
  if (matter !== null) return { text: matter, source: "mail" };
  const little = understood.asks.map((ask) => answerWith(intent, ask)).find((said) => said && SAYS_LITTLE.has(said));
  return { text: little ?? set, source: "phrase" };
}

/** Answers to a task whose words are not understood. */
const TASK_DONE = "Yes, I will take care of it.";
const TASK_REFUSED = "I am sorry, but I cannot do that.";
const SAYS_LITTLE: ReadonlySet<string> = new Set([TASK_DONE, TASK_REFUSED]);

/** What takes up the mail; null where nothing of that was understood. */
function matterAnswer(
  intent: Intent,
  { asks, topic }: ReturnType<typeof understandEmail>,
  { mail, reading, fits }: PlainContext,
): string | null {
  for (const ask of asks) {
    const said = answerWith(intent, ask);
    if (said !== null && !SAYS_LITTLE.has(said) && fits(said)) return said;
  }
  if (tellsOfLoss(mail)) return CONDOLENCES[intent] ?? null;
  const courtesy = intent === "acknowledge" ? COURTESIES[reading.about] : undefined;
  if (courtesy !== undefined) return courtesy;
  const about = isNounPhrase(topic) ? aboutTopic(intent, topic) : null;
  return about !== null && fits(about) ? about : null;
}

/** Whether a mail tells of a death: what is said to that is not a model's to guess. */
export const tellsOfLoss = ({ text }: AssistantMail): boolean => LOSS.test(text);

/** A death in the family of who writes, or of somebody whom both knew. */
const LOSS =
  /\b(?:died|passed away|funeral|has passed|lost (?:my|our) (?:\w+ )?(?:father|mother|husband|wife|son|daughter|brother|sister|partner))\b/i;

const CONDOLENCES: Readonly<Partial<Record<Intent, string>>> = {
  acknowledge: "I am very sorry for your loss.",
  answer: "My thoughts are with you and your family.",
  ask: "Is there anything that I can do for you?",
};

/** "the workshop", and no subject in quotation marks. */
const isNounPhrase = (topic: string) => /^(?:the|your|our|my|this) [\p{L}' -]{3,40}$/u.test(topic);

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
const COURTESIES: Readonly<Record<string, string>> = {
  thanks: "You are very welcome.",
  congratulation: "Thank you very much for your kind words.",
  apology: "No problem at all, and thank you for telling me.",
  absence: "Thank you for letting me know, and all the best.",
  farewell: "Thank you, and all the best for the future.",
  late: "I am sorry about that, and I will look into it.",
  faulty: "I am sorry about that, and I will look into it.",
  support: "I am sorry about that, and I will look into it.",
  repair: "I am sorry about that, and I will look into it.",
  mistake: "Thank you for pointing this out, and I am sorry for the mistake.",
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
    case "acknowledge":
    case "answer":
      return null;
    default:
      return intent satisfies never;
  }
}

function accept({ kind, text, times, sentence }: Ask): string | null {
  if (kind === "time") return times.length === 0 ? null : `Yes, ${times[0]} works for me.`;
  if (kind === "attend") return "Yes, I would be happy to come.";
  if (kind === "offer") return "Yes, please, that would be great.";
  if (kind === "permission" || kind === "shall" || isYesOrNo(sentence, kind)) return "Yes, of course.";
  if (kind !== "request") return null;
  const task = taskOf(text);
  return task === null ? TASK_DONE : `I will ${task}.`;
}

function decline({ kind, text, times, sentence }: Ask): string | null {
  if (kind === "time") return times.length === 0 ? null : `Unfortunately, I cannot make it ${onTime(times[0])}.`;
  if (kind === "attend") return "Unfortunately, I cannot come.";
  if (kind === "offer") return "Thank you, but I have to decline.";
  if (isYesOrNo(sentence, kind)) return "No, I am afraid not.";
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
  const question = firstClause(withoutLead(text));
  const indirect = kind === "question" ? (indirectQuestion(question) ?? subjectQuestion(question)) : null;
  return indirect === null || countWords(indirect) > MOST_WORDS ? null : `I will check ${indirect} and let you know.`;
}

/** "How many people will come" asks for its subject, and stands as it is behind "check". */
function subjectQuestion(question: string): string | null {
  const asksForSubject =
    /^(?:who|(?:how many|which) \p{L}{1,30}) (?:will|is|are|was|were|has|have|can) (?!(?:you|we|i|it|they|he|she|the|your|my|our|this|that)\b)/iu;
  return asksForSubject.test(question) ? mirror(question.charAt(0).toLowerCase() + question.slice(1)) : null;
}

/** "Three questions about the workshop: how many people come?" without its announcement. */
const withoutLead = (question: string) => question.replace(/^[^:?.!]{3,80}:\s{1,3}(?=\p{L})/u, "");

/** "Is it open?", and no "Could you send it?", which is a request. */
const isYesOrNo = (sentence: string, kind: Ask["kind"]) =>
  kind === "question" && /(?:^|[,:] )(?:is|are|do|does|did|will|was|were|has|have|may|can) [^?]*\?\s*$/i.test(sentence);

/** "send me the plan by Friday" as the replier says it, without the limit: "send you the plan". Null for what is asked to be told (the answer is the task), and for money. */
function taskOf(text: string): string | null {
  const plain = mirror(firstClause(text)).replace(/,? (?:by|before|until|no later than) .*$/i, "");
  const [verb = ""] = /^[a-z]+/i.exec(plain) ?? [];
  const isTask =
    BASE_VERBS.has(verb.toLowerCase()) &&
    !/^(?:be|tell|let|inform|say)\b|\b(?:pay|refund|money|transfer|credit)\b/i.test(plain);
  return isTask && countWords(plain) <= MOST_WORDS ? plain : null;
}

const firstClause = (text: string) =>
  text.replace(/[?!.]+$/, "").replace(/,? (?:and|or|so that|because) .*$|[,;:(].*$/i, "");
const countWords = (text: string) => text.split(/\s+/).length;

/** "on Friday", "at 10:30", "tomorrow". */
function onTime(when: string): string {
  if (/^(?:tomorrow|today|tonight|next|this|last)\b/i.test(when)) return when;
  return /^(?:noon\b|\d{1,2}(?:[:.]\d| ?[ap]m))/i.test(when) ? `at ${when}` : `on ${when}`;
}
