/** The fine-tuned model answering: an exported GGUF through llama.cpp. */

export type { ReplyResult } from "./answer.ts";
export type { Assistant, AssistantOptions } from "./assistant/assistant.ts";
export type { Completion } from "./assistant/complete.ts";
export type { Draft } from "./assistant/draft.ts";
export type { Flag, FlagKind } from "./assistant/flags.ts";
export type { AssistantMail } from "./assistant/mail.ts";
export { type Reading, readForReply } from "./assistant/reading.ts";
export { LENGTHS, type Length, readLine, type Steering, TONES, type Tone } from "./assistant/steering.ts";
export type { Suggestion } from "./assistant/suggest.ts";
export type { Timings } from "./assistant/timings.ts";
export type { Trigger } from "./assistant/trigger.ts";
export { type GeneratedReply, generateReplies } from "./generate.ts";
export type { DeviceOptions } from "./llama.ts";
export { parseAssistantMail, readAssistantMail } from "./mail.ts";
export { type OpenAssistant, openAssistant, type StandIn } from "./open-assistant.ts";
export type { ContextOptions, Prompt } from "./prompt.ts";
export { type MailWithReference, type ReadReference, readReferences } from "./references.ts";
export { openReplier, type Replier } from "./reply.ts";
export { buildTrie, rankByModel } from "./responses/beam.ts";
export { chooseDiverse, type RankedResponse, rankByCount, rankBySigns } from "./responses/choose.ts";
export { measureRanking, type RankedMail, type RankingFigures } from "./responses/measure.ts";
export { mineResponses, type RepliedMail, responsesIn } from "./responses/mine.ts";
export { openResponses } from "./responses/open.ts";
export { type ResponseFile, type ResponseSet, readResponseFile, toResponseFile } from "./responses/set.ts";
export { openReplyService, type ReplyService } from "./service.ts";
export { openTrigger } from "./trigger/classifier.ts";
export { addHistory, learnTrigger, type TriggerReport } from "./trigger/threads.ts";
