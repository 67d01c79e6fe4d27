/**
 * Exact metrics with signatures, controls, checks and the evaluation of a run. The public `pocketreply/evaluate`:
 * `import { bleu, chrf, rouge, ter } from "pocketreply/evaluate"`.
 */
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
export { CHECKS, type CheckName, checkReply, type Finding } from "./checks.ts";
export { type ChrfOptions, type ChrfScore, chrf, measureChrf } from "./chrf.ts";
export { type CompatReading, type CompatTexts, compatReadings } from "./compat.ts";
export { bestConstantReply, derange, nearestReplies, type TrainingPair } from "./controls.ts";
export {
  type CheckReport,
  type Evaluation,
  type EvaluationItem,
  type EvaluationProgress,
  evaluateReplies,
  type SystemEvaluation,
} from "./evaluate.ts";
export { fixed, formatScore } from "./format.ts";
export { type PairedOptions, type PairedResult, pairedBootstrap, pairedRandomization } from "./paired.ts";
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
export type { Measured, Statistics } from "./statistics.ts";
export type { ReferenceStreams } from "./streams.ts";
export { measureTer, type TerOptions, type TerScore, ter, terScore } from "./ter.ts";
export { type BleuTokenizer, tokenizeSegment } from "./words.ts";
