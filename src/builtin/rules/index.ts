export type { Ask, AskKind, Details, Formality, MailIntent, Sender } from "../../mail/index.ts";
export { readIntent, splitSentences, type Understanding, understandEmail } from "../../mail/index.ts";
export { type Judgement, judgeReply } from "./judge.ts";
export { measureReply, type ReplyMeasure } from "./measure.ts";
export { reviseReply } from "./revise.ts";
export { RULES_VERSION } from "./version.ts";
export { writeReply } from "./write.ts";
