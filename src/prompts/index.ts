/** What a teacher and a judge are asked, and how their answers are read. */
export { findCopiedScores, parseJudgement, parseReply } from "./answer.ts";
export {
  averageScore,
  type CallKind,
  type Criterion,
  callKinds,
  criteria,
  type Feedback,
  type Scores,
} from "./criteria.ts";
export { HARMLESS_MAIL, HARMLESS_REPLY } from "./harmless.ts";
export { findObjects, readModelText } from "./model-text.ts";
export {
  answerSchemas,
  buildMessages,
  type Defective,
  PLACEHOLDER_RULE,
  type PromptData,
  type PromptStyle,
  promptVersion,
  readMessages,
} from "./prompts.ts";
