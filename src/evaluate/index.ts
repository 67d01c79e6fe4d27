/** A run's evaluation: predictions, controls, leakage, gates, comparison, report. */

export { type ComparedItem, type Comparison, compareItems, mostChanged, pairItems } from "./compare.ts";
export {
  arePairsOf,
  type JudgeComparison,
  type JudgedPairs,
  type JudgedRun,
  type JudgeFiles,
} from "./compare-judge.ts";
export { answerByEndpoint, type EndpointMail } from "./endpoint.ts";
export { type Evaluation, evaluateItems, evaluateReplies } from "./evaluate.ts";
export { decideGates, type GateReport, lookUp, parseGates } from "./gate.ts";
export { type BenchReportFile, benchDifference } from "./gate-bench.ts";
export { formatJunit } from "./gate-junit.ts";
export { corpusDifference, type PairedDifference, pairedDifference } from "./gate-pairs.ts";
export { checkInstructions, type InstructionFigures, instructions } from "./instructions.ts";
export { type EvaluatedItem, type EvaluationItem, readItems, writeItems } from "./items.ts";
export {
  collectLikelihoods,
  type LikelihoodFigures,
  type LikelihoodRow,
  type RunLikelihood,
  sumAlong,
  summarizeLikelihoods,
} from "./likelihood.ts";
export { compareVerdict, renderComparison } from "./report/compare.ts";
export type { JudgeData, ReportData, RunHealth } from "./report/data.ts";
export { renderReport } from "./report/report.ts";
export type { SystemEvaluation } from "./systems.ts";
