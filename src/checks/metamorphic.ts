/** A14: what a change of the mail must and must not do to the reply (metamorphic testing, Chen et al. 1998). */

import { stanceOf } from "../mail/portable.ts";
import { chrf } from "../metrics/index.ts";
import { fold } from "./words.ts";

/** What was done to the mail. */
export const RELATIONS = [
  "swap", //   a name, date or amount is another: the reply changes there and nowhere else
  "same", //   said in other words, its asks in another order, or with a signature and quoted tail: the same stance
  "flip", //   yes becomes no: the stance turns
] as const;
export type Relation = (typeof RELATIONS)[number];

/** ours: chrF of two replies to mails that ask the same, below which the reply has changed where nothing had. */
const SIMILAR_CHRF = 40;

/** What is wrong with the reply to the changed mail, seen beside the reply to the mail as it was. */
export function findBrokenRelation(options: {
  relation: Relation;
  reply: string;
  changedReply: string;
  /** For `swap`: the value of the mail and the one that took its place. */
  swap?: { from: string; to: string };
}): string[] {
  const { relation, reply, changedReply, swap } = options;
  const stances = [stanceOf(reply), stanceOf(changedReply)];
  switch (relation) {
    case "swap": {
      if (swap === undefined) return [];
      const has = (text: string, value: string) => fold(text).includes(fold(value));
      const stale = has(changedReply, swap.from) && !fold(swap.to).includes(fold(swap.from));
      const back = replaceFolded(changedReply, swap.to, swap.from);
      const elsewhere = similarity(fold(reply), back) < SIMILAR_CHRF;
      return [
        ...(stale ? [`still says ${swap.from}: ${changedReply}`] : []),
        ...(elsewhere ? [`changed elsewhere: ${changedReply}`] : []),
      ];
    }
    case "same":
      return stances[0] === stances[1] ? [] : [`stance ${stances[0]} became ${stances[1]}: ${changedReply}`];
    case "flip":
      return stances[0] !== stances[1] ? [] : [`stance stayed ${stances[0]}: ${changedReply}`];
    default:
      return relation satisfies never;
  }
}

function replaceFolded(text: string, from: string, to: string): string {
  return fold(text).replaceAll(fold(from), fold(to));
}

function similarity(a: string, b: string): number {
  return chrf([a], [[b]]).score;
}
