/** The sample mailbox. */
export { countUntilReceived, generateSampleMailbox, sampleOwner, writeSampleMailbox } from "./sample.ts";
