/** What may leave the machine: private details replaced by placeholders, and put back. */
export { collectNames, createRedactor, namesOf, type RedactedEmail, type Redactor } from "./email.ts";
export { createNameBook, type NameBook } from "./names.ts";
export { PLACEHOLDER_KINDS, restore } from "./placeholders.ts";
export { redact } from "./redact.ts";
export { type SealedTexts, sealTexts } from "./seal.ts";
