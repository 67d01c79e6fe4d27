/** The sample mailbox. */
export { generateSampleMailbox, writeSampleMailbox } from "./sample.ts";
