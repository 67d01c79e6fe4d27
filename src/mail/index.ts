/** Mail: read from any source, cleaned, threaded, split. */

export { htmlToText } from "./clean/html.ts";
export { type ParsedMail, parseMail } from "./clean/mime.ts";
export { type QuotedAnswer, type SplitText, splitQuotes } from "./clean/quotes.ts";
export { cleanText, tidyLines } from "./clean/text.ts";
export { type Email, type Person, renderEmail } from "./email.ts";
export {
  AUTOMATED_KINDS,
  type Automated,
  type AutomatedInput,
  type AutomatedKind,
  detectAutomated,
  type FilterReport,
  type LanguageDetector,
  loadLanguageDetector,
} from "./filter/index.ts";
export { parseHubAddress } from "./hub.ts";
export { downloadFile, type HubFile } from "./hub-download.ts";
export { HubProblem, type HubServer, hubGet, hubServer, refused } from "./hub-server.ts";
export { type ImportOptions, importMail } from "./import.ts";
export type { ImportReport } from "./import-report.ts";
export type { Origin } from "./import-source.ts";
export { type Pair, readPairs } from "./pairs.ts";
export { encodeMboxMessage, type MboxMessage, readMbox } from "./read/mbox.ts";
export type { RawMessage, ReadOptions, SkipReason } from "./read/raw.ts";
export { detectSource, readMessages, type SourceKind } from "./read/source.ts";
export {
  collectNames,
  createNameBook,
  createRedactor,
  type NameBook,
  namesOf,
  PLACEHOLDER_KINDS,
  type PlaceholderKind,
  type RedactedEmail,
  type Redaction,
  type RedactionTable,
  type Redactor,
  redact,
  restore,
  unknownPlaceholders,
} from "./redact/index.ts";
export {
  generateSampleMailbox,
  SAMPLE_INTENTS,
  type SampleMessage,
  type SampleOptions,
  writeSampleMailbox,
} from "./sample/index.ts";
export { jaccard, shingle } from "./shingles.ts";
export { type SplitRow, type SplitSide, splitGroups } from "./split.ts";
