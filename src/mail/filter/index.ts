/** The filters of an import; each is also usable alone. */
export {
  AUTOMATED_KINDS,
  type Automated,
  type AutomatedInput,
  type AutomatedKind,
  detectAutomated,
} from "./automated.ts";
export {
  createFilters,
  FILTER_REASONS,
  type FilterExample,
  type FilterFindings,
  type FilterReason,
  type FilterReport,
  type Filters,
} from "./filters.ts";
export { type LanguageDetector, loadLanguageDetector } from "./language.ts";
export { createNearCopies, type NearCopies } from "./near-copies.ts";
export type { MailSigns } from "./signs.ts";
