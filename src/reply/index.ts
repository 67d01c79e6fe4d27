/** The fine-tuned model answering: an exported GGUF through llama.cpp. */

export type { ChatMessage } from "../text/index.ts";
export type { AnswerOptions, ReplyResult } from "./answer.ts";
export type { SamplingOptions } from "./decode.ts";
export { type GeneratedReply, generateReplies, type MailToAnswer } from "./generate.ts";
export { inOrder } from "./in-order.ts";
export type { DeviceOptions } from "./llama.ts";
export { readMail } from "./mail.ts";
export { greedyTokens, nextTokenLogProbs, openProbe, type Probe } from "./probe.ts";
export type { Prompt } from "./prompt.ts";
export {
  type MailWithReference,
  type ReadReference,
  type ReferenceToken,
  readReferences,
} from "./references.ts";
export { openReplier, type Replier } from "./reply.ts";
