/** The judge of a distillation against a person who decided on the same drafts: what `view` collects, made into figures about the judge. */
import { type CalibratedRate, calibrateRate, type Trust, trustOf } from "./calibrate.ts";

/** The draft of a mail that stands, with its score; what the person said of it, where one did. */
export interface DecidedDraft {
  readonly id: string;
  readonly threadId: string;
  /** 0 to 1, by the run's rule; null where no judge has given a usable answer. */
  readonly score: number | null;
  /** true: accepted as it is; false: rejected, or sent on in other words; undefined: nobody has decided. */
  readonly people?: boolean;
}

/** What another threshold would have done on the decided drafts. */
export interface ThresholdTrial {
  readonly threshold: number;
  readonly kappa: number | null;
  /** Of the drafts that the person takes, the share that it lets through. */
  readonly kept: number;
  /** Of the drafts that it lets through, the share that the person does not take. */
  readonly wrong: number;
  readonly passed: number;
}

/** calibration-decisions.json. */
export interface DecisionCalibration {
  readonly judge: string;
  readonly rule: "minimum" | "mean";
  readonly threshold: number;
  /** Drafts that judge and person both spoke of. */
  readonly decisions: number;
  /** Decisions that say nothing of the judge, by why. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly verdicts: CalibratedRate;
  readonly trust: Trust;
  readonly thresholds: readonly ThresholdTrial[];
  /** The threshold that agrees best; null where too few decisions of either kind are there to choose by. */
  readonly bestThreshold: number | null;
  /** Drafts on which they differ: the judge's surest errors first. */
  readonly disagreements: readonly { readonly id: string; readonly score: number; readonly people: boolean }[];
}

/** ours: fine enough for scores that judges give in tenths; a finer grid would fit the few decisions, not the judge. */
const TRIALS = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
/** ours: with fewer of either kind, the best threshold moves with every decision. */
const FEWEST_OF_EACH = 10;

/** A mean of decimals may fall a rounding error short, as where distill decides. */
const reaches = (score: number, threshold: number) => score >= threshold - 1e-9;

/** Sets the judge's verdicts, and those it would have given at other thresholds, beside the person's. */
export function calibrateByDecisions(options: {
  judge: string;
  rule: "minimum" | "mean";
  threshold: number;
  drafts: readonly DecidedDraft[];
  leftOut?: Readonly<Record<string, number>>;
}): DecisionCalibration {
  const { judge, rule, threshold, drafts, leftOut = {} } = options;
  const at = (limit: number) =>
    calibrateRate(
      drafts.map(({ threadId, score, people }) => ({
        ...{ threadId, people },
        judge: score === null ? null : reaches(score, limit),
      })),
    );
  const decided = drafts.filter(isDecided);
  const taken = decided.filter(({ people }) => people).length;
  const thresholds = [...new Set([...TRIALS, threshold])]
    .sort((a, b) => a - b)
    .map((limit) => tryThreshold(limit, decided));
  const isEnough = Math.min(taken, decided.length - taken) >= FEWEST_OF_EACH;
  const verdicts = at(threshold);
  return {
    ...{ judge, rule, threshold, decisions: decided.length, leftOut, verdicts, trust: trustOf(verdicts.kappa) },
    thresholds,
    bestThreshold: isEnough ? chooseBest(thresholds, threshold) : null,
    disagreements: decided
      .filter(({ score, people }) => people !== reaches(score, threshold))
      .sort((a, b) => Math.abs(b.score - threshold) - Math.abs(a.score - threshold) || (a.id < b.id ? -1 : 1))
      .map(({ id, score, people }) => ({ id, score, people })),
  };
}

type Decided = DecidedDraft & { readonly score: number; readonly people: boolean };

const isDecided = (draft: DecidedDraft): draft is Decided => draft.score !== null && draft.people !== undefined;

function tryThreshold(threshold: number, decided: readonly Decided[]): ThresholdTrial {
  const passing = decided.filter(({ score }) => reaches(score, threshold));
  const right = passing.filter(({ people }) => people).length;
  const taken = decided.filter(({ people }) => people).length;
  const { kappa } = calibrateRate(
    decided.map(({ threadId, score, people }) => ({ threadId, people, judge: reaches(score, threshold) })),
  );
  return {
    threshold,
    kappa: kappa?.kappa ?? null,
    kept: taken === 0 ? 0 : right / taken,
    wrong: passing.length === 0 ? 0 : (passing.length - right) / passing.length,
    passed: passing.length,
  };
}

/** The highest κ; of equals the one nearest to what the run has. */
function chooseBest(trials: readonly ThresholdTrial[], current: number): number | null {
  const known = trials.filter((trial): trial is ThresholdTrial & { kappa: number } => trial.kappa !== null);
  const away = ({ threshold }: ThresholdTrial) => Math.abs(threshold - current);
  return known.sort((a, b) => b.kappa - a.kappa || away(a) - away(b))[0]?.threshold ?? null;
}
