/** The preference losses over a batch: which there are, and what weights they give to the tokens of its sequences. */
import type { LogProbabilities } from "../engine.ts";
import type { Example } from "../pack.ts";
import { apoZero } from "./apo-zero.ts";
import { dpo } from "./dpo.ts";
import { ipo } from "./ipo.ts";
import { klOf, kto } from "./kto.ts";
import { type LossSettings, logRatio, type PairMethod, type Scored } from "./loss.ts";
import { orpo } from "./orpo.ts";
import { simpo } from "./simpo.ts";

export const preferenceMethods = ["dpo", "ipo", "apo_zero", "simpo", "orpo", "kto"] as const;
export type PreferenceMethod = (typeof preferenceMethods)[number];

/**
 * Sequences that belong together. Of a pair the first is preferred to the second. Of a single reply the second is the same mail with the
 * reply to another, by which KTO estimates its KL; it never gets weight.
 */
export type PreferenceUnit =
  | { readonly kind: "pair"; readonly chosen: Example; readonly rejected: Example }
  | { readonly kind: "single"; readonly reply: Example; readonly liked: boolean; readonly mismatched: Example };

export interface MethodSettings extends LossSettings {
  readonly method: PreferenceMethod;
  /** Times the mean nll of the preferred tokens of a batch, added to the loss. */
  readonly sft: number;
  readonly likedWeight: number;
  readonly dislikedWeight: number;
}

/** A loss of a batch, the weights on the nll of its tokens, and what a person watches. */
export interface Weighed {
  readonly loss: number;
  readonly weights: ReadonlyMap<Example, Float32Array>;
  /** The score of each unit's sides; `rejected` or `chosen` is missing of a single reply. */
  readonly rewards: readonly { readonly chosen?: number; readonly rejected?: number }[];
}

const pairMethods: Record<Exclude<PreferenceMethod, "kto">, PairMethod> = {
  dpo,
  ipo,
  apo_zero: apoZero,
  simpo,
  orpo,
};

/** Whether a method compares with the model that training starts from. */
export function needsReference(method: PreferenceMethod): boolean {
  return method !== "simpo" && method !== "orpo";
}

/** The sequences of units, in order. */
export function sequencesOf(units: readonly PreferenceUnit[]): Example[] {
  return units.flatMap((unit) => (unit.kind === "pair" ? [unit.chosen, unit.rejected] : [unit.reply, unit.mismatched]));
}

/** Means over the units of a batch. `reference`: sums of log p by sequence; not read by a method that needs none. */
export function weigh(
  units: readonly PreferenceUnit[],
  settings: MethodSettings,
  { logProbabilities, reference }: { logProbabilities: LogProbabilities; reference: ReadonlyMap<Example, number> },
): Weighed {
  const score = (example: Example): Scored => {
    const own = logProbabilities.get(example)!;
    return {
      logp: own.reduce((sum, value) => sum + value, 0),
      reference: reference.get(example) ?? 0,
      tokens: own.length,
    };
  };
  const slopes = new Map<Example, number>();
  const reward = (one: Scored) =>
    settings.beta * (needsReference(settings.method) ? logRatio(one) : one.logp / one.tokens);
  const singles = units.flatMap((unit) => (unit.kind === "single" ? [unit] : []));
  const kl = singles.length === 0 ? 0 : klOf(singles.map(({ mismatched }) => score(mismatched)));
  let loss = 0;
  const rewards = units.map((unit) => {
    if (unit.kind === "single") {
      const { reply, liked } = unit;
      const weight = liked ? settings.likedWeight : settings.dislikedWeight;
      const scored = score(reply);
      const result = kto({ ...scored, liked }, { kl, beta: settings.beta, weight });
      loss += result.loss / units.length;
      slopes.set(reply, result.slope / units.length);
      return liked ? { chosen: reward(scored) } : { rejected: reward(scored) };
    }
    const pair = { chosen: score(unit.chosen), rejected: score(unit.rejected) };
    const result = pairMethods[settings.method as keyof typeof pairMethods](pair, settings); // pairs are made for these alone
    loss += result.loss / units.length;
    slopes.set(unit.chosen, result.chosen / units.length);
    slopes.set(unit.rejected, result.rejected / units.length);
    return { chosen: reward(pair.chosen), rejected: reward(pair.rejected) };
  });
  const imitated = imitate(units, settings.sft, logProbabilities);
  const weights = new Map(
    sequencesOf(units).map((example) => {
      const weight = -(slopes.get(example) ?? 0) + (imitated.examples.has(example) ? imitated.weight : 0);
      return [example, new Float32Array(logProbabilities.get(example)!.length).fill(weight)];
    }),
  );
  return { loss: loss + imitated.loss, weights, rewards };
}

/** The SFT term: `times` the mean nll over the tokens that are preferred. DPO alone raises repetition (arXiv:2404.19733 adds this). */
function imitate(units: readonly PreferenceUnit[], times: number, logProbabilities: LogProbabilities) {
  const preferred = units.flatMap((unit) => {
    if (unit.kind === "pair") return [unit.chosen];
    return unit.liked ? [unit.reply] : [];
  });
  const all = preferred.map((example) => logProbabilities.get(example)!);
  const tokens = all.reduce((sum, own) => sum + own.length, 0);
  const nll = -all.reduce((sum, own) => sum + own.reduce((part, value) => part + value, 0), 0);
  const examples = new Set(preferred);
  return tokens === 0
    ? { loss: 0, weight: 0, examples }
    : { loss: (times * nll) / tokens, weight: times / tokens, examples };
}
