import { describe, expect, it } from "vitest";
import { cutText, encodeJson, wellFormed } from "./well-formed.ts";

describe("well-formed text", () => {
  it("has U+FFFD for halves of characters and nothing else changed", () => {
    expect(wellFormed("a\ud83db\ude00c😀")).toBe("a\ufffdb\ufffdc😀");
  });

  it("is cut between characters", () => {
    expect(cutText("a😀b", 2)).toBe("a");
    expect(cutText("a😀b", 3)).toBe("a😀");
    expect(cutText("a😀b", 9)).toBe("a😀b");
  });

  it("is what JSON is written with; backslashes before plain letters stay", () => {
    const value = { "k\ud800": ["\\ud83d", "\\\ud83d", "😀"] };
    expect(JSON.parse(encodeJson(value))).toEqual({ "k\ufffd": ["\\ud83d", "\\\ufffd", "😀"] });
    expect(encodeJson({ a: "é" }, 2)).toBe('{\n  "a": "é"\n}');
    expect(encodeJson(undefined)).toBeUndefined();
  });
});
