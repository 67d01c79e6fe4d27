/** Mail in, accepted replies out: a teacher writes, judges and refines; every call is journalled. */
export { type Judgement, type Parsed, parseJudgement, parseReply } from "./answer.ts";
export { answersReserveBytes } from "./answers-reserve.ts";
export type { BatchProgress } from "./batch/run-batches.ts";
export { answerByRules } from "./builtin/answer.ts";
export { RULES_VERSION, readIntent, type Understanding, understandEmail, writeReply } from "./builtin/rules/index.ts";
export {
  BUILTIN_MODEL,
  type BuiltinTeacher,
  type BuiltinTeacherOptions,
  type ChatRequest,
  type RequestCounts,
  startBuiltinTeacher,
} from "./builtin/server.ts";
export { type DatasetCard, writeDatasetCard } from "./card.ts";
export {
  type ClientOptions,
  type Completion,
  createClient,
  type TeacherClient,
  type TeacherRequest,
  type Usage,
} from "./client.ts";
export { endpointsOf, type OpenEndpoint, openEndpoint } from "./clients.ts";
export { type Clock, systemClock } from "./clock.ts";
export { digest, fence, unfence } from "./data-block.ts";
export {
  BUILTIN_LABEL,
  type DistillPaths,
  type DistillReport,
  distillEmails,
  type EndpointLabel,
  labelEndpoint,
} from "./distill.ts";
export type { DistillProgress } from "./distill-progress.ts";
export { type DatasetFormat, datasetFormats, type ExportedDataset, exportDataset } from "./export.ts";
export { type AttemptRow, type Journal, type JournalSettings, openJournal } from "./journal.ts";
export type { JournalTotals } from "./journal-totals.ts";
export { checkModel, checkModels } from "./model-list.ts";
export { createPacer, type PacedOutcome, type PacedRequest, type Pacer, type PacerTicket } from "./pacer.ts";
export { type DistillPlan, planDistill } from "./plan.ts";
export type { Assumption, PlanEvidence } from "./plan-assumptions.ts";
export { findPrice, type Price } from "./prices.ts";
export * from "./prompts.ts";
export { type Comparison, compareRehearsal, rehearsalOf } from "./rehearsal.ts";
export type { Preference, Rejected, Reply } from "./results.ts";
export { type Decision, type Review, type Reviews, readReviews, reviewedDigest } from "./reviews.ts";
export { readAllEmails, sampleEmails } from "./sample.ts";
export { createSemaphore, type Semaphore } from "./semaphore.ts";
export { chooseSender, isOnThisMachine, isRedacted, type SentEmail } from "./sent.ts";
export { openStandings, type Standing, type StandingDraft, type Standings } from "./standing.ts";
export { type Draft, isAccepted, nextStep, type RejectionReason, type Step, type StepRules } from "./steps.ts";
export { settingOf, TeacherError } from "./teacher-error.ts";
export { PASSWORD_ENV } from "./workers/connection.ts";
export type { CrewOptions } from "./workers/crew.ts";
export { type JoinReport, joinRun } from "./workers/join.ts";
