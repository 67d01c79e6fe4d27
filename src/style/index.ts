/** A person's own way of writing: which of their replies may be learnt from, which lines could have led to them, whether a text could be theirs, and how they write in words. */
export { type Author, findAuthors, isAuthor, isFullName, signerOf } from "./authors.ts";
export {
  type ChosenReplies,
  chooseReplies,
  isPrivate,
  type LeftOut,
  type OwnReply,
  splitByTime,
  type TimeSplit,
} from "./choose.ts";
export { describeStyle, type StyleFeatures } from "./features.ts";
export { reverseLine } from "./reverse.ts";
export { askForLines, type TeacherLines } from "./teacher-lines.ts";
export { acceptedShare, trainVerifier, type Verifier } from "./verifier.ts";
