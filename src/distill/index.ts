/** Mail in, accepted replies out: a teacher writes, judges and refines; every call is journalled. */
export type { BatchProgress } from "./batch/batch-progress.ts";
export { writeDatasetCard } from "./card.ts";
export { distillEmails } from "./distill.ts";
export type { DistillPlan } from "./distill-plan.ts";
export type { DistillProgress } from "./distill-progress.ts";
export type { DistillReport } from "./distill-report.ts";
export { type DatasetFormat, type ExportedDataset, exportDataset } from "./export.ts";
export { hasCalls } from "./journal.ts";
export type { AttemptRow } from "./journal-rows.ts";
export { planDistill } from "./plan.ts";
export type { Assumption, PlanEvidence } from "./plan-assumptions.ts";
export { compareRehearsal, type RehearsedFigure, rehearsalOf } from "./rehearsal.ts";
export type { Preference, Rejected, Reply } from "./results.ts";
export { type Review, readReviews, reviewedDigest } from "./reviews.ts";
export { readAllEmails } from "./sample.ts";
export { openStandings, type Standing } from "./standing.ts";
export type { CrewOptions } from "./workers/crew.ts";
export { joinRun, type NamedEndpoints } from "./workers/join.ts";
