/**
 * Scores a reply against its mail by things one can count: asks answered, details kept or invented, sentences, words,
 * greeting, courtesy, tone. It does not know how a draft was made, and does nothing that a mail or reply tells it to do.
 */

import { checkSteering, type Obeyed, readSteering, type Understanding, understandEmail } from "../../mail/index.ts";
import { measureReply, type ReplyMeasure } from "./measure.ts";

/** The four criteria of the paper (§3.1). */
export type Criterion = "relevance" | "conciseness" | "adaptability" | "politeness";
/** A score in [0, 1] and a remark for each criterion. */
export interface Judgement {
  readonly scores: Readonly<Record<Criterion, number>>;
  readonly feedback: Readonly<Record<Criterion, string>>;
}

/** Judges `reply` as an answer to the mail, and to the owner's `line` where there is one. The same texts give the same judgement. */
export function judgeReply(emailText: string, reply: string, line = ""): Judgement {
  const mail = understandEmail(emailText);
  const missed = line === "" ? [] : checkSteering(readSteering(line), reply).filter(({ followed }) => !followed);
  const measured = measureReply(line === "" ? mail : settledBy(line, mail), reply);
  if (measured.words === 0) return EMPTY;
  const measure = line === "" ? measured : { ...measured, fitsIntent: true }; // what was ordered may be general
  const parts = {
    relevance: missed.length > 0 ? disobedient(missed) : judgeRelevance(measure),
    conciseness: judgeConciseness(measure),
    adaptability: judgeAdaptability(measure),
    politeness: judgePoliteness(measure),
  };
  const each = <T>(pick: (part: Verdict) => T) =>
    Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, pick(part)])) as Record<Criterion, T>;
  return { scores: each((part) => round(clamp(part.score))), feedback: each((part) => part.remarks.join(" ")) };
}

/** The mail with what the owner said of it: the line settles what it asks, and may be repeated. */
function settledBy(line: string, mail: Understanding): Understanding {
  return { ...mail, asks: [], body: `${mail.body}\n${line}`, needsNoReply: false };
}

function disobedient(missed: readonly Obeyed[]): Verdict {
  return { score: 0, remarks: missed.map(({ wish }) => `The reply does not do what the owner said: ${wish}.`) };
}

interface Verdict {
  readonly score: number;
  readonly remarks: readonly string[];
}

const EMPTY: Judgement = {
  scores: { relevance: 0, conciseness: 0, adaptability: 0, politeness: 0 },
  feedback: {
    relevance: "The reply is empty: it does not answer the mail.",
    conciseness: "There is no text to be concise.",
    adaptability: "There is nothing to adapt.",
    politeness: "Start with a greeting and thank the sender.",
  },
};

function judgeRelevance(measure: ReplyMeasure): Verdict {
  const { mail, unanswered, coverage, overlap, invented, strangers } = measure;
  if (mail.needsNoReply)
    return {
      score: 0.1,
      remarks: ["The mail is automatic or empty and needs no reply, so nothing said here can be relevant."],
    };
  const remarks: string[] = [];
  // With asks the answers decide; without, whether the reply speaks of the same things.
  let score =
    mail.asks.length > 0
      ? 0.15 + 0.6 * coverage + 0.25 * Math.min(1, overlap / 0.25)
      : 0.3 + 0.7 * Math.min(1, overlap / 0.2);
  if (mail.asks.length === 0 && measure.fitsIntent) score = Math.max(score, 0.9);
  for (const ask of unanswered) remarks.push(`The reply does not answer: "${ask.sentence.slice(0, 120)}"`);
  if (unanswered.length > 0) score = Math.min(score, unanswered.length === mail.asks.length ? 0.25 : 0.4);
  if (overlap < 0.08 && !(mail.asks.length === 0 && measure.fitsIntent)) {
    score = Math.min(score, mail.asks.length > 0 && coverage > 0.9 ? 0.75 : 0.3);
    remarks.push("The reply is generic: mention the concrete details of the mail.");
  }
  if (invented.length > 0) {
    score -= 0.3 * invented.length;
    remarks.push(`The mail does not mention ${invented.slice(0, 3).join(", ")}: do not invent details.`);
  }
  if (strangers.length > 1) {
    score -= 0.15 * strangers.length;
    remarks.push(`The reply speaks of things that are not in the mail (${strangers.slice(0, 4).join(", ")}).`);
  }
  return { score, remarks: remarks.length > 0 ? remarks : ["The reply addresses the main points of the mail."] };
}

function judgeConciseness(measure: ReplyMeasure): Verdict {
  const { sentences, words, hasSubjectLine, repeats } = measure;
  const remarks: string[] = [];
  let score = 1;
  if (sentences > 3) {
    score = Math.max(0.05, 0.4 - 0.15 * (sentences - 4));
    remarks.push(`The reply has ${sentences} sentences: keep it to one to three.`);
  }
  if (words > 65) {
    score = Math.min(score, Math.max(0.05, 0.75 - (words - 65) / 60));
    remarks.push(`The reply has ${words} words: shorten it.`);
  }
  if (words < 8) {
    score = Math.min(score, 0.55);
    remarks.push("The reply is so short that it says too little.");
  }
  if (hasSubjectLine) {
    score -= 0.5;
    remarks.push("Remove the subject line: return the body only.");
  }
  if (repeats) {
    score -= 0.4;
    remarks.push("The reply repeats itself.");
  }
  return { score, remarks: remarks.length > 0 ? remarks : ["The reply is brief and to the point."] };
}

function judgeAdaptability(measure: ReplyMeasure): Verdict {
  const { mail, greeting, toneFits, hasSubjectLine, sentences, unanswered, invented, decides } = measure;
  const remarks: string[] = [];
  let score = 1;
  if (greeting === "wrong") {
    score -= 0.5;
    remarks.push(`The reply greets somebody else; the mail is from ${mail.sender.first}.`);
  } else if (greeting === "none") {
    score -= 0.3;
    remarks.push("Address the sender by name.");
  } else if (greeting === "plain") score -= 0.05;
  if (!toneFits) {
    score -= 0.2;
    remarks.push(`Match the ${mail.formality} tone of the sender.`);
  }
  if (hasSubjectLine) {
    score -= 0.5;
    remarks.push("A leftover subject line makes the reply unusable as it is.");
  }
  if (sentences > 3) {
    score -= 0.2;
    remarks.push("Too many set phrases make the reply hard to adapt.");
  }
  if (unanswered.length > 0) {
    score -= 0.25;
    remarks.push("Say what happens next for every point, with a placeholder where a decision is needed.");
  } else if (measure.overlap < 0.08 && !measure.fitsIntent) {
    score -= 0.35;
    remarks.push("The reply could go to anybody: use the details of this mail.");
  }
  if (invented.length > 0 || decides) {
    score -= 0.3;
    remarks.push("Use a placeholder such as [date] where the mail does not give the detail.");
  }
  return { score, remarks: remarks.length > 0 ? remarks : ["The reply suits the sender and is easy to adapt."] };
}

function judgePoliteness(measure: ReplyMeasure): Verdict {
  const { greeting, isCourteous, rudeWords, isShouting, mail } = measure;
  const remarks: string[] = [];
  let score = 1;
  if (greeting === "none") {
    score -= 0.55;
    remarks.push("Start with a greeting.");
  } else if (greeting === "wrong") score -= 0.2;
  if (!isCourteous) {
    score -= mail.formality === "casual" ? 0.25 : 0.4;
    remarks.push("The tone is curt: thank the sender or acknowledge the message.");
  }
  if (rudeWords.length > 0) {
    score = Math.min(score - 0.5, 0.1);
    remarks.push(`Remove rude words (${rudeWords.slice(0, 3).join(", ")}).`);
  }
  if (isShouting) {
    score -= 0.3;
    remarks.push("Do not write in capitals.");
  }
  return { score, remarks: remarks.length > 0 ? remarks : ["The reply is courteous."] };
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
