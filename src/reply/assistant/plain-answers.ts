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

/** One sentence for an intent, or null in a language without phrases. `fits` is asked before the mail's words are used: what it refuses is not said. */
export function plainAnswer(
  intent: Intent,
  { mail, reading, fits }: { mail: AssistantMail; reading: Reading; fits: (text: string) => boolean },
): string | null {
  const phrases = phrasesFor(reading.language);
  if (phrases === null) return null;
  if (reading.language !== "en") return phrases.plain[intent];
  const { asks } = understandEmail(renderMail(mail));
  for (const ask of asks) {
    const said = answerWith(intent, ask);
    if (said !== null && fits(said)) return said;
  }
  const courtesy = intent === "acknowledge" ? COURTESIES[reading.about] : undefined;
  return courtesy ?? phrases.plain[intent];
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
  return task === null ? "Yes, I will take care of it." : `I will ${task}.`;
}

function decline({ kind, text, times, sentence }: Ask): string | null {
  if (kind === "time") return times.length === 0 ? null : `Unfortunately, I cannot make it ${onTime(times[0])}.`;
  if (kind === "attend") return "Unfortunately, I cannot come.";
  if (kind === "offer") return "Thank you, but I have to decline.";
  if (isYesOrNo(sentence, kind)) return "No, I am afraid not.";
  if (kind !== "request") return null;
  const task = taskOf(text);
  return task === null ? "I am sorry, but I cannot do that." : `I am sorry, but I cannot ${task}.`;
}

function defer({ kind, text }: Ask): string | null {
  const indirect = kind === "question" ? indirectQuestion(firstClause(text)) : null;
  return indirect === null || countWords(indirect) > MOST_WORDS ? null : `I will check ${indirect} and let you know.`;
}

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
