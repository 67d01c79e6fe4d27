import { describe, expect, it } from "vitest";
import { measurePace } from "./pace.ts";

describe("the pace", () => {
  it("is known from the fifth decision on, and leaves pauses out", () => {
    expect(measurePace([])).toEqual({ decisions: 0, perHour: null });
    const each = Array.from({ length: 5 }, (_, i) => 6000 * i); // four gaps of six seconds
    expect(measurePace(each)).toEqual({ decisions: 5, perHour: 600 });
    expect(measurePace(each.slice(0, 4)).perHour).toBeNull();
    expect(measurePace([...each, 24_000 + 3_600_000]).perHour).toBe(600); // an hour away
  });
});
