/** The part of this room that runs in a browser too: what is wrong with one reply, without references and without a judge. */

export { type Stance, stanceOf } from "../mail/portable.ts";
export { findWrongAddressee } from "./addressee.ts";
export { defers } from "./asks.ts";
export { CHECKS, type CheckName, checkReply, type Finding } from "./checks.ts";
export { type Commitment, findCommitments } from "./commitments.ts";
export { longestSharedRun } from "./copying.ts";
export { type DayTime, findSplitPairs } from "./day-time.ts";
export { createGrounder, findClaims, type Grounding } from "./grounding.ts";
export { type DetectLanguage, findOtherLanguage } from "./language.ts";
export { findPlaceholders } from "./placeholders.ts";
export { findRepetition } from "./repetition.ts";
export { sealSecrets } from "./secrets.ts";
export { findWrongTone } from "./tone.ts";
export { calibrationError, rocAuc } from "./trigger.ts";
export { runs, toWords } from "./words.ts";
