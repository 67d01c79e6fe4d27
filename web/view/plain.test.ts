import { describe, expect, it } from "vitest";
import { oneLine, showHidden } from "./plain.ts";

describe("strangers' text", () => {
  it("shows control characters, direction overrides and hidden tags", () => {
    expect(showHidden("a\0b\x1b[31m\x85 \u202egnp.exe")).toBe("a[U+0000]b[U+001B][31m[U+0085] [U+202E]gnp.exe");
    expect(showHidden("x\u{e0069}\u{e0067}y")).toBe("x[hidden: ig]y");
    expect(showHidden("a\r\nb\tc\rd")).toBe("a\nb\tc\nd");
  });

  it("leaves what is written in earnest", () => {
    const england = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
    for (const text of ["שלום, מה שלומך?", "👩‍👩‍👧‍👦", "क्‍ष", england]) expect(showHidden(text)).toBe(text);
  });

  it("fits on one line, in its own direction, at most so long", () => {
    expect(oneLine("invoice\u202egnp.exe\n\u2066 x\u200b\ty\u0007 ")).toBe("invoicegnp.exe x y[U+0007]");
    expect(oneLine("W".repeat(10_000), 20)).toBe(`${"W".repeat(19)}…`);
    expect(oneLine(`a${"🎂".repeat(100)}`, 20)).toBe(`a${"🎂".repeat(9)}…`); // 1 + 9 · 2 code units, no half pair
  });
});
