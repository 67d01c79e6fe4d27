/** The report of an evaluation, and the comparison of two, as one HTML file. */
export { type ComparisonData, compareVerdict, renderComparison } from "./compare.ts";
export type { JudgeData, ReportData, RunHealth, TrainingStep } from "./data.ts";
export { renderReport } from "./report.ts";
