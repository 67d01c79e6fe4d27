/**
 * Whether a reply could be sent as it is: nothing in it has to be mended, filled in or taken out first. Exact rules over mail and reply,
 * without a reference and without a judge; that none of them finds anything is no proof that the reply is good.
 */
import type { Person } from "../mail/portable.ts";
import { splitReply } from "../mail/portable.ts";
import { findWrongAddressee } from "./addressee.ts";
import { checkReply, type Finding } from "./checks.ts";
import { createGrounder, type Grounding } from "./grounding.ts";
import { type DetectLanguage, findOtherLanguage } from "./language.ts";
import { findPlaceholders } from "./placeholders.ts";
import { fold } from "./words.ts";

/** Why a reply cannot be sent as it is. */
export const FAULTS = [
  "invented", //       a name, number, date or quoted subject that does not stand in the mail
  "wrong person", //   greets or is signed by somebody else, or guesses a gender
  "repeats", //        a sentence twice, four words three times, a word twice in a row
  "gap left", //       a placeholder to fill in
  "wrong language", // another than the mail's
  "malformed", //      any other finding of checkReply, or a quotation mark without its partner
] as const;

export type FaultName = (typeof FAULTS)[number];

/** One reason, and the text that shows it. */
export interface Fault {
  readonly fault: FaultName;
  readonly text: string;
}

/** What was known when the reply was written. */
export interface ReplyContext {
  /** The mail as the model read it. */
  readonly email: string;
  /** Who wrote it and who answers; nobody where that is not known. */
  readonly sender?: Person;
  readonly user?: Person;
  /** ISO 8601: what "Friday" is. */
  readonly sentAt?: string;
  /** ISO 639-1 of the mail, where it was told. */
  readonly language?: string;
  readonly detect?: DetectLanguage;
}

/** All that the rules say of one reply. */
export interface CheckedReply {
  readonly findings: readonly Finding[];
  readonly faults: readonly Fault[];
  readonly grounding: Grounding;
}

const NOBODY: Person = { name: "", address: "" };

/** Checks replies to one mail, which is read once. */
export function createReplyChecker(
  context: ReplyContext,
): (reply: string, options?: { cutAtLimit?: boolean }) => CheckedReply {
  const { email, sender = NOBODY, user = NOBODY, sentAt, language, detect } = context;
  const people = [sender, user].map(({ name, address }) => `${name} ${address}`);
  const ground = createGrounder({ texts: [email, ...people], sentAt, language });
  return (written, { cutAtLimit } = {}) => {
    const reply = written.trim();
    const findings = checkReply(reply, { email, cutAtLimit });
    const grounding = ground(reply);
    if (findings.some(({ check }) => check === "empty"))
      return { findings, grounding, faults: [{ fault: "malformed", text: "(empty)" }] };
    const { open, malformed } = findPlaceholders(reply, { thread: email, senderName: sender.name });
    const other = language && detect ? findOtherLanguage(reply, language, detect) : undefined;
    const found: Record<FaultName, readonly (string | undefined)[]> = {
      invented: [...grounding.ungrounded.map(({ text }) => text.trim()), ...findForeignSubjects(reply, email)],
      "wrong person": findWrongAddressee(reply, { sender, user, others: [], thread: email }),
      repeats: [
        ...findings.filter(({ check }) => check === "repetition").map(({ text }) => text),
        findDoubledWord(reply, email),
      ],
      "gap left": [...open, ...malformed],
      "wrong language": [other],
      malformed: [
        ...findings.filter(({ check }) => check !== "repetition").map(({ check, text }) => `${check}: ${text}`),
        findOddQuote(reply),
      ],
    };
    const faults = FAULTS.flatMap((fault) =>
      found[fault].flatMap((text): Fault[] => (text === undefined ? [] : [{ fault, text }])),
    );
    return { findings, faults, grounding };
  };
}

/** Words that a language doubles in earnest: "that that", "die die", "nous nous". */
const DOUBLED = new Set(
  (
    "that had is very so bye no yes ha ho blah really many hear there now well tut knock " + //  en
    "die der das den sie ja nein sehr na " + //                                               de
    "nous vous oui non si très bien " + //                                                    fr
    "muy ya sí ciao piano molto dat zeer nee heel"
  ).split(" "), //                                                                            es, it, nl
);

/** A word that stands twice in a row, and does not in the mail. */
export function findDoubledWord(reply: string, email: string): string | undefined {
  const known = fold(email);
  for (const [text, word] of reply.matchAll(
    /(?<![\p{L}\p{N}'’-])(\p{L}[\p{L}\p{M}]{0,99})[ \t]{1,99}\1(?![\p{L}\p{N}'’-])/giu,
  ))
    if (!DOUBLED.has(word.toLowerCase()) && !known.includes(fold(text))) return text;
  return undefined;
}

/** A quotation mark without its partner: the words from it on. */
export function findOddQuote(reply: string): string | undefined {
  const straight = [...reply.matchAll(/"/g)];
  const afterDigit = [...reply.matchAll(/\d"/g)]; // 15" is a size, "room 9" is not
  const curly = [...reply.matchAll(/[“”„«»]/g)];
  const isOdd = ({ length }: readonly unknown[]) => length % 2 === 1;
  const odd = isOdd(straight) && !isOdd(afterDigit) ? straight : isOdd(curly) ? curly : undefined;
  return odd === undefined ? undefined : reply.slice(odd.at(-1)!.index, odd.at(-1)!.index + 60);
}

/** After one of these a quotation names what the mail is about. */
const ABOUT =
  /(?:subject|regarding|concerning|about|titled|re:?|message|mail|betreff|bezüglich|betrifft|wegen|über|objet|concernant|sujet|asunto|sobre|oggetto|riguardo|onderwerp|betreffende)[ :]*["“„«]([^"“”„«»\n]{3,80})["”“»]/giu;

/** Quotations that name the matter of the mail in words that are not the mail's. */
export function findForeignSubjects(reply: string, email: string): string[] {
  const words = (text: string) =>
    ` ${
      fold(text)
        .match(/[\p{L}\p{N}]+/gu)
        ?.join(" ") ?? ""
    } `;
  const known = words(email);
  const { greeting } = splitReply(reply);
  return [...reply.slice(greeting.length).matchAll(ABOUT)].flatMap(([, quoted]) =>
    known.includes(words(quoted)) ? [] : [`“${quoted}”`],
  );
}
