/**
 * Exact metrics with signatures, controls, checks and the evaluation of a run. The public `pocketreply/evaluate`:
 * `import { bleu, chrf, rouge } from "pocketreply/evaluate"`.
 */
export {
  type BleuOptions,
  type BleuScore,
  type BleuSmoothing,
  type BleuStatistics,
  bleu,
  bleuStatistics,
  formatBleu,
  scoreBleuStatistics,
  sentenceBleu,
  sumStatistics,
} from "./bleu.ts";
export { CHECKS, type CheckName, checkReply, type Finding } from "./checks.ts";
export { type ChrfOptions, type ChrfScore, chrf } from "./chrf.ts";
export { bestConstantReply, derange, nearestReplies, type TrainingPair } from "./controls.ts";
export {
  type CheckReport,
  type Evaluation,
  type EvaluationItem,
  evaluateReplies,
  type SystemEvaluation,
} from "./evaluate.ts";
export { type RougeKind, type RougeScore, type RougeValues, rouge, segmentRouge } from "./rouge.ts";
export { type FileScores, readSegments, scoreFiles } from "./score.ts";
export { type ReplyParts, splitReply, splitSentences } from "./sentences.ts";
export type { ReferenceStreams } from "./streams.ts";
export { type BleuTokenizer, tokenizeSegment } from "./words.ts";
