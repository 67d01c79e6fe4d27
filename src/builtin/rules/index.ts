export { judgeReply } from "./judge.ts";
export { measureReply, type ReplyMeasure } from "./measure.ts";
export { reviseReply } from "./revise.ts";
export { writeReply } from "./write.ts";
