import { expect, it } from "vitest";
import { subjectOf } from "./cases.ts";
import { shorten } from "./format.ts";

it("cuts between characters, and says what was left out", () => {
  const long = `a${"😀".repeat(3000)}`;
  expect(shorten(long)).not.toMatch(/\p{Surrogate}/u);
  expect(shorten(long)).toMatch(/😀… \(2,001 more characters\)$/);
  expect(shorten("short")).toBe("short");
  const subject = subjectOf(`Subject: a${"😀".repeat(100)}\n\nHi`);
  expect(subject).toBe(`a${"😀".repeat(59)}`);
});
