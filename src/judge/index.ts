/** The judge of replies: verdicts with evidence, pairs, calibration. */
export type { AskProgress } from "./ask.ts";
export { type CalibratedRate, type CalibrationReport, calibrateJudge } from "./calibrate.ts";
export { chooseJudge } from "./connect.ts";
export { type CriterionName, criteria, criterionNames } from "./criteria.ts";
export { calibrateByDecisions, type DecidedDraft, type DecisionCalibration } from "./decisions.ts";
export { type JudgeIdentity, refuseDifferentJudges } from "./identity.ts";
export { digestItems, judgeReplies } from "./judge.ts";
export { readLabels } from "./labels.ts";
export { flipPair, judgePairs, type PairItem, type PairSummary, summarizePairs } from "./pairs.ts";
export { type JudgePlan, planQuestions } from "./plan.ts";
export { measureRate } from "./rate.ts";
export type { JudgedPair, JudgedReply, JudgeReport, PairReport, Rate, Unscored } from "./report.ts";
export { isJudgeRedacted } from "./sealed.ts";
