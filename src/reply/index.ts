/** The fine-tuned model answering: an exported GGUF through llama.cpp. */

export type { ReplyResult } from "./answer.ts";
export type { AssistantOptions } from "./assistant/assistant.ts";
export type { Draft } from "./assistant/draft.ts";
export type { AssistantMail } from "./assistant/mail.ts";
export type { Reading } from "./assistant/reading.ts";
export { LENGTHS, type Length, type Steering, TONES, type Tone } from "./assistant/steering.ts";
export type { Suggestion } from "./assistant/suggest.ts";
export type { Timings } from "./assistant/timings.ts";
export type { Trigger } from "./assistant/trigger.ts";
export { type GeneratedReply, generateReplies } from "./generate.ts";
export type { DeviceOptions } from "./llama.ts";
export { readAssistantMail } from "./mail.ts";
export { type OpenAssistant, openAssistant } from "./open-assistant.ts";
export type { ContextOptions, Prompt } from "./prompt.ts";
export { type MailWithReference, type ReadReference, readReferences } from "./references.ts";
export { openReplier, type Replier } from "./reply.ts";
export { openTrigger } from "./trigger/classifier.ts";
export { addHistory, learnTrigger, type TriggerReport } from "./trigger/threads.ts";
