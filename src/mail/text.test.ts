import { describe, expect, it } from "vitest";
import { cleanText, countSaid, cutAtLine, tidyLines } from "./text.ts";

describe("cleanText", () => {
  it("takes out what cannot be seen", () => {
    expect(cleanText("a\u200bb\ufeffc\u00add\u2060e\u202ef\u2066g\u0000h")).toBe("abcdefgh");
    expect(cleanText("pay\u{e0049}\u{e0067}\u{e006e}\u{e01ef} now")).toBe("pay now"); // tag characters and selectors that spell words
    expect(cleanText("x\u200c\u200d\u200cy")).toBe("xy");
  });

  it("keeps joiners where they mean something", () => {
    expect(cleanText("👩‍👩‍👧 می‌خواهم")).toBe("👩‍👩‍👧 می‌خواهم");
  });

  it("makes line ends and blanks equal, and mends half surrogate pairs", () => {
    expect(cleanText("a\r\nb\rc\u2028d\u00a0e\u3000f\ud83d")).toBe("a\nb\nc\nd e f\ufffd");
    expect(cleanText("don\u0092t \u0096 ok\u0085")).toBe("don’t – ok…"); // windows-1252 read as ISO-8859-1
    expect(cleanText("-- \nsignature")).toBe("-- \nsignature");
  });
});

describe("tidyLines", () => {
  it("keeps one blank line at most and none at the ends", () => {
    expect(tidyLines("\n \na  \n\n\n\nb\n\n")).toBe("a\n\nb");
    expect(tidyLines("")).toBe("");
  });
});

describe("cutAtLine", () => {
  it("cuts at the last line end that fits, or in a line that is too long, never through a character", () => {
    expect(cutAtLine("one\ntwo", 7)).toBe("one\ntwo");
    expect(cutAtLine("one\ntwo", 6)).toBe("one");
    expect(cutAtLine("abcdef", 3)).toBe("abc");
    expect(cutAtLine("ab😀", 3)).toBe("ab");
  });
});

describe("countSaid", () => {
  it("counts what a script needs to say the same", () => {
    expect(countSaid("I will come.")).toBe(12);
    expect(countSaid("我会来")).toBe(9);
    expect(countSaid("가겠습니다")).toBe(10);
    expect(countSaid("سأرسله غدا")).toBe(10 + 4); // nine letters
  });
});
