/** A judge against people: how well they agree beyond chance, how the judge errs, and the rates that are left when its errors are taken out. */
import { type CorrectedRate, cohenKappa, correctRate, type Kappa, wilson } from "../metrics/index.ts";
import { type CriterionName, criterionNames, type Outcome, outcomes } from "./criteria.ts";
import type { JudgeIdentity } from "./identity.ts";
import type { HumanLabels } from "./labels.ts";
import { measureRate } from "./rate.ts";
import type { JudgedReply, JudgeReport, Rate } from "./report.ts";

/** A share with Wilson's interval. */
export interface Share {
  readonly passed: number;
  readonly of: number;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** One yes-or-no view of the replies, judge against people. */
export interface CalibratedRate {
  /** Labelled replies by what people and the judge say. */
  readonly table: {
    readonly bothPass: number;
    readonly onlyPeoplePass: number;
    readonly onlyJudgePasses: number;
    readonly bothFail: number;
  };
  /** Labelled replies on which the judge has no verdict: they are in no figure here. */
  readonly unscored: number;
  readonly kappa: Kappa | null;
  /** Of the replies that people pass, those that the judge passes; null where there is none. */
  readonly sensitivity: Share | null;
  /** Of the replies that people fail, those that the judge fails. */
  readonly specificity: Share | null;
  /** What the judge says of all replies. */
  readonly raw: Rate;
  /** The same without the judge's errors. */
  readonly corrected: CorrectedRate | { readonly reason: string };
}

/** A labelled reply on which judge and people differ. */
export interface Disagreement {
  readonly id: string;
  readonly criterion: CriterionName | null;
  readonly people: string;
  readonly judge: string;
}

/** What κ allows, by convention: from 0.8 on its numbers may gate, from 0.6 on they may be watched, below they mean little. */
export type Trust = "gate" | "monitor" | "none";

/** calibration.json. */
export interface CalibrationReport {
  readonly judge: JudgeIdentity;
  readonly itemsDigest: string;
  readonly labels: number;
  /** All three outcomes: rows people, columns judge, in the order of `outcomes`. null where no outcome is labelled. */
  readonly outcomes: {
    readonly names: readonly Outcome[];
    readonly table: readonly (readonly number[])[];
    readonly kappa: Kappa;
  } | null;
  readonly sendReady: CalibratedRate | null;
  readonly usable: CalibratedRate | null;
  readonly criteria: Readonly<Partial<Record<CriterionName, CalibratedRate>>>;
  /** By κ of send-ready. */
  readonly trust: Trust;
  readonly disagreements: readonly Disagreement[];
}

/** Compares a judge's verdicts with labels of the same replies. */
export function calibrateJudge(options: {
  report: Pick<JudgeReport, "judge" | "itemsDigest">;
  judged: readonly JudgedReply[];
  labels: HumanLabels;
}): CalibrationReport {
  const { report, judged, labels } = options;
  const view = (passes: (reply: JudgedReply) => boolean, people: ReadonlyMap<string, boolean>) =>
    people.size === 0 ? null : calibrateView(judged, passes, people);
  const outcomeView = (passes: (outcome: Outcome) => boolean) =>
    view(({ outcome }) => outcome !== null && passes(outcome), mapValues(labels.outcomes, passes));
  const sendReady = outcomeView((outcome) => outcome === "send-ready");
  const criteria = criterionNames.flatMap((name) => {
    const people = mapValues(labels.criteria[name], (label) => label === "pass");
    const calibrated = view(({ failed }) => !failed.includes(name), people);
    return calibrated === null ? [] : [[name, calibrated] as const];
  });
  return {
    judge: report.judge,
    itemsDigest: report.itemsDigest,
    labels: labels.rows,
    outcomes: compareOutcomes(judged, labels),
    sendReady,
    usable: outcomeView((outcome) => outcome !== "not-usable"),
    criteria: Object.fromEntries(criteria),
    trust: trustOf(sendReady?.kappa ?? null),
    disagreements: listDisagreements(judged, labels),
  };
}

function calibrateView(
  judged: readonly JudgedReply[],
  passes: (reply: JudgedReply) => boolean,
  people: ReadonlyMap<string, boolean>,
): CalibratedRate {
  return calibrateRate(
    judged.map((reply) => ({
      threadId: reply.threadId,
      people: people.get(reply.id),
      judge: reply.outcome === null ? null : passes(reply),
    })),
  );
}

/** What the judge (null: no verdict) and people (undefined: not asked) say of each reply, yes or no, as figures about the judge. */
export function calibrateRate(
  replies: readonly {
    readonly threadId: string;
    readonly judge: boolean | null;
    readonly people: boolean | undefined;
  }[],
): CalibratedRate {
  const labelled = replies.filter(({ people }) => people !== undefined);
  const scored = labelled.filter(({ judge }) => judge !== null);
  const count = (person: boolean, said: boolean) =>
    scored.filter(({ people, judge }) => people === person && judge === said).length;
  const table = {
    bothPass: count(true, true),
    onlyPeoplePass: count(true, false),
    onlyJudgePasses: count(false, true),
    bothFail: count(false, false),
  };
  const { bothPass, onlyPeoplePass, onlyJudgePasses, bothFail } = table;
  const [positives, negatives] = [bothPass + onlyPeoplePass, bothFail + onlyJudgePasses];
  const raw = measureRate(
    replies.map(({ judge, threadId }) => ({ score: judge === null ? null : Number(judge), threadId })),
  );
  return {
    table,
    unscored: labelled.length - scored.length,
    kappa:
      scored.length === 0
        ? null
        : cohenKappa([
            [bothPass, onlyPeoplePass],
            [onlyJudgePasses, bothFail],
          ]),
    sensitivity: share(bothPass, positives),
    specificity: share(bothFail, negatives),
    raw,
    corrected: correctRate({
      ...{ passed: raw.passed, of: raw.of, truePositives: bothPass, positives },
      ...{ trueNegatives: bothFail, negatives },
    }),
  };
}

function share(passed: number, of: number): Share | null {
  return of === 0 ? null : { passed, of, rate: passed / of, ...wilson(passed, of) };
}

function compareOutcomes(judged: readonly JudgedReply[], labels: HumanLabels): CalibrationReport["outcomes"] {
  const scored = judged.filter(({ id, outcome }) => outcome !== null && labels.outcomes.has(id));
  if (scored.length === 0) return null;
  const table = outcomes.map((people) =>
    outcomes.map(
      (judge) => scored.filter(({ id, outcome }) => labels.outcomes.get(id) === people && outcome === judge).length,
    ),
  );
  return { names: outcomes, table, kappa: cohenKappa(table) };
}

function listDisagreements(judged: readonly JudgedReply[], labels: HumanLabels): Disagreement[] {
  return judged.flatMap(({ id, outcome, failed }) => {
    if (outcome === null) return [];
    const said = labels.outcomes.get(id);
    const byOutcome =
      said === undefined || said === outcome ? [] : [{ id, criterion: null, people: said, judge: outcome }];
    const byCriterion = criterionNames.flatMap((criterion) => {
      const people = labels.criteria[criterion].get(id);
      const judge = failed.includes(criterion) ? "fail" : "pass";
      return people === undefined || people === judge ? [] : [{ id, criterion, people, judge }];
    });
    return [...byOutcome, ...byCriterion];
  });
}

/** What may rest on a judge that agrees so well with people. */
export function trustOf(kappa: Kappa | null): Trust {
  if (kappa === null || kappa.kappa === null) return "none";
  if (kappa.kappa >= 0.8) return "gate";
  return kappa.kappa >= 0.6 ? "monitor" : "none";
}

function mapValues<T>(map: ReadonlyMap<string, T>, to: (value: T) => boolean): Map<string, boolean> {
  return new Map([...map].map(([id, value]) => [id, to(value)]));
}
