import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trim } from "../tokens/whitespace.ts";
import { createTextStream } from "./stream.ts";

/** The pieces that come out when `text` comes in by `sizes` bytes at a time, and whether a stop string was met. */
function run(text: string, sizes: readonly number[], stop: readonly string[] = []) {
  const stream = createTextStream(stop);
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length];
    pieces.push(stream.push(bytes.subarray(at, at + size)));
    at += size;
  }
  pieces.push(stream.end());
  return { pieces: pieces.filter((piece) => piece !== ""), stopped: stream.stopped };
}

describe("createTextStream", () => {
  it("shows a character only when all its bytes are there", () => {
    expect(run("é😀!", [1]).pieces).toEqual(["é", "😀", "!"]);
  });

  it("drops spaces at both ends and shows those between with the word after them", () => {
    expect(run(" \n Hi  you \n", [1]).pieces).toEqual(["H", "i", "  y", "o", "u"]);
    expect(run("\n \t", [1]).pieces).toEqual([]);
  });

  it("drops a character that was cut at the end, and shows U+FFFD for bytes that are no text", () => {
    const stream = createTextStream();
    expect(stream.push(Uint8Array.of(0x48, 0xf0, 0x9f))).toBe("H");
    expect(stream.end()).toBe("");
    const broken = createTextStream();
    expect(broken.push(Uint8Array.of(0x48, 0xff, 0x49))).toBe("H\uFFFDI");
  });

  it("ends before a stop string, which is never shown in part", () => {
    expect(run("Yes. END no", [1], ["END"])).toEqual({ pieces: ["Y", "e", "s", "."], stopped: true });
    expect(run("Yes. ENough", [1], ["END"])).toEqual({
      pieces: ["Y", "e", "s", ".", " ENo", "u", "g", "h"],
      stopped: false,
    });
    expect(run("a EN", [1], ["END"])).toEqual({ pieces: ["a", " EN"], stopped: false });
    expect(run("END", [3], ["END"])).toEqual({ pieces: [], stopped: true });
  });

  it("takes the stop string that is complete first", () => {
    expect(run("xabc", [4], ["abc", "b"]).pieces.join("")).toBe("xa");
    expect(run("xabc", [1], ["abc", "b"]).pieces.join("")).toBe("xa");
    expect(run("xabc", [4], ["c", "bc", "abc"]).pieces.join("")).toBe("x");
  });

  it("gives the same text however the bytes come in", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", " ", "\n", "é", "😀") });
    const stops = fc.array(fc.constantFrom("ab", "b a", "\n\n", "é", "abc", "a"), { maxLength: 2 });
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(text, stops, sizes, (whole, stop, cut) => {
        const expected = run(whole, [1000], stop);
        const found = run(whole, cut, stop);
        expect(found.pieces.join("")).toBe(expected.pieces.join(""));
        expect(found.stopped).toBe(expected.stopped);
        if (stop.length === 0) expect(found.pieces.join("")).toBe(trim(whole));
      }),
    );
  });
});
