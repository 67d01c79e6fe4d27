import { describe, expect, it } from "vitest";
import { createLoopBan, LONGEST_LOOP } from "./loop-ban.ts";

/** A vocabulary of words: an id is a place in the list. */
function banOver(words: readonly (string | Uint8Array)[]) {
  const bytes = words.map((word) => (typeof word === "string" ? new TextEncoder().encode(word) : word));
  return createLoopBan({ tokenBytes: (id) => bytes[id], endsReply: () => false });
}

describe("the loop ban", () => {
  it("forbids the token that would end a second copy of the last 1, 2, … 16 tokens", () => {
    const ban = banOver(Array.from({ length: 40 }, (_, i) => `w${String.fromCharCode(97 + i)}`));
    expect(ban([])).toEqual([]);
    expect(ban([3])).toEqual([3]); //                    w w
    expect(ban([1, 2, 1])).toEqual([1, 2]); //           a b a -> a (a a) and b (a b a b)
    const clause = Array.from({ length: LONGEST_LOOP }, (_, i) => i);
    expect(ban([...clause, ...clause.slice(0, -1)])).toContain(LONGEST_LOOP - 1);
    const longer = Array.from({ length: LONGEST_LOOP + 1 }, (_, i) => i);
    expect(ban([...longer, ...longer.slice(0, -1)])).not.toContain(LONGEST_LOOP);
  });

  it("lets figures and marks repeat, and one letter of Chinese, but not broken bytes or words", () => {
    const half = Uint8Array.of(0xf0, 0x9f);
    const ban = banOver(["1", "!", "\n", "谢", half, " very", "ab"]);
    for (const id of [0, 1, 2, 3]) expect(ban([id])).toEqual([]);
    for (const id of [4, 5, 6]) expect(ban([id])).toEqual([id]);
  });
});
