import { describe, expect, it } from "vitest";
import { createGroups } from "./groups.ts";
import { countFacets, parseQuery, selectRows } from "./query.ts";
import type { IndexedRow } from "./row.ts";

const row = (place: number, part: Partial<IndexedRow>): IndexedRow => ({
  ...{ id: `m${place}`, sender: "Ada", subject: "", snippet: "", status: "accepted", reason: null, intent: "meeting" },
  ...{ attempts: 1, score: 0.9, words: 12, review: "none", place, searched: "ada meeting on monday" },
  ...{
    threadId: `t${place}`,
    scores: null,
    drawn: (place * 7) % 5,
    faults: [],
    replyHash: null,
    checkedHash: null,
    group: `mail-${place}`,
    alike: 0,
  },
  ...part,
});
const rows = [
  row(0, {}),
  row(1, { status: "rejected", reason: "threshold", attempts: 4, score: 0.55, words: 40, intent: "invoice" }),
  row(2, { attempts: 2, score: 0.8, words: 7, searched: "grace invoice 12" }),
  row(3, { status: "open", attempts: 0, score: null, words: null, intent: "invoice" }),
  row(4, { status: "rejected", reason: "refused", attempts: 0, score: null, words: null, review: "accepted" }),
];
const select = (query: string) => selectRows(rows, parseQuery(new URLSearchParams(query))).map(({ place }) => place);
const facets = (query: string) => countFacets(rows, parseQuery(new URLSearchParams(query)), 1);

describe("a query", () => {
  it("lets through what passes each part, and any value of one part", () => {
    expect(select("")).toEqual([0, 1, 2, 3, 4]);
    expect(select("status=rejected")).toEqual([1, 4]);
    expect(select("status=rejected&status=open")).toEqual([1, 3, 4]);
    expect(select("status=rejected&reason=refused")).toEqual([4]);
    expect(select("intent=invoice&attempts=4")).toEqual([1]);
    expect(select("review=accepted")).toEqual([4]);
    expect(select("text=ADA%20monday")).toEqual([0, 1, 3, 4]);
    expect(select("text=ada%20invoice")).toEqual([]);
  });

  it("lets through the mails of one group, and counts the rest of the query under it", () => {
    const alike = [row(0, { group: "m0" }), row(1, { group: "m0", status: "rejected" }), row(2, {})];
    const query = parseQuery(new URLSearchParams("like=m0"));
    expect(selectRows(alike, query).map(({ place }) => place)).toEqual([0, 1]);
    expect(countFacets(alike, query, 1).total).toBe(2);
  });

  it("holds both ends of a range, a rounding error apart, and nothing without a value", () => {
    expect(select("scoreFrom=0.8&scoreTo=0.9")).toEqual([0, 2]);
    expect(select(`scoreFrom=${0.1 + 0.7}`)).toEqual([0, 2]); // 0.7999999999999999
    expect(select("wordsTo=12")).toEqual([0, 2]);
  });

  it("sorts, rows without a value last, equal ones in the mailbox's order", () => {
    expect(select("sort=score-up")).toEqual([1, 2, 0, 3, 4]);
    expect(select("sort=score-down")).toEqual([0, 2, 1, 3, 4]);
    expect(select("sort=words-down")).toEqual([1, 0, 2, 3, 4]);
  });

  it("says which part cannot be read", () => {
    expect(() => select("status=lost")).toThrow(/status is one of accepted, rejected, open, not "lost"/);
    expect(() => select("sort=size")).toThrow(/sort is one of mailbox/);
    expect(() => select("scoreFrom=high")).toThrow(/scoreFrom is a number, not "high"/);
  });
});

describe("facets", () => {
  const counts = (list: readonly { value: unknown; count: number }[]) =>
    Object.fromEntries(list.map(({ value, count }) => [value, count]));

  it("count a part without its own filter, under all others", () => {
    const { total, status, intent } = facets("status=rejected&intent=invoice");
    expect(total).toBe(1);
    expect(counts(status)).toEqual({ accepted: 0, rejected: 1, open: 1 });
    expect(counts(intent)).toEqual({ invoice: 1, meeting: 1 });
  });

  it("put each score and length in its bin, the last one closed", () => {
    const { score, words } = countFacets([...rows, row(5, { score: 1 })], parseQuery(new URLSearchParams()), 1);
    expect(score).toHaveLength(20);
    expect(score[19]).toEqual({ from: 0.95, to: 1, accepted: 1, rejected: 0, open: 0 });
    expect(score[16]).toMatchObject({ from: 0.8, accepted: 1 }); // 0.8 / 0.05 is 16 but for rounding
    expect(score[11]).toMatchObject({ from: 0.55, rejected: 1 });
    expect(words[0].to).toBe(1); // 20 bins of 1 hold 12 words, the 99th percentile; 40 stands in the last
    expect(words[19]).toMatchObject({ rejected: 1 });
  });

  it("say how many drafts of each number there were, and how many ended with it", () => {
    expect(facets("").byAttempt).toEqual([
      { attempt: 1, reached: 3, accepted: 1 },
      { attempt: 2, reached: 2, accepted: 1 },
      { attempt: 3, reached: 1, accepted: 0 },
      { attempt: 4, reached: 1, accepted: 0 },
    ]);
  });

  it("of no mail are empty", () => {
    const { total, score, byAttempt } = countFacets([], parseQuery(new URLSearchParams()), 1);
    expect({ total, bars: score.length, byAttempt }).toEqual({ total: 0, bars: 20, byAttempt: [] });
  });
});

describe("the estimate", () => {
  const at = (drawn: number, part: Partial<IndexedRow>) => row(drawn, { drawn, ...part });
  it("is of the head of the random order, up to the first mail that was not looked at", () => {
    const looked = [
      at(0, { review: "accepted" }),
      at(1, { review: "rejected" }), //                        overturned
      at(2, { review: "unsure" }), //                          looked at, not counted
      at(3, { status: "rejected", review: "rejected" }),
      at(4, { review: "edited" }), //                          overturned: the words were not good enough
      at(5, {}),
      at(6, { review: "rejected" }), //                        chosen by the person, not by chance
    ];
    const { estimate } = countFacets([...looked].reverse(), parseQuery(new URLSearchParams()), 1);
    expect(estimate).toMatchObject({ decided: 4, overturned: 2 });
    expect([estimate!.low, estimate!.high].map((value) => value.toFixed(3))).toEqual(["0.150", "0.850"]); // Wilson, 2 of 4
    expect(
      countFacets([at(0, {}), at(1, { review: "accepted" })], parseQuery(new URLSearchParams()), 1).estimate,
    ).toBeNull();
  });

  it("draws an order that stays, and filters by fault and by one score", () => {
    expect(select("sort=random")).toEqual([0, 3, 1, 4, 2]); // (7 · place) mod 5
    const scored = [
      row(0, { scores: { relevance: 0.2, conciseness: 1, adaptability: 1, politeness: 1 }, faults: ["invented"] }),
      row(1, { scores: { relevance: 0.9, conciseness: 1, adaptability: 1, politeness: 1 } }),
    ];
    const found = (query: string) =>
      selectRows(scored, parseQuery(new URLSearchParams(query))).map(({ place }) => place);
    expect(found("scoreOf=relevance&scoreTo=0.5")).toEqual([0]);
    expect(found("scoreTo=0.5")).toEqual([]); // by the run's rule both have 0.9
    expect(found("fault=invented")).toEqual([0]);
    expect(() => found("fault=ugly")).toThrow("fault is one of");
  });
});

describe("groups of mails that say nearly the same", () => {
  it("grow with each mail that nearly copies their first one", () => {
    const groups = createGroups({ nearDuplicateJaccard: 0.8, nearDuplicateMinWords: 25 });
    const letter = (name: string) =>
      `Hello, the machine in hall ${name} stopped again this morning and shows the same lamp as last week, please send somebody who can look at it before the late shift begins, thank you.`;
    expect(groups.add(0, { body: letter("one") })).toEqual([]);
    expect(
      groups.add(1, { body: "Could we meet on Monday at ten to talk about the plan for the new office?" }),
    ).toEqual([]);
    expect(groups.add(2, { body: letter("two") })).toEqual([
      [0, { first: 0, count: 2 }],
      [2, { first: 0, count: 2 }],
    ]);
    expect(groups.add(3, { body: letter("three") }).map(([place, { count }]) => [place, count])).toEqual([
      [0, 3],
      [2, 3],
      [3, 3],
    ]);
  });
});
