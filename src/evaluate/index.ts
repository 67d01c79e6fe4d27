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
export { type Evaluation, type EvaluationItem, evaluateItems, evaluateReplies } from "./evaluate.ts";
export { decideGates, type GateReport, lookUp, parseGates } from "./gate.ts";
export { type BenchReportFile, benchDifference } from "./gate-bench.ts";
export { formatJunit } from "./gate-junit.ts";
export { corpusDifference, type PairedDifference, pairedDifference } from "./gate-pairs.ts";
export { type EvaluatedItem, readItems, writeItems } from "./items.ts";
export {
  collectLikelihoods,
  type LikelihoodFigures,
  type LikelihoodRow,
  type RunLikelihood,
  summarizeLikelihoods,
} from "./likelihood.ts";
export { compareVerdict, renderComparison } from "./report/compare.ts";
export type { ReportData, RunHealth } from "./report/data.ts";
export type { JudgeData } from "./report/judge.ts";
export { renderReport } from "./report/report.ts";
export type { SystemEvaluation } from "./systems.ts";
