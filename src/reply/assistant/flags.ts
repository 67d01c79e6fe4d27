/** What a person should look at before sending: claims that the mail does not license, promises, gaps; each with its place in the text. */
import {
  createGrounder,
  type DetectLanguage,
  findCommitments,
  findOtherLanguage,
  findPlaceholders,
  findRepetition,
  findSplitPairs,
  findWrongAddressee,
} from "../../checks/portable.ts";
import { holdsWords, splitReply } from "../../mail/portable.ts";
import type { Withheld } from "../guard.ts";
import { type AssistantMail, NOBODY, renderMail } from "./mail.ts";

/** One thing to look at. `text` stands at [start, end) of the reply, in UTF-16 code units. */
export interface Flag {
  readonly kind: FlagKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** For the person, such as "15:30 is not in the mail". */
  readonly message: string;
}

export type FlagKind = "unknown" | "promise" | "gap" | "addressee" | "loop" | "withheld" | "language";

/** A gap that the person fills: `[date]`, `[name]`. */
export interface Field {
  readonly text: string;
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

/** What flags go by besides the mail. */
export interface FlagOptions {
  /** Of the reply, ISO 639-1. */
  readonly language?: string;
  /** What the owner said: a reply may draw on it. */
  readonly steering?: string;
  /** Where given, sentences in another language than the reply's are flagged. */
  readonly detect?: DetectLanguage;
}

/** Finds flags in replies to one mail; its sources are read once. */
export function createFlagger(
  mail: AssistantMail,
  { language = "en", steering = "", detect }: FlagOptions = {},
): (reply: string) => Flag[] {
  const { from = NOBODY, owner = NOBODY, to = [], cc = [], facts = [], date } = mail;
  const others = [...to, ...cc].filter(({ address }) => address !== owner.address);
  const people = [from, owner, ...others].map(({ name, address }) => `${name} ${address}`);
  const thread = renderMail(mail);
  const ground = createGrounder({
    texts: [thread, ...people, ...facts, steering],
    sentAt: date ?? undefined,
    language,
  });
  return (reply) => {
    const at = (kind: FlagKind, text: string, start: number, message: string): Flag => ({
      ...{ kind, text, start, end: start + text.length, message },
    });
    const found = (kind: FlagKind, text: string, message: string): Flag[] => {
      const start = reply.indexOf(text);
      return start < 0 ? [] : [at(kind, text, start, message)];
    };
    const ungrounded = ground(reply).ungrounded.filter(({ text }) => !isKnownBeforeStop(text, thread));
    const unknown = ungrounded.map((claim) => {
      const text = claim.text.trim();
      return at("unknown", text, claim.at + claim.text.indexOf(text), `${text} is not in the mail`);
    });
    const titles = [...reply.matchAll(TITLE)]
      .filter(([, title]) => !isQuotedFrom(title, [thread, ...facts, steering]))
      .map(({ 1: title, index }) => at("unknown", title, index + 1, `${title} is not in the mail`));
    const split = findSplitPairs(reply, [mail.subject ?? "", mail.text, ...facts, steering]).map(
      ({ text, at: start }) =>
        at("unknown", text, start, `${text}: the day and the hour do not stand together in the mail`),
    );
    const promises = findCommitments(reply).flatMap(({ kind, text }) =>
      steering !== "" && sharesWords(text, steering)
        ? []
        : found("promise", text, `${PROMISES[kind]} that nobody told it to make`),
    );
    const { malformed } = findPlaceholders(reply, { thread, senderName: from.name });
    const gaps = malformed.flatMap((text) => found("gap", text, `${text} has to be filled in`));
    const wrong = findWrongAddressee(reply, { sender: from, user: owner, others, thread: mail.text });
    const addressee = wrong.flatMap((text) => found("addressee", text, "greets or signs as the wrong person"));
    const loop = findRepetition(reply, splitReply(reply).sentences);
    const repeats = loop === undefined ? [] : [at("loop", loop, Math.max(0, reply.indexOf(loop)), "says it twice")];
    const foreign = splitReply(reply).sentences.find(
      (sentence) => isForeign(sentence, language, detect) && !holdsWords(steering, sentence),
    );
    const other =
      foreign === undefined
        ? []
        : found("language", foreign, `"${foreign}" is not in the language of the reply (${language})`);
    return [...unknown, ...titles, ...split, ...promises, ...gaps, ...addressee, ...repeats, ...other].sort(
      (a, b) => a.start - b.start,
    );
  };
}

/** Whether a sentence surely is in another language. Every model speaks English best: where English is wanted, nobody has to look. */
export function isForeign(sentence: string, language: string, detect: DetectLanguage | undefined): boolean {
  if (language === "en" || detect === undefined) return false;
  return findOtherLanguage(sentence, language, detect) !== undefined;
}

/** Whether a text of a model surely is in `language`; English needs no proof. */
export const speaks = (language: string, detect: DetectLanguage | undefined) => (text: string) =>
  language === "en" || detect === undefined || detect(text) === language;

/** What a reply puts between marks. */
const TITLE = /["“„«]([^"“”„«»\n]{2,120})["”“»]/gu;

const isQuotedFrom = (title: string, sources: readonly string[]) => {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
  return sources.some((text) => plain(text).includes(plain(title)));
};

/** "section 2.3." at the end of a sentence is the mail's "section 2.3". */
const isKnownBeforeStop = (text: string, thread: string) => /\d\.$/.test(text) && thread.includes(text.slice(0, -1));

/** What stands where the model promised what only the owner can decide (`guard.ts`), and what it had written there. */
export function flagWithheld(reply: string, withheld: Withheld | null): Flag[] {
  if (withheld === null) return [];
  const { kind, text: unsaid, start, end } = withheld;
  const message = `left out of the reply: "${unsaid.replace(/(?<![.!?])[.!?]+$/, "")}", ${WITHHELD[kind]} that nobody told it to make`;
  return [{ kind: "withheld", text: reply.slice(start, end), start, end, message }];
}

const WITHHELD = {
  money: "a promise of money",
  secret: "a promise to give a secret away",
  dictated: "a promise to write what the mail dictates",
} as const;

/** The gaps of a reply as fields to fill in. */
export function findFields(reply: string, mail: AssistantMail): Field[] {
  const { open } = findPlaceholders(reply, { thread: renderMail(mail), senderName: mail.from?.name ?? "" });
  let from = 0;
  return open.map((text) => {
    const start = reply.indexOf(text, from);
    from = start + text.length;
    return { text, label: text.replace(/^[[{<]+|(?<![\]}>])[\]}>]+$/g, ""), start, end: from };
  });
}

const PROMISES = {
  attachment: "speaks of an attachment",
  payment: "a promise of money",
  agreement: "an agreement",
  deadline: "a deadline",
  action: "says that something was done,",
  guarantee: "a guarantee",
} as const;

/** Whether the owner's line speaks of what a promise is about: a word of five letters or more, or a figure. */
function sharesWords(sentence: string, steering: string): boolean {
  const words = (text: string) => text.toLowerCase().match(/\p{L}{5,}|\p{N}+/gu) ?? [];
  const known = new Set(words(steering));
  return words(sentence).some((word) => known.has(word));
}
