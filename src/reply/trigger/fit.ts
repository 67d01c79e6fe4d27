/** Learns a trigger from mails of which it is known whether they were answered. */
import { createRandom } from "../../random.ts";
import { margin, sigmoid, type TriggerModel, wordWeight } from "./classifier.ts";
import { BUCKETS, type TriggerFeatures } from "./features.ts";

/** A mail as the learner sees it. */
export interface TriggerExample {
  readonly features: TriggerFeatures;
  readonly answered: boolean;
}

const EPOCHS = 20;
const RATE = 0.1;
const DECAY = 0.001;
/** How much words may count: the share that orders the held-out mails best is taken. In a small mailbox that is often 0. */
const WORD_SHARES = [0, 0.3, 1, 3];

/** Fits weights on `train`, chooses the share of words and calibrates (Platt 1999) on `check`, and keeps the quantiles of the scores there. */
export function fitTrigger(options: {
  train: readonly TriggerExample[];
  check: readonly TriggerExample[];
  about: string;
  seed: number;
  /** How well scores order the truth, such as ROC-AUC. */
  measure: (cases: readonly { score: number; needsReply: boolean }[]) => number;
}): TriggerModel {
  const { train, check, about, seed, measure } = options;
  const fits = WORD_SHARES.map((wordShare) => {
    const fit = descend(train, wordShare, seed);
    const cases = check.map(({ features, answered }) => {
      return { score: fit.bias + margin(fit.weights, features, wordShare), needsReply: answered };
    });
    return { ...fit, wordShare, cases, quality: measure(cases) };
  });
  const { weights, bias, wordShare, cases } = fits.reduce((best, fit) => (fit.quality > best.quality ? fit : best));
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-9);
  const int8 = Int8Array.from(weights, (weight) => Math.round((127 * weight) / largest));
  const { slope, shift } = calibrate(cases);
  const scores = cases.map(({ score }) => sigmoid(slope * score + shift)).sort((a, b) => a - b);
  const at = (share: number) => scores[Math.min(scores.length - 1, Math.floor(share * scores.length))] ?? 0.5;
  return {
    format: "pocketreply trigger 1",
    about,
    weights: btoa(String.fromCharCode(...new Uint8Array(int8.buffer))),
    scale: (slope * largest) / 127,
    wordShare,
    bias: slope * bias + shift,
    quantiles: Array.from({ length: 101 }, (_, i) => Math.round(1e6 * at(i / 100)) / 1e6),
  };
}

/** Gradient descent, one mail after the other in an order drawn anew each time, on the logistic loss with weight decay. */
function descend(examples: readonly TriggerExample[], wordShare: number, seed: number) {
  const weights = new Float64Array(BUCKETS);
  const random = createRandom(`${seed}/trigger`);
  let bias = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const rate = RATE / (1 + epoch);
    for (const { features, answered } of random.shuffle([...examples])) {
      const error = sigmoid(bias + margin(weights, features, wordShare)) - (answered ? 1 : 0);
      for (const bucket of features.signs) weights[bucket] -= rate * (error + DECAY * weights[bucket]);
      const share = wordWeight(features.words, wordShare);
      if (share > 0)
        for (const bucket of features.words) weights[bucket] -= rate * (error * share + DECAY * weights[bucket]);
      bias -= rate * error;
    }
  }
  return { weights, bias };
}

/** Newton's method on two numbers; kept only where it converges to a rising curve. */
function calibrate(cases: readonly { score: number; needsReply: boolean }[]): { slope: number; shift: number } {
  let [slope, shift] = [1, 0];
  for (let round = 0; round < 30; round++) {
    let [g0, g1, h00, h01, h11] = [0, 0, 1e-6, 0, 1e-6];
    for (const { score, needsReply } of cases) {
      const p = sigmoid(slope * score + shift);
      const w = p * (1 - p);
      g0 += (p - (needsReply ? 1 : 0)) * score;
      g1 += p - (needsReply ? 1 : 0);
      h00 += w * score * score;
      h01 += w * score;
      h11 += w;
    }
    const determinant = h00 * h11 - h01 * h01;
    if (!(determinant > 1e-12)) break;
    slope -= (h11 * g0 - h01 * g1) / determinant;
    shift -= (h00 * g1 - h01 * g0) / determinant;
  }
  return Number.isFinite(slope) && Number.isFinite(shift) && slope > 0 ? { slope, shift } : { slope: 1, shift: 0 };
}
