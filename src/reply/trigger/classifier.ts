/** The trained trigger: a logistic regression over hashed features, calibrated, in 8-bit weights. */
import { FormatError } from "../../errors.ts";
import type { AssistantMail } from "../assistant/mail.ts";
import { BUCKETS, type TriggerFeatures, triggerFeatures } from "./features.ts";

/** A trained trigger as JSON. */
export interface TriggerModel {
  readonly format: "pocketreply trigger 1";
  /** What it was trained on, for a person. */
  readonly about: string;
  /** Int8 weights in Base64, one a bucket; each stands for itself times `scale`. */
  readonly weights: string;
  readonly scale: number;
  /** How much a word counts beside a sign: found on held-out threads, 0 where words did not help. */
  readonly wordShare: number;
  readonly bias: number;
  /** Scores of held-out mails at 0 %, 1 %, … 100 %: which threshold triggers for which share. */
  readonly quantiles: readonly number[];
}

/** A scorer that also knows its thresholds. */
export interface TriggerClassifier {
  /** The chance in [0, 1] that the mail is answered. */
  score(mail: AssistantMail): number;
  /** The score that a share `rate` of the mails that no rule decides reaches. */
  thresholdFor(rate: number): number;
}

/** Reads a model. Throws FormatError naming `path`. */
export function openTrigger(value: unknown, path: string): TriggerClassifier {
  const model = value as Partial<TriggerModel> | null; // checked below
  const refuse = (where: string, expected: string): never => {
    throw new FormatError({
      path,
      where,
      expected,
      got: "something else",
      fix: "Train it again: npx pocketreply train --trigger",
    });
  };
  if (model?.format !== "pocketreply trigger 1") return refuse("format", '"pocketreply trigger 1"');
  const { weights = "", scale, bias, wordShare, quantiles } = model;
  const bytes = Uint8Array.from(atob(weights), (character) => character.charCodeAt(0));
  if (bytes.length !== BUCKETS) return refuse("weights", `${BUCKETS} bytes in Base64`);
  if (typeof scale !== "number" || typeof bias !== "number" || typeof wordShare !== "number")
    return refuse("scale, bias and wordShare", "numbers");
  if (!Array.isArray(quantiles) || quantiles.length !== 101) return refuse("quantiles", "101 scores");
  const int8 = new Int8Array(bytes.buffer);
  return {
    score: (mail) => sigmoid(bias + scale * margin(int8, triggerFeatures(mail), wordShare)),
    thresholdFor: (rate) => quantiles[Math.round(100 * (1 - Math.min(1, Math.max(0, rate))))],
  };
}

/** The weighted sum of what a mail shows; its words share `wordShare` by the root of their number, so that a long mail does not shout. */
export function margin(weights: ArrayLike<number>, { signs, words }: TriggerFeatures, wordShare: number): number {
  let [bySigns, byWords] = [0, 0];
  for (const bucket of signs) bySigns += weights[bucket];
  if (wordShare > 0) for (const bucket of words) byWords += weights[bucket];
  return bySigns + byWords * wordWeight(words, wordShare);
}

/** What one word counts. */
export function wordWeight(words: Uint16Array, wordShare: number): number {
  return wordShare / Math.sqrt(words.length + 1);
}

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
