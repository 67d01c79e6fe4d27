/** Whether a mail wants a reply, decided before any model is asked: exact rules first, with the reason in words. */
import { toWords } from "../../checks/portable.ts";
import { type AutomatedKind, detectAutomated } from "../../mail/portable.ts";
import { findAsks } from "./asks.ts";
import { type AssistantMail, isWordless, NOBODY, understandMail } from "./mail.ts";

/** The decision. */
export interface Trigger {
  readonly wantsReply: boolean;
  /** From 0 to 1: how likely the owner would answer; 0 where a rule says no. */
  readonly score: number;
  /** In words, such as "newsletter (List-Unsubscribe)"; null where a reply is wanted. */
  readonly reason: string | null;
  /** The rule that decided; null where none did. "question" wants a reply, all others want none. */
  readonly rule: AutomatedKind | "wordless" | "own" | "acknowledgement" | "question" | null;
}

/** A scorer behind the rules, for instance a trained classifier: the chance in [0, 1] that the owner answers. */
export type ScoreTrigger = (mail: AssistantMail) => number;

const KINDS: Readonly<Record<AutomatedKind, string>> = {
  bounce: "delivery report",
  autoReply: "automatic answer",
  calendar: "calendar notice",
  notification: "written by a program",
  noReply: "address that takes no answers",
  newsletter: "newsletter",
};

/** Decides by rules; where none applies by `score` against `threshold` (without a scorer every such mail wants a reply). */
export function decideTrigger(mail: AssistantMail, score?: ScoreTrigger, threshold = 0.5): Trigger {
  const refuse = (rule: Trigger["rule"], reason: string): Trigger => ({ wantsReply: false, score: 0, reason, rule });
  const { from = NOBODY, to = [], cc, subject = "", text, isAnswer = false, signs, owner } = mail;
  if (isWordless(mail)) return refuse("wordless", "no words to answer");
  const own = owner?.address.toLowerCase() ?? "";
  if (own !== "" && from.address.toLowerCase() === own) return refuse("own", "your own mail");
  const automated = detectAutomated({ from, to, cc, subject, text, isAnswer, signs });
  if (automated !== null) {
    const sign = automated.sign.split(/ or another|, /)[0];
    return refuse(automated.kind, `${KINDS[automated.kind]} (${sign})`);
  }
  if (isAcknowledgement(text)) return refuse("acknowledgement", "only an acknowledgement");
  const chance = score?.(mail) ?? 1;
  const wantsReply = chance >= threshold;
  if (!wantsReply && isDirectQuestion(mail)) return { wantsReply: true, score: chance, reason: null, rule: "question" };
  const reason = wantsReply ? null : `mail like this is seldom answered (${Math.round(100 * chance)} %)`;
  return { wantsReply, score: chance, reason, rule: null };
}

/** ours: to more people than these a question is put to nobody in particular. */
const MOST_ASKED = 2;

/**
 * A question or a request put to the owner: whoever asks one person waits for an answer, however seldom mail that looks like it was answered. A scorer
 * learns from mailing lists that short plain questions stay open; in a mailbox they are what replies are for.
 */
function isDirectQuestion(mail: AssistantMail): boolean {
  const { to = [], cc = [], owner, signs } = mail;
  if (signs?.isDiscussion || signs?.isBulk || to.length > MOST_ASKED) return false;
  const own = owner?.address.toLowerCase() ?? "";
  const isIn = (list: AssistantMail["to"] = []) => list.some(({ address }) => address.toLowerCase() === own);
  if (own !== "" && !isIn(to) && (to.length > 0 || isIn(cc))) return false;
  const { sender } = understandMail(mail);
  return !sender.isAutomatic && (findAsks(mail).length > 0 || /[?؟？][ \t]{0,3}$/mu.test(mail.text));
}

const ACKNOWLEDGING = new Set(
  "ok okay k thanks thank thx ty you so much very a lot many great perfect got it noted will do cheers sounds good fine super all again best regards danke vielen dank prima alles klar gut passt merci d'accord parfait bien gracias vale perfecto".split(
    " ",
  ),
);
const MOST_ACKNOWLEDGING = 8;

/** "ok thanks", "Got it, thank you!": a few words that end a conversation. */
function isAcknowledgement(text: string): boolean {
  const words = toWords(text.slice(0, 200));
  return words.length <= MOST_ACKNOWLEDGING && !text.includes("?") && words.every((word) => ACKNOWLEDGING.has(word));
}
