/** Mail in, accepted replies out: a teacher writes, judges and refines; every call is journalled. */
export { type Judgement, type Parsed, parseJudgement, parseReply } from "./answer.ts";
export { answerByRules } from "./builtin/answer.ts";
export { writeReply } from "./builtin/rules/index.ts";
export {
  BUILTIN_MODEL,
  type BuiltinTeacher,
  type BuiltinTeacherOptions,
  type ChatRequest,
  type RequestCounts,
  startBuiltinTeacher,
} from "./builtin/server.ts";
export {
  type ClientOptions,
  type Completion,
  createClient,
  type TeacherClient,
  type TeacherRequest,
  type Usage,
} from "./client.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  BUILTIN_LABEL,
  type DistillPaths,
  type DistillProgress,
  type DistillReport,
  distillEmails,
  type EndpointLabel,
} from "./distill.ts";
export { type AttemptRow, type Journal, type JournalSettings, type JournalTotals, openJournal } from "./journal.ts";
export { createPacer, type PacedOutcome, type PacedRequest, type Pacer, type PacerTicket } from "./pacer.ts";
export * from "./prompts.ts";
export type { Preference, Rejected, Reply } from "./results.ts";
export { sampleEmails } from "./sample.ts";
export { createSemaphore, type Semaphore } from "./semaphore.ts";
export { type Draft, isAccepted, nextStep, type RejectionReason, type Step, type StepRules } from "./steps.ts";
export { TeacherError } from "./teacher-error.ts";
