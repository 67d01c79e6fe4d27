/** Analyses a mail by rules: sender, tone, intent, asks, details, from its text alone. */

import { type Ask, findAsks } from "./asks.ts";
import { type Details, findDetails, findLimit } from "./details.ts";
import { classifyIntent, type MailIntent } from "./intent.ts";
import { COMMON_WORDS } from "./lexicon.ts";
import { findNounPhrases, mirror, nounPhraseAfter } from "./phrases.ts";
import { cleanSubject, type MailText, readMailText } from "./read.ts";
import { type Formality, readFormality, readSender, type Sender } from "./sender.ts";

/** A mail, understood as far as patterns go. */
export interface Understanding {
  readonly sender: Sender;
  readonly formality: Formality;
  readonly intent: MailIntent;
  readonly asks: readonly Ask[];
  readonly details: Details;
  /** "Please answer by Friday" gives "Friday". */
  readonly deadline: string | null;
  /** What it is about, seen from the replier's side ("your order", "the website relaunch"); "" where unclear. */
  readonly topic: string;
  readonly subject: string;
  readonly body: string;
  readonly sentences: readonly string[];
  readonly isQuestion: boolean;
  /** The subject says that it answers an earlier mail. */
  readonly isReply: boolean;
  /** Nothing to answer: a newsletter, a notice of a machine, or an empty mail. */
  readonly needsNoReply: boolean;
}

/** Writing, judging and revising read the same mail in turn: the last ones are kept. */
const recent = new Map<string, Understanding>();
const RECENT_MAILS = 128;

/** Reads a mail text ("From: …", "Subject: …", blank line, body). Linear in its length; never throws. */
export function understandEmail(text: string): Understanding {
  let understanding = recent.get(text);
  if (understanding === undefined) {
    understanding = readUnderstanding(text);
    if (recent.size >= RECENT_MAILS) recent.clear();
    recent.set(text, understanding);
  }
  return understanding;
}

/** Why a mail was written: `understandEmail(text).intent` alone, in a fraction of the time. */
export function readIntent(text: string): MailIntent {
  return intentOf(readMailText(text), isReplyText(text));
}

const isReplyText = (text: string) => /^subject: ?(?:re|aw|sv|antw)(?:\[\d+\])?:/im.test(text.slice(0, 600));

function intentOf({ subject, sentences }: MailText, isReply: boolean): MailIntent {
  return classifyIntent({ subject, body: withoutCourtesies(sentences), isReply });
}

function readUnderstanding(text: string): Understanding {
  const mail = readMailText(text);
  const sender = readSender(mail, text);
  const isReply = isReplyText(text);
  const { subject, body, sentences } = mail;
  const details = findDetails(body);
  const asks = sender.isAutomatic ? [] : findAsks(sentences);
  return {
    sender,
    formality: readFormality(mail),
    intent: intentOf(mail, isReply),
    asks,
    details: { ...details, codes: details.codes.length > 0 ? details.codes : findDetails(subject).codes },
    deadline: findLimit(
      sentences,
      asks.map((ask) => ask.sentence),
    ),
    topic: findTopic(subject, body),
    subject,
    body,
    sentences,
    isQuestion: asks.some((ask) => ask.sentence.endsWith("?")),
    isReply,
    needsNoReply: sender.isAutomatic || (body.match(/\p{L}{2,}/gu)?.length ?? 0) < 3,
  };
}

/** The text without "Thank you for your help" and the like, which would pass for its reason. */
function withoutCourtesies(sentences: readonly string[]): string {
  const matter = sentences.filter((sentence) => !CLOSING.test(sentence));
  return matter.length > 0 ? matter.join(" ") : sentences.join(" ");
}

const CLOSING =
  /^(?:(?:many )?thanks?(?: you)?(?: (?:very much|a lot|a million|again|once more|so much))*[.!]*$|(?:many )?thank(?:s| you)(?: very much| again| once more| so much)? (?:in advance|for (?:your (?:help|time|support|assistance|cooperation|understanding|answer|attention|patience|message|last mail|flexibility|interest|business|trust|order|opinion|ear)|(?:the|a) (?:quick|short|good|pleasant|smooth|update)|our last|taking|looking|considering|listening|making|finding|checking|keeping|settling|deciding|thinking|reading|getting))|i look forward|we look forward|looking forward|have a |just call|please (?:call|do not)|let me know|i hope (?:you|this|the)|sorry again)/i;

/** Lower-case words of a text that carry its content. */
export function contentWords(text: string): string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}'-]+/gu) ?? []).filter(
    (word) => word.length > 2 && !COMMON_WORDS.has(word),
  );
}

const VAGUE_SUBJECT =
  /^(?:hi|hello|hey|question|urgent|help|important|information|news|update|notice|thank you|thanks|many thanks|some help, please|how does it work|new here|a new chapter|my mistake|are you free|any plans)?[.!?]*$/i;

/** The noun phrase of the text that shares most with the subject; else what follows "about"; else the subject itself. */
function findTopic(subject: string, body: string): string {
  const wanted = new Set(contentWords(subject));
  let [best, bestScore] = ["", 0];
  for (const phrase of findNounPhrases(body)) {
    const score = contentWords(phrase).filter((word) => wanted.has(word)).length - phrase.split(" ").length * 0.01;
    if (score > 0.5 && score > bestScore) [best, bestScore] = [phrase, score];
  }
  if (best === "")
    best = nounPhraseAfter(body, /\b(?:about|regarding|concerning|discuss|regards) (?=(?:the|our|your|my|an?|this) )/i);
  if (best !== "")
    return mirror(
      lowerArticle(best).replace(/(?<!.).*$/, (line) => line.replace(/ (?:in|from|at|on) (?:your|my|our)\b.*/, "")),
    ).replace(/^an? /, "the ");
  const plain = cutSubject(cleanSubject(subject));
  return plain === "" || VAGUE_SUBJECT.test(plain) ? "" : `"${plain}"`;
}

const MAX_TOPIC_WORDS = 8;

/** A subject short and plain enough to be quoted; "" where it is an address or holds no word. */
function cutSubject(subject: string): string {
  if (/https?:|www\.|@/.test(subject) || !/\p{L}{2}/u.test(subject)) return "";
  const plain = subject.replace(/["“”*]/g, "").replace(/\s?[:;]-?[)(DP]/g, "");
  const clause = plain.split(/[?!;(]| - |\.{2}/)[0].trim();
  const words = (clause.includes(" ") ? clause : plain).split(" ");
  return words
    .slice(0, MAX_TOPIC_WORDS)
    .join(" ")
    .replace(/(?<![.,:?!-])[.,:?!-]+$/, "");
}

function lowerArticle(phrase: string): string {
  return phrase.replace(/^(?:The|Our|Your|My|An?|This)\b/, (word) => word.toLowerCase());
}
