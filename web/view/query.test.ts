import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultNames, reviewStates, sorts, statuses } from "../../src/view/api.ts";
import { countFilters, everything, type Query, readQuery, toggled, writeQuery } from "./query.ts";

describe("a query", () => {
  it("comes back from the address as it went in", () => {
    const end = fc.option(fc.double({ min: 0, max: 1000, noNaN: true }).map((value) => value + 0)); // -0 is written 0
    const queries: fc.Arbitrary<Query> = fc.record({
      status: fc.subarray([...statuses]),
      review: fc.subarray([...reviewStates]),
      intent: fc.array(fc.string({ unit: "grapheme" })),
      reason: fc.array(fc.string()),
      attempts: fc.array(fc.nat(4)),
      fault: fc.subarray([...faultNames]),
      scoreOf: fc.constantFrom("" as const, "relevance" as const, "politeness" as const),
      scoreFrom: end,
      scoreTo: end,
      wordsFrom: end,
      wordsTo: end,
      like: fc.string(),
      text: fc.string({ unit: "grapheme" }),
      sort: fc.constantFrom(...sorts),
    });
    fc.assert(
      fc.property(queries, (query) => {
        expect(readQuery(new URLSearchParams(writeQuery(query)))).toEqual(query);
      }),
    );
  });

  it("leaves out what an address typed by hand makes up", () => {
    const read = readQuery(new URLSearchParams("status=great&status=open&scoreFrom=high&attempts=two&sort=shuffled"));
    expect(read).toEqual({ ...everything, status: ["open"] });
  });

  it("counts what narrows it", () => {
    expect(countFilters({ ...everything, sort: "score-up" })).toBe(0);
    expect(countFilters({ ...everything, status: ["open", "accepted"], scoreFrom: 0.5, scoreTo: 1, text: "a" })).toBe(
      4,
    );
    expect(toggled(toggled(["a"], "b"), "a")).toEqual(["b"]);
  });
});
