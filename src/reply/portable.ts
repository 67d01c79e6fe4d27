/** The part of this room that runs in a browser too: the assistant's logic, over a model that the caller brings. */
export { type Assistant, type AssistantOptions, createAssistant } from "./assistant/assistant.ts";
export { type CompleteOptions, type Completion, keepCompletion } from "./assistant/complete.ts";
export type { Draft, DraftEvent } from "./assistant/draft.ts";
export type { DraftOptions } from "./assistant/draft-words.ts";
export type { Field, Flag, FlagKind } from "./assistant/flags.ts";
export { type Habit, type Habits, readHabits } from "./assistant/habits.ts";
export { type AssistantMail, renderMail, type SenderHistory } from "./assistant/mail.ts";
export type { AssistantModel, NextToken } from "./assistant/model.ts";
export type { Intent } from "./assistant/phrases.ts";
export type { Question, Reading } from "./assistant/reading.ts";
export { LENGTHS, type Length, type Steering, TONES, type Tone } from "./assistant/steering.ts";
export type { SuggestEvent, Suggestion, SuggestOptions } from "./assistant/suggest.ts";
export type { Timings } from "./assistant/timings.ts";
export type { ScoreTrigger, Trigger } from "./assistant/trigger.ts";
export { type Edit, isEdited, toEditedMail } from "./edits.ts";
export type { LeftOut } from "./left-out.ts";
export { createLoopBan, LONGEST_LOOP, type LoopBan } from "./loop-ban.ts";
export { encodeMessages, type Prompt, type PromptFrame } from "./prompt.ts";
export { openResponses } from "./responses/open.ts";
export { type ResponseFile, type ResponseSet, readResponseFile, toResponseFile } from "./responses/set.ts";
export { shieldMail } from "./shield.ts";
export {
  type GgufTokenizer,
  type GgufVocabulary,
  ggufTokenizer,
  readVocabulary,
  type TextEncoding,
} from "./tokenizer.ts";
export { openTrigger, type TriggerClassifier, type TriggerModel } from "./trigger/classifier.ts";
