export {
  generateSampleMailbox,
  SAMPLE_INTENTS,
  type SampleMessage,
  type SampleOptions,
  writeSampleMailbox,
} from "./sample.ts";
