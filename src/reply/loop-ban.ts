/**
 * The loop ban: a reply does not say the same thing twice in a row. Small models fall into loops that greedy decoding never leaves, so the
 * token that would complete an immediate second copy of the last 1 to 16 tokens is forbidden. A pure rule, the same in every decode path.
 */
import type { GgufTokenizer } from "./tokenizer.ts";

/** ours: the longest stretch that is watched, about a clause. */
export const LONGEST_LOOP = 16;

/** The tokens that must not follow `written`, the ids of the reply so far; at most one for each length from 1 to 16. */
export type LoopBan = (written: readonly number[]) => number[];

/** The ban for one vocabulary. Figures and marks may repeat: "11", "...", a blank line. So may one letter of a script without spaces: 谢谢. */
export function createLoopBan(tokenizer: Pick<GgufTokenizer, "tokenBytes" | "endsReply">): LoopBan {
  const known = new Map<number, boolean>();
  const isExempt = (id: number): boolean => {
    let exempt = known.get(id);
    if (exempt === undefined) {
      exempt = tokenizer.endsReply(id) || mayRepeat(new TextDecoder().decode(tokenizer.tokenBytes(id)));
      known.set(id, exempt);
    }
    return exempt;
  };
  return (written) => {
    const forbidden: number[] = [];
    for (let length = 1; length <= LONGEST_LOOP && length <= written.length; length++) {
      const next = written[written.length - length];
      if (!forbidden.includes(next) && closesCopy(written, length) && !isExempt(next)) forbidden.push(next);
    }
    return forbidden;
  };
}

/** Whether one more token would end a copy of the `length` tokens before it: all but the last of the copy stand there already. */
function closesCopy(written: readonly number[], length: number): boolean {
  const end = written.length;
  for (let i = 1; i < length; i++) if (written[end - i] !== written[end - i - length]) return false;
  return true;
}

/** Bytes of half a character decode to U+FFFD, which is neither figure nor mark, so they stay forbidden. */
function mayRepeat(text: string): boolean {
  return /^[\s\p{N}\p{P}]*$/u.test(text) || /^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}]$/u.test(text);
}
