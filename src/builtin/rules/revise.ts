/** Rewrites a draft by what the judge said of it. */

import { understandEmail } from "../../mail/index.ts";
import { hashString } from "../../random.ts";
import type { Judgement } from "./judge.ts";
import type { Flaw } from "./wording.ts";
import { compose } from "./write.ts";

/** Words of the feedback that name a flaw. */
const NAMED: readonly (readonly [Flaw, RegExp])[] = [
  ["subjectLine", /subject line/i],
  ["generic", /generic|could go to anybody|use the details|concrete details/i],
  ["missedAsk", /does not answer|does not do|not answered|for every point|address(?:es)? (?:all|the) /i],
  ["wordy", /\bsentences\b|shorten|wordy|too long|set phrases/i],
  ["curt", /curt|thank the sender|says too little|acknowledge/i],
  ["noGreeting", /greeting|by name/i],
];

/** Of a hundred mails, so many get a writer that mends one fault a round, and so many one that mends none. */
const SLOW_PERCENT = 30;
const STUBBORN_PERCENT = 5;

/**
 * The reply without the faults that the feedback names; other feedback, or none, gives the reply as it should be. For some
 * mails (by their hash) only one fault goes away at a time, and for few none, as with any writer.
 */
export function reviseReply(emailText: string, reply: string, review: Judgement, line = ""): string {
  const mail = understandEmail(emailText);
  const rewrite = (flaws?: ReadonlySet<Flaw>) => compose(mail, line, flaws);
  const said = Object.values(review.feedback).join(" ");
  const faults = NAMED.filter(([, pattern]) => pattern.test(said)).map(([flaw]) => flaw);
  const draw = hashString(`revise/${emailText}`) % 100;
  if (faults.length === 0) return rewrite();
  if (draw < STUBBORN_PERCENT) return rewrite(new Set(faults.slice(0, 1)));
  if (draw < STUBBORN_PERCENT + SLOW_PERCENT) {
    const rest = rewrite(new Set(faults.slice(1)));
    return rest === reply ? rewrite() : rest;
  }
  return rewrite();
}
