/** Mail: read from any source, cleaned, threaded, split. */

export { htmlToText } from "./clean/html.ts";
export { type ParsedMail, parseMail } from "./clean/mime.ts";
export { type SplitText, splitQuotes } from "./clean/quotes.ts";
export { cleanText, tidyLines } from "./clean/text.ts";
export { type Email, type Person, renderEmail } from "./email.ts";
export { type ImportOptions, importMail } from "./import.ts";
export type { ImportReport } from "./import-report.ts";
export { encodeMboxMessage, type MboxMessage, readMbox } from "./read/mbox.ts";
export type { RawMessage, ReadOptions, SkipReason } from "./read/raw.ts";
export { detectSource, readMessages, type SourceKind } from "./read/source.ts";
export {
  generateSampleMailbox,
  SAMPLE_INTENTS,
  type SampleMessage,
  type SampleOptions,
  writeSampleMailbox,
} from "./sample/index.ts";
export { jaccard, shingle } from "./shingles.ts";
export { type SplitRow, type SplitSide, splitGroups } from "./split.ts";
