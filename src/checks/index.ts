/** The checks of one reply, and the reply bench. */
export { collectBenchAnswers } from "./bench/answers.ts";
export { type CheckId, REPLY_CHECKS } from "./bench/assess.ts";
export {
  ASSISTANT_PARTS,
  type AssistantAnswer,
  type AssistantFigures,
  summarizeAssistant,
} from "./bench/assistant.ts";
export { type BenchItem, type BenchSet, readBenchSet } from "./bench/items.ts";
export { type BenchCase, listCases, renderItemEml } from "./bench/mails.ts";
export type { BenchRate, BoundedRate } from "./bench/rate.ts";
export {
  type BenchAnswer,
  type BenchSummary,
  ruleTrigger,
  SLICE_NAMES,
  sliceOf,
  summarizeBench,
} from "./bench/summary.ts";
export { CHECKS, type CheckName, checkReply, type Finding } from "./checks.ts";
export { findTrainingRuns } from "./copying.ts";
export { createGrounder, type Grounding } from "./grounding.ts";
export type { DetectLanguage } from "./language.ts";
export { bitsPerByte, exactMatch, top1Words } from "./likelihood.ts";
export {
  type CheckedReply,
  createReplyChecker,
  FAULTS,
  type Fault,
  type FaultName,
  findDoubledWord,
  findOddQuote,
  type ReplyContext,
} from "./sendable.ts";
