/** Exact metrics with signatures, resampling and significance. The public `pocketreply/evaluate`:
 * `import { bleu, chrf, rouge, ter } from "pocketreply/evaluate"`. */
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
export {
  ENCODER_FAMILIES,
  type EncoderConfig,
  type EncoderFamily,
  parseEncoderConfig,
  readEncoderConfig,
} from "./bertscore/encoder/config.ts";
export { buildEncoderStage, type EncoderStage } from "./bertscore/encoder/graph.ts";
export { buildMatchingGraph, encoderFeeds, planEncoderStages, stageTensors } from "./bertscore/encoder/run.ts";
export { type EncoderWeights, encoderTensors, openEncoderWeights } from "./bertscore/encoder/weights.ts";
export { matchesFolder } from "./bertscore/matches.ts";
export { measureBertScore } from "./bertscore/measured.ts";
export { BERT_SCORE_VERSION } from "./bertscore/signature.ts";
export {
  type BleuOptions,
  type BleuScore,
  type BleuSmoothing,
  bleu,
  bleuScore,
  formatBleu,
  measureBleu,
  scoreBleuSums,
  sentenceBleu,
} from "./bleu.ts";
export {
  type BootstrapOptions,
  type ConfidenceInterval,
  checkTrials,
  confidenceInterval,
  confidenceIntervalSteps,
  DEFAULT_RESAMPLES,
  DEFAULT_SEED,
} from "./bootstrap.ts";
export { type ChrfOptions, type ChrfScore, chrf, measureChrf } from "./chrf.ts";
export { type CompatReading, type CompatTexts, compatReadings } from "./compat.ts";
export { fixed, formatScore } from "./format.ts";
export { createNgramMatcher, createVocabulary, ngramTotal } from "./ngrams.ts";
export { type PairedOptions, type PairedResult, pairedBootstrap, pairedRandomization } from "./paired.ts";
export { createPcg64 } from "./pcg64.ts";
export { type RougeKind, type RougeScore, type RougeValues, rouge, segmentRouge } from "./rouge.ts";
export { type FileScores, formatFileScores, METRICS, type MetricName, type ScoreOptions, scoreFiles } from "./score.ts";
export { readSegments } from "./segments.ts";
export { withDefaults } from "./settings.ts";
export { clusterBootstrap, percentile } from "./significance/cluster-bootstrap.ts";
export { type CorrectedRate, correctRate } from "./significance/corrected-rate.ts";
export { detectableShare } from "./significance/effect.ts";
export { holm } from "./significance/holm.ts";
export { cohenKappa, type Kappa } from "./significance/kappa.ts";
export { controlLength } from "./significance/length-control.ts";
export { mcnemar } from "./significance/mcnemar.ts";
export { wilson, zeroFailureBound } from "./significance/wilson.ts";
export { DOUBLE, type Measured, type Statistics, sumRows } from "./statistics.ts";
export { finish, finishInSlices, type Steps } from "./steps.ts";
export type { ReferenceStreams } from "./streams.ts";
export { measureTer, type TerOptions, type TerScore, ter, terScore } from "./ter.ts";
export { createWordCounter, larger, type WordCounter } from "./word-counts.ts";
export { diffWords, type Piece } from "./word-diff.ts";
export { type BleuTokenizer, tokenizeSegment } from "./words.ts";
