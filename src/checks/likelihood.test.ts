import { describe, expect, it } from "vitest";
import { bitsPerByte, exactMatch, type Top1Token, top1Words } from "./likelihood.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Tokens with what would be written in their place: null where it is the token itself, "" the end of the reply. The end is the last. */
function tokens(...list: readonly (readonly [text: string, instead: string | null])[]): Top1Token[] {
  return list.map(([text, instead]) => ({
    bytes: bytes(text),
    isTop1: instead === null,
    likeliest: instead === null ? (text === "" ? null : bytes(text)) : instead === "" ? null : bytes(instead),
  }));
}
const END = ["", null] as const;

describe("bitsPerByte", () => {
  it("counts bits a byte of UTF-8", () => {
    expect(bitsPerByte(8 * Math.LN2, Buffer.byteLength("abcd"))).toBe(2);
    expect(bitsPerByte(6 * Math.LN2, Buffer.byteLength("éa"))).toBeCloseTo(2, 12); // three bytes
  });
});

describe("top1Words", () => {
  it("counts from each word as far as every token is the likeliest", () => {
    expect(top1Words(tokens(["See", null], [" you", null], [" soon", null], [".", null], END))).toEqual([3, 2, 1]);
    // " then" would be written for " soon": one word from the second, none from the third.
    expect(top1Words(tokens(["See", null], [" you", null], [" soon", " then"], [".", null], END))).toEqual([2, 1, 0]);
    // The first token fails: nothing from the start, all after it.
    expect(top1Words(tokens(["See", "I"], [" you", null], [" soon", null], END))).toEqual([0, 2, 1]);
    expect(top1Words(tokens(END))).toEqual([]);
  });

  it("counts a word only when it is known to be over", () => {
    // "Friday," would be written, not "Friday"; with a space, or the end of the reply, it is the word.
    for (const [instead, expected] of [
      [",", 0],
      [" at", 1],
      ["\n", 1],
      ["", 1],
    ] as const)
      expect(top1Words(tokens(["Friday", null], [" noon", instead], END)), instead).toEqual([expected, 0]);
    // Likewise the last word: what would be written in the place of the end decides.
    for (const [instead, expected] of [
      [null, 1],
      ["!", 0],
      [" Bye", 1],
    ] as const)
      expect(top1Words(tokens(["Soon", null], ["", instead])), `${instead}`).toEqual([expected]);
    // A token that holds the space too ends the word by itself.
    expect(top1Words(tokens(["Hi,\n\n", null], ["We", "I"], END))).toEqual([1, 0]);
    expect(top1Words(tokens(["Hi", null], [",\n\n", ",\n"], ["We", null], END))).toEqual([0, 1]);
  });

  it("lets spaces of their own lead to the next word, and passes over a word that no token begins with", () => {
    const alone = (instead: string | null) => tokens(["a", null], [" ", instead], ["b", null], END);
    expect(top1Words(alone(null))).toEqual([2, 1]);
    expect(top1Words(alone("\n"))).toEqual([1, 0]);
    expect(top1Words(tokens(["a b", null], [" c", null], END))).toEqual([3, null, 1]);
    expect(top1Words(tokens(["a", null], [" b c", null], END))).toEqual([3, 2, null]);
  });

  it("puts characters together that tokens part", () => {
    const [first, second] = [Uint8Array.of(0xc3), Uint8Array.of(0xa9)]; // é
    const parted = (isTop1: boolean): Top1Token[] => [
      { bytes: first, isTop1: true, likeliest: first },
      { bytes: second, isTop1, likeliest: isTop1 ? second : Uint8Array.of(0xa8) },
      ...tokens([" b", null], END),
    ];
    expect(top1Words(parted(true))).toEqual([2, 1]);
    expect(top1Words(parted(false))).toEqual([0, 1]);
  });

  it("looks no further than fifteen words", () => {
    const long = tokens(...Array.from({ length: 20 }, (_, i) => [i === 0 ? "a" : " a", null] as const), END);
    expect(top1Words(long)).toEqual(Array.from({ length: 20 }, (_, i) => Math.min(15, 20 - i)));
  });
});

describe("exactMatch", () => {
  it("is the share of continuations of N words that the model would write", () => {
    // Cuts before "see", "you", "then": 2, 1 and 0 words right of 3, 2 and 1; a reply of one word, right.
    const { byLength, mean } = exactMatch([[2, 1, 0], [1]]);
    expect(byLength.slice(0, 3)).toEqual([3 / 4, 1 / 2, 0]); // one word: 4 cuts, 3 right; two: 2 cuts, 1 right; three: the whole reply, not
    expect(byLength.slice(3)).toEqual(new Array(12).fill(null));
    expect(mean).toBe(4 / 7);
  });

  it("leaves out cuts that there are not, and has nothing to say of nothing", () => {
    expect(exactMatch([[2, null]])).toEqual({ byLength: [1, 1, ...new Array(13).fill(null)], mean: 1 });
    expect(exactMatch([])).toEqual({ byLength: new Array(15).fill(null), mean: null });
    expect(exactMatch([new Array(20).fill(15)]).byLength).toEqual(new Array(15).fill(1));
  });
});
