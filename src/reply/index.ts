/** The fine-tuned model answering: an exported GGUF through llama.cpp. */
export type { ReplyResult } from "./answer.ts";
export { type GeneratedReply, generateReplies } from "./generate.ts";
export type { DeviceOptions } from "./llama.ts";
export { readMail } from "./mail.ts";
export { type OpenAssistant, openAssistant } from "./open-assistant.ts";
export type { ContextOptions, Prompt } from "./prompt.ts";
export { type MailWithReference, type ReadReference, readReferences } from "./references.ts";
export { openReplier, type Replier } from "./reply.ts";
