/** A preference method as what the training loop lowers, with the figures that a person watches. */
import { createHash } from "node:crypto";
import { type Objective, repeats, type Unit } from "../objective.ts";
import { type Example, lossTokens } from "../pack.ts";
import { type MethodSettings, type PreferenceUnit, sequencesOf, sidesOf, weigh } from "./methods.ts";

/** `reference`: sums of log p by the model that training starts from, by sequence. */
export function preferenceObjective(options: {
  settings: MethodSettings;
  train: readonly PreferenceUnit[];
  validation: readonly PreferenceUnit[];
  reference: ReadonlyMap<Example, number>;
  /** Of what the reference is. */
  referenceDigest: string;
}): Objective {
  const { settings, train, validation, reference, referenceDigest } = options;
  const preference = new Map<Unit, PreferenceUnit>();
  const units = (list: readonly PreferenceUnit[]) =>
    list.map((one) => {
      const unit = sequencesOf([one]);
      preference.set(unit, one);
      return unit;
    });
  return {
    units: units(train),
    validation: units(validation),
    digest: createHash("sha256").update(JSON.stringify({ settings, referenceDigest })).digest("hex"),
    description: describe([...train, ...validation], { settings, reference }),
    weigh(batch, logProbabilities) {
      const list = batch.map((unit) => preference.get(unit)!);
      const { loss, weights, rewards } = weigh(list, settings, { logProbabilities, reference });
      return { loss, weights, figures: { ...rewardFigures(rewards), ...sideFigures(list) } };
    },
  };
}

/** As backends/torch/preference.py reads it: units in order, whose sequences stand in that order too, and the reference's sum of log p of each. */
function describe(
  units: readonly PreferenceUnit[],
  { settings, reference }: { settings: MethodSettings; reference: ReadonlyMap<Example, number> },
) {
  return {
    settings,
    units: units.map((unit) => ({
      kind: unit.kind,
      ...(unit.kind === "single" && { liked: unit.liked }),
      ...(unit.kind === "avoid" && { avoided: unit.avoided }),
    })),
    reference: sequencesOf(units).map((example) => reference.get(example) ?? 0),
  };
}

/** TRL's rewards/…: means, and the share of pairs whose preferred side has the higher one. */
function rewardFigures(rewards: ReturnType<typeof weigh>["rewards"]): Record<string, number> {
  const pairs = rewards.flatMap(({ chosen, rejected }) =>
    chosen === undefined || rejected === undefined ? [] : [chosen - rejected],
  );
  return {
    ...meanOf(
      "chosenReward",
      rewards.flatMap(({ chosen }) => chosen ?? []),
    ),
    ...meanOf(
      "rejectedReward",
      rewards.flatMap(({ rejected }) => rejected ?? []),
    ),
    ...meanOf("margin", pairs),
    ...meanOf(
      "accuracy",
      pairs.map((margin) => (margin > 0 ? 1 : 0)),
    ),
  };
}

/** Mean length in tokens of each side, and the share of its tokens that repeat four in a row. */
function sideFigures(units: readonly PreferenceUnit[]): Record<string, number> {
  const { chosen, rejected } = sidesOf(units);
  const repeated = (list: readonly Example[]) => list.flatMap((example) => repeats(example).map(Number));
  return {
    ...meanOf("chosenTokens", chosen.map(lossTokens)),
    ...meanOf("rejectedTokens", rejected.map(lossTokens)),
    ...meanOf("chosenRepetition", repeated(chosen)),
    ...meanOf("rejectedRepetition", repeated(rejected)),
  };
}

function meanOf(name: string, values: readonly number[]): Record<string, number> {
  return values.length === 0 ? {} : { [name]: values.reduce((sum, value) => sum + value, 0) / values.length };
}
