/** Redaction, and the way back. */

export { collectNames, createRedactor, namesOf, type RedactedEmail, type Redactor } from "./email.ts";
export { createNameBook, type NameBook } from "./names.ts";
export {
  PLACEHOLDER_KINDS,
  type PlaceholderKind,
  type RedactionTable,
  restore,
  unknownPlaceholders,
} from "./placeholders.ts";
export { findPrivate, type PrivateSpan, type Redaction, redact } from "./redact.ts";
