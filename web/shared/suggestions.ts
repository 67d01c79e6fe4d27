/** Suggestions as they come, for the app and the add-on. Types alone come from the reply room: its values would bring the whole assistant into a page. */
import type { Suggestion, Trigger } from "../../src/reply/portable.ts";

/** What is shown when `made` stand: each takes the place of the set phrase of its intent; where none was shown, they stand by themselves. */
export function takeInPlace(shown: readonly Suggestion[], made: readonly Suggestion[]): readonly Suggestion[] {
  if (shown.length === 0) return made;
  return shown.map((old) => made.find(({ intent }) => intent === old.intent) ?? old);
}

/** Under which words a mail stands that wants no reply: the rule's, or those of a low score. A question that was put to the owner always wants one. */
export function noReplyKind({ rule }: Pick<Trigger, "rule">): Exclude<Trigger["rule"], null | "question"> | "rare" {
  return rule === null || rule === "question" ? "rare" : rule;
}
