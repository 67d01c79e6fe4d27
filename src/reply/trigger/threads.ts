/** A mailbox as examples: each mail with what was known when it came, and whether it was answered later. */
import { calibrationError, rocAuc } from "../../checks/portable.ts";
import { hashString } from "../../random.ts";
import type { AssistantMail } from "../assistant/mail.ts";
import { decideTrigger } from "../assistant/trigger.ts";
import { openTrigger, type TriggerClassifier, type TriggerModel } from "./classifier.ts";
import { triggerFeatures } from "./features.ts";
import { fitTrigger } from "./fit.ts";

/** A mail of a mailbox. */
export interface ThreadMail {
  readonly id: string;
  readonly threadId: string;
  /** Whether somebody (in one's own mailbox: the owner) answered it. */
  readonly answered: boolean;
  readonly mail: AssistantMail;
}

/** The mails with the history of their senders: what was received of each and answered before it came, in order of time. */
export function addHistory(mails: readonly ThreadMail[]): ThreadMail[] {
  const known = new Map<string, { received: number; answered: number }>();
  const inOrder = mails.toSorted((a, b) => (a.mail.date ?? "").localeCompare(b.mail.date ?? ""));
  return inOrder.map((one) => {
    const address = one.mail.from?.address.toLowerCase() ?? "";
    const sender = known.get(address) ?? { received: 0, answered: 0 };
    known.set(address, { received: sender.received + 1, answered: sender.answered + (one.answered ? 1 : 0) });
    return { ...one, mail: { ...one.mail, sender } };
  });
}

/** Which side a conversation stands on, by its id: seven tenths to learn from, one to choose and calibrate by, two to measure by. */
function sideOf(threadId: string): "train" | "check" | "test" {
  const tenth = hashString(`trigger/${threadId}`) % 10;
  return tenth < 7 ? "train" : tenth < 8 ? "check" : "test";
}

/** How well a trigger does on mails of which it learnt nothing. */
export interface TriggerReport {
  readonly mails: number;
  readonly answered: number;
  /** Rules and classifier together, over all held-out mails. */
  readonly rocAuc: number;
  /** The classifier alone, over those that no rule decides. */
  readonly rocAucBeyondRules: number;
  /** What "has a question mark" reaches, over all. */
  readonly rocAucQuestionMark: number;
  readonly calibrationError: number;
  /** Of the mails that no rule decides, by tenth of the score: the mean score, and how many were answered. */
  readonly calibration: readonly { readonly score: number; readonly answered: number; readonly mails: number }[];
  /** By kind of sender: how many mails trigger at the threshold, and how many were answered. */
  readonly kinds: Readonly<Record<string, { mails: number; triggered: number; answered: number }>>;
}

/** Learns from a mailbox and measures on its held-out conversations; `rate` is the share of mails beyond the rules that is to trigger. */
export function learnTrigger(options: { mails: readonly ThreadMail[]; about: string; seed: number; rate: number }): {
  model: TriggerModel;
  report: TriggerReport;
} {
  const { mails, about, seed, rate } = options;
  const open = mails.filter(({ mail }) => decideTrigger(mail).rule === null);
  const take = (side: ReturnType<typeof sideOf>) =>
    open
      .filter(({ threadId }) => sideOf(threadId) === side)
      .map(({ mail, answered }) => ({ features: triggerFeatures(mail), answered }));
  const model = fitTrigger({ train: take("train"), check: take("check"), about, seed, measure: rocAuc });
  return { model, report: measureTrigger(openTrigger(model, about), mails, rate) };
}

/** Measures a trigger on the held-out conversations of a mailbox. */
export function measureTrigger(
  { score, thresholdFor }: TriggerClassifier,
  mails: readonly ThreadMail[],
  rate: number,
): TriggerReport {
  const threshold = thresholdFor(rate);
  const held = mails
    .filter(({ threadId }) => sideOf(threadId) === "test")
    .map(({ mail, answered }) => ({ mail, needsReply: answered, ...decideTrigger(mail, score, threshold) }));
  const open = held.filter(({ rule }) => rule === null);
  const kinds: Record<string, { mails: number; triggered: number; answered: number }> = {};
  for (const { rule, mail, wantsReply, needsReply } of held) {
    const received = mail.sender?.received ?? 0;
    const kind = rule ?? (received === 0 ? "a person for the first time" : "a person who wrote before");
    kinds[kind] ??= { mails: 0, triggered: 0, answered: 0 };
    kinds[kind].mails++;
    kinds[kind].triggered += wantsReply ? 1 : 0;
    kinds[kind].answered += needsReply ? 1 : 0;
  }
  const tenths = Array.from({ length: 10 }, (_, i) =>
    open.filter(({ score: chance }) => Math.min(9, Math.floor(10 * chance)) === i),
  );
  return {
    mails: held.length,
    answered: held.filter(({ needsReply }) => needsReply).length,
    rocAuc: rocAuc(held),
    rocAucBeyondRules: rocAuc(open),
    rocAucQuestionMark: rocAuc(
      held.map(({ mail, needsReply }) => ({ score: mail.text.includes("?") ? 1 : 0, needsReply })),
    ),
    calibrationError: calibrationError(open),
    calibration: tenths
      .filter((list) => list.length > 0)
      .map((list) => ({
        score: list.reduce((sum, one) => sum + one.score, 0) / list.length,
        answered: list.filter(({ needsReply }) => needsReply).length,
        mails: list.length,
      })),
    kinds,
  };
}
