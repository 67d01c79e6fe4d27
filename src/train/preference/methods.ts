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
import { unlikelihood } from "./unlikelihood.ts";

export const preferenceMethods = ["dpo", "ipo", "apo_zero", "simpo", "orpo", "kto"] as const;
export type PreferenceMethod = (typeof preferenceMethods)[number];

/** What is learnt from together. */
export type PreferenceUnit =
  | { readonly kind: "pair"; readonly chosen: Example; readonly rejected: Example }
  /** For KTO, which estimates its KL by the same mail with the reply to another; that never gets weight. */
  | { readonly kind: "single"; readonly reply: Example; readonly liked: boolean; readonly mismatched: Example }
  /** A reply for the SFT term alone. */
  | { readonly kind: "imitate"; readonly reply: Example }
  /** A reply some of whose tokens should not have come. [lossTokens] */
  | { readonly kind: "avoid"; readonly reply: Example; readonly avoided: readonly boolean[] };

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
  /** The score of each unit's sides, where it has them: how much likelier they have become, times β. */
  readonly rewards: readonly { readonly chosen?: number; readonly rejected?: number }[];
}

/** What a unit adds to a batch's loss; `slopes` are its derivatives in the sums of log p. */
interface UnitLoss {
  readonly loss: number;
  readonly slopes: readonly (readonly [Example, number])[];
  readonly rewards: { readonly chosen?: number; readonly rejected?: number };
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
  return units.flatMap((unit) => {
    switch (unit.kind) {
      case "pair":
        return [unit.chosen, unit.rejected];
      case "single":
        return [unit.reply, unit.mismatched];
      case "imitate":
      case "avoid":
        return [unit.reply];
      default:
        return unit satisfies never;
    }
  });
}

/** The replies of units that are preferred, and those that are not. */
export function sidesOf(units: readonly PreferenceUnit[]): { chosen: Example[]; rejected: Example[] } {
  const chosen: Example[] = [];
  const rejected: Example[] = [];
  for (const unit of units) {
    if (unit.kind === "pair") {
      chosen.push(unit.chosen);
      rejected.push(unit.rejected);
    } else if (unit.kind === "imitate" || (unit.kind === "single" && unit.liked)) chosen.push(unit.reply);
    else rejected.push(unit.reply);
  }
  return { chosen, rejected };
}

/** Means over the units of a batch. `reference`: sums of log p by sequence; not read by a method that needs none. */
export function weigh(
  units: readonly PreferenceUnit[],
  settings: MethodSettings,
  { logProbabilities, reference }: { logProbabilities: LogProbabilities; reference: ReadonlyMap<Example, number> },
): Weighed {
  const score = (example: Example): Scored => {
    const own = logProbabilities.get(example)!;
    return { logp: sum(own), reference: reference.get(example) ?? 0, tokens: own.length };
  };
  const singles = units.flatMap((unit) => (unit.kind === "single" ? [score(unit.mismatched)] : []));
  const kl = singles.length === 0 ? 0 : klOf(singles);
  const losses = units.map((unit) => unitLoss(unit, settings, { score, kl }));
  const imitated = imitate(sidesOf(units).chosen, settings.sft, logProbabilities);
  const weights = new Map<Example, Float32Array>();
  const add = (example: Example, weight: number) => {
    const own = weights.get(example) ?? new Float32Array(logProbabilities.get(example)!.length);
    weights.set(
      example,
      own.map((value) => value + weight),
    );
  };
  for (const example of sequencesOf(units)) add(example, imitated.examples.has(example) ? imitated.weight : 0);
  for (const { slopes } of losses) for (const [example, slope] of slopes) add(example, -slope / units.length);
  let loss = imitated.loss + losses.reduce((total, one) => total + one.loss, 0) / units.length;
  for (const unit of units) {
    if (unit.kind !== "avoid") continue;
    loss += avoid(unit, logProbabilities.get(unit.reply)!, weights.get(unit.reply)!) / units.length;
    weights.set(
      unit.reply,
      weights.get(unit.reply)!.map((weight) => weight / units.length),
    );
  }
  return { loss, weights, rewards: losses.map(({ rewards }) => rewards) };
}

function unitLoss(
  unit: PreferenceUnit,
  settings: MethodSettings,
  { score, kl }: { score: (example: Example) => Scored; kl: number },
): UnitLoss {
  const { method, beta, likedWeight, dislikedWeight } = settings;
  const reward = (one: Scored) => beta * (needsReference(method) ? logRatio(one) : one.logp / one.tokens);
  switch (unit.kind) {
    case "pair": {
      const pair = { chosen: score(unit.chosen), rejected: score(unit.rejected) };
      const { loss, chosen, rejected } = pairMethods[method as keyof typeof pairMethods](pair, settings); // no pairs are made for kto
      const slopes = [[unit.chosen, chosen] as const, [unit.rejected, rejected] as const];
      return { loss, slopes, rewards: { chosen: reward(pair.chosen), rejected: reward(pair.rejected) } };
    }
    case "single": {
      const { reply, liked } = unit;
      const scored = score(reply);
      const { loss, slope } = kto({ ...scored, liked }, { kl, beta, weight: liked ? likedWeight : dislikedWeight });
      return { loss, slopes: [[reply, slope]], rewards: { [liked ? "chosen" : "rejected"]: reward(scored) } };
    }
    case "imitate":
    case "avoid":
      return { loss: 0, slopes: [], rewards: {} };
    default:
      return unit satisfies never;
  }
}

/** The SFT term: `times` the mean nll over the tokens that are preferred. DPO alone raises repetition; arXiv:2404.19733 adds this. */
function imitate(preferred: readonly Example[], times: number, logProbabilities: LogProbabilities) {
  const all = preferred.map((example) => logProbabilities.get(example)!);
  const tokens = all.reduce((total, own) => total + own.length, 0);
  const nll = -all.reduce((total, own) => total + sum(own), 0);
  const examples = new Set(preferred);
  return tokens === 0
    ? { loss: 0, weight: 0, examples }
    : { loss: (times * nll) / tokens, weight: times / tokens, examples };
}

/** The mean unlikelihood of the avoided tokens, whose weights go into `weights`: a long repeat must not outweigh a whole batch. */
function avoid({ avoided }: { avoided: readonly boolean[] }, logps: Float32Array, weights: Float32Array): number {
  const count = avoided.filter(Boolean).length;
  let loss = 0;
  for (const [t, isAvoided] of avoided.entries()) {
    if (!isAvoided) continue;
    const token = unlikelihood(logps[t]);
    loss += token.loss / count;
    weights[t] = token.weight / count;
  }
  return loss;
}

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
