/** A person's own way of writing: which of their replies may be learnt from, whether a text could be theirs, and how they write in words. */
export {
  type ChosenReplies,
  chooseReplies,
  isPrivate,
  type LeftOut,
  type OwnReply,
  splitByTime,
  textsOfOthers,
} from "./choose.ts";
export { describeStyle, type StyleFeatures } from "./features.ts";
export { acceptedShare, trainVerifier, type Verifier } from "./verifier.ts";
