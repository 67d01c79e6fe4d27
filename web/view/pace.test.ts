import { describe, expect, it } from "vitest";
import { measurePace, paceInWords } from "./pace.ts";

describe("the pace", () => {
  it("is known from the fifth decision on, and leaves pauses out", () => {
    expect(measurePace([])).toEqual({ decisions: 0, secondsEach: null });
    const each = Array.from({ length: 5 }, (_, i) => 6000 * i); // four gaps of six seconds
    expect(measurePace(each)).toEqual({ decisions: 5, secondsEach: 6 });
    expect(measurePace(each.slice(0, 4)).secondsEach).toBeNull();
    expect(measurePace([...each, 24_000 + 3_600_000]).secondsEach).toBe(6); // an hour away
  });

  it("says when the goal is reached", () => {
    expect(paceInWords(12, 162)).toBe("12 s each, done in 33 min"); // 1,944 s
    expect(paceInWords(4.26, 1)).toBe("4.3 s each, done in 1 min");
    expect(paceInWords(12, 500)).toBe("12 s each, done in 1.7 h");
    expect(paceInWords(12, 0)).toBe("12 s each");
  });
});
