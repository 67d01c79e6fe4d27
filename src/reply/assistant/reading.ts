/** What a mail wants, read by rules before the model writes: its language, its questions with answers to tap, the intents that fit. */
import type { DetectLanguage } from "../../checks/portable.ts";
import type { Ask, AskKind, Formality } from "../../mail/portable.ts";
import { findAsks, isYesOrNo } from "./asks.ts";
import { isFamiliarAbroad } from "./asks-abroad.ts";
import { type AssistantMail, understandMail } from "./mail.ts";
import type { Intent } from "./phrases.ts";

/** A question or request of the mail. */
export interface Question {
  readonly text: string;
  readonly kind: AskKind;
  /** Answers to tap: what is shown, and the steering line that it stands for. */
  readonly answers: readonly { readonly label: string; readonly steer: string }[];
}

/** A mail, read. */
export interface Reading {
  /** ISO 639-1; "en" where the text is too short to tell, "und" where its letters are of no language known here. */
  readonly language: string;
  readonly formality: Formality;
  /** How the sender is greeted; "" where no person shows. */
  readonly senderName: string;
  /** The same where a formal greeting of the language wants more of the name: "Guten Tag Leo Brandt,". */
  readonly formalName: string;
  readonly questions: readonly Question[];
  /** A yes or a no is wanted. */
  readonly wantsDecision: boolean;
  /** Why it was written, by its words: "invoice", "reschedule", "general". */
  readonly about: string;
  /** Three intents for suggestions, the likeliest first. */
  readonly intents: readonly Intent[];
}

const DECISIONS: readonly AskKind[] = ["time", "attend", "request", "permission", "shall", "offer", "agree", "need"];

/** ours: what is longer is no name to greet by. */
const LONGEST_NAME = 50;

/** Reads a mail; `detect` tells languages, without it every mail counts as English. Never throws. */
export function readForReply(mail: AssistantMail, detect?: DetectLanguage): Reading {
  const understood = understandMail(mail);
  const { sender } = understood;
  const language = detect?.(mail.text) ?? languageOfScript(mail.text) ?? "en";
  const isEnglish = language === "en";
  const isFamiliar = isFamiliarAbroad(mail.text, language);
  const formality = isEnglish || isFamiliar === null ? understood.formality : isFamiliar ? "casual" : "formal";
  const asks = findAsks(mail, language);
  const open = asks.filter((ask) => ask.kind === "question" && !(isEnglish && isYesOrNo(ask)));
  const wantsDecision =
    asks.some(({ kind }) => DECISIONS.includes(kind)) ||
    (open.length === 0 && asks.some(({ kind }) => kind === "question")); // a yes does not say who comes
  const first = mail.from?.name === "" || mail.from === undefined ? sender.first : sender.first || mail.from.name;
  const titled = sender.title === "" ? "" : `${sender.title} ${sender.last || sender.first}`.trim(); // "Ms Porter" has one name
  const name = (text: string) => (sender.isAutomatic || text.length > LONGEST_NAME ? "" : text);
  const senderName = name(formality === "formal" && titled !== "" ? titled : first);
  return {
    language,
    formality,
    senderName,
    formalName: isEnglish || titled !== "" ? senderName : name(`${first} ${sender.last}`.trim()),
    questions: asks.map((ask) => ({ text: ask.sentence, kind: ask.kind, answers: answersTo(ask) })),
    wantsDecision,
    about: understood.intent,
    intents: wantsDecision
      ? ["accept", "decline", asks.some(({ kind }) => kind === "time") ? "ask" : "defer"]
      : asks.length > 0
        ? ["defer", "answer", "ask"]
        : ["acknowledge", "answer", "ask"],
  };
}

/** Of a text that the detector leaves open, the language by its letters: whoever writes in them did not write English. */
function languageOfScript(text: string): string | null {
  const letters = text.match(/\p{L}/gu) ?? [];
  const share = (script: RegExp) => letters.filter((letter) => script.test(letter)).length / letters.length;
  if (letters.length === 0 || share(/\p{Script=Latin}/u) >= 0.5) return null;
  const [language] = SCRIPTS.find(([, script]) => share(script) > 0.2) ?? ["und"];
  return language;
}

const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ["ko", /\p{Script=Hangul}/u],
  ["zh", /\p{Script=Han}/u],
  ["ru", /\p{Script=Cyrillic}/u],
  ["ar", /\p{Script=Arabic}/u],
  ["he", /\p{Script=Hebrew}/u],
  ["el", /\p{Script=Greek}/u],
  ["hi", /\p{Script=Devanagari}/u],
  ["th", /\p{Script=Thai}/u],
];

function answersTo({ kind, times, sentence }: Ask): Question["answers"] {
  const plain = (label: string, steer: string) => ({ label, steer });
  const no = plain("No", "decline");
  const later = plain("Later", "say that I will check");
  switch (kind) {
    case "time":
      return [
        ...times.map((time) => plain(time, `accept, confirm ${time}`)),
        no,
        plain("Another time", "decline, propose [date]"),
      ];
    case "attend":
    case "permission":
    case "shall":
    case "offer":
    case "agree":
    case "need":
      return [plain("Yes", "accept"), no, later];
    case "request":
      return [plain("I will", "accept"), plain("I cannot", "decline"), later];
    case "objection":
      return [plain("No objections", "say that I have no objections"), later];
    case "opinion":
    case "choice":
    case "question":
      return isYesOrNo({ kind, sentence }) ? [plain("Yes", "accept"), no, later] : [later];
    default:
      return kind satisfies never;
  }
}
