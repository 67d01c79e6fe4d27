/**
 * Exact metrics with signatures, controls, checks and the evaluation of a run. The public `pocketreply/evaluate`:
 * `import { bleu, chrf, rouge, ter } from "pocketreply/evaluate"`.
 */

export { type AnswerRow, collectAnswers } from "./bench/answers.ts";
export { type CheckId, REPLY_CHECKS } from "./bench/assess.ts";
export { type BenchItem, type BenchSet, lockPath, readBenchSet } from "./bench/items.ts";
export { type BenchCase, listCases, renderItem } from "./bench/mails.ts";
export {
  type BenchAnswer,
  type BenchFailure,
  type BenchRate,
  type BenchSummary,
  ruleTrigger,
  SLICE_NAMES,
  type SliceRow,
  sliceOf,
  summarizeBench,
} from "./bench/summary.ts";
export {
  type BertScore,
  type BertScoreOptions,
  type BertScoreProgress,
  type BertScorer,
  type BertScoreSettings,
  type BertScoreTexts,
  type BertScoreValues,
  bertScore,
  withBertScorer,
} from "./bertscore/bertscore.ts";
export { matchesFolder } from "./bertscore/matches.ts";
export { BERT_SCORE_VERSION } from "./bertscore/signature.ts";
export type { BertScoreFigures, SystemsBertScore } from "./bertscore/systems.ts";
export {
  type BleuOptions,
  type BleuScore,
  type BleuSmoothing,
  bleu,
  bleuScore,
  formatBleu,
  measureBleu,
  sentenceBleu,
} from "./bleu.ts";
export { type BootstrapOptions, type ConfidenceInterval, confidenceInterval } from "./bootstrap.ts";
export { findTrainingRuns } from "./checks/copying.ts";
export { type Grounding, groundReply, type Sources } from "./checks/grounding.ts";
export { CHECKS, type CheckName, checkReply, type Finding } from "./checks.ts";
export { type ChrfOptions, type ChrfScore, chrf, measureChrf } from "./chrf.ts";
export {
  type CheckComparison,
  type ComparedItem,
  type Comparison,
  compareItems,
  type MetricComparison,
  mostChanged,
  pairItems,
} from "./compare.ts";
export {
  arePairsOf,
  type JudgeComparison,
  type JudgedPairs,
  type JudgedRun,
  type JudgeFiles,
  type OutcomeComparison,
  type PairsComparison,
} from "./compare-judge.ts";
export { type CompatReading, type CompatTexts, compatReadings } from "./compat.ts";
export { bestConstantReply, derange, nearestReplies, type TrainingPair } from "./controls.ts";
export { answerByEndpoint, type EndpointMail, type EndpointReply } from "./endpoint.ts";
export {
  type EvaluateOptions,
  type Evaluation,
  type EvaluationItem,
  type EvaluationProgress,
  evaluateItems,
  evaluateReplies,
} from "./evaluate.ts";
export { fixed, formatScore } from "./format.ts";
export { decideGates, type GateReport, type GateResult, type Gates, lookUp, parseGates } from "./gate.ts";
export { type BenchReportFile, benchDifference } from "./gate-bench.ts";
export { formatJunit } from "./gate-junit.ts";
export { corpusDifference, type PairedDifference, type PairedItem, pairedDifference } from "./gate-pairs.ts";
export { type EvaluatedItem, readItems, type ScoredReply, testSetDigest, writeItems } from "./items.ts";
export type { AskProgress } from "./judge/ask.ts";
export { type CalibratedRate, type CalibrationReport, calibrateJudge } from "./judge/calibrate.ts";
export { chooseJudge, type JudgeRole } from "./judge/connect.ts";
export {
  type CriterionName,
  criterionNames,
  type Finding as JudgeFinding,
  type Outcome,
  outcomes,
} from "./judge/criteria.ts";
export { type JudgeIdentity, refuseDifferentJudges } from "./judge/identity.ts";
export { digestItems, type JudgeItem, type JudgePaths, judgeReplies } from "./judge/judge.ts";
export { type HumanLabels, readLabels } from "./judge/labels.ts";
export { judgePairs, type PairItem, type PairPaths } from "./judge/pairs.ts";
export { type JudgePlan, planQuestions } from "./judge/plan.ts";
export type {
  Interval,
  JudgeCalls,
  JudgedPair,
  JudgedReply,
  JudgeReport,
  LengthControlled,
  PairReport,
  Rate,
  Unscored,
  UnscoredReason,
} from "./judge/report.ts";
export { isJudgeRedacted, sealTexts } from "./judge/sealed.ts";
export { nameBucket, SIMILARITY_EDGES, similarityBucket } from "./leakage.ts";
export {
  collectLikelihoods,
  type LikelihoodFigures,
  type LikelihoodRow,
  type RunLikelihood,
  summarizeLikelihoods,
} from "./likelihood.ts";
export { type PairedOptions, type PairedResult, pairedBootstrap, pairedRandomization } from "./paired.ts";
export {
  type ComparisonData,
  compareVerdict,
  type JudgeData,
  type ReportData,
  type RunHealth,
  renderComparison,
  renderReport,
  type TrainingStep,
} from "./report/index.ts";
export { type RougeKind, type RougeScore, type RougeValues, rouge, segmentRouge } from "./rouge.ts";
export {
  type FileScores,
  formatFileScores,
  METRICS,
  type MetricName,
  type ScoreOptions,
  scoreFiles,
} from "./score.ts";
export { readSegments } from "./segments.ts";
export { type ReplyParts, splitReply, splitSentences } from "./sentences.ts";
export { SLICES, type SliceName, type SliceValues } from "./slices.ts";
export type { Measured, Statistics } from "./statistics.ts";
export type { ReferenceStreams } from "./streams.ts";
export type { LeakageReport, SubsetReport } from "./subsets.ts";
export {
  type CheckReport,
  type ScoredSystem,
  type SubsetScore,
  SYSTEMS,
  type SystemEvaluation,
  type SystemName,
} from "./systems.ts";
export { measureTer, type TerOptions, type TerScore, ter, terScore } from "./ter.ts";
export { type BleuTokenizer, tokenizeSegment } from "./words.ts";
