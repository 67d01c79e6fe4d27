export type { Ask, AskKind } from "./asks.ts";
export type { Details } from "./details.ts";
export type { MailIntent } from "./intent.ts";
export { type Judgement, judgeReply } from "./judge.ts";
export { reviseReply } from "./revise.ts";
export type { Formality, Sender } from "./sender.ts";
export { type Understanding, understandEmail } from "./understand.ts";
export { writeReply } from "./write.ts";
