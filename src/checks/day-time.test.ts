import { describe, expect, it } from "vitest";
import { findSplitPairs } from "./day-time.ts";

const OFFER = "Could we meet on Tuesday at 10:30 or on Wednesday at 2 pm?";
const found = (reply: string, ...mail: string[]) => findSplitPairs(reply, mail).map(({ text }) => text);

describe("a day with an hour", () => {
  it.each([
    ["I would be happy to join you on Wednesday at 10:30.", ["Wednesday at 10:30"]],
    ["Tuesday at 14:00 works for me.", ["Tuesday at 14:00"]],
    ["10:30 on Wednesday is fine.", ["10:30 on Wednesday"]],
    ["Tuesday at 10:30 works for me.", []],
    ["Wednesday, 14:00, is too late, but Tuesday works.", []],
    ["Wednesday at 14:00 works well.", []],
    ["Would Thursday at 9:00 work?", []], //          not in the mail at all: grounding says so
    ["Tuesday is fine. I have an hour from 14:00.", []], // two thoughts
    ["Either Tuesday or 2 pm.", []],
    ["", []],
  ])("is held against the offers of the mail: %s", (reply, pairs) => {
    expect(found(reply, OFFER)).toEqual(pairs);
  });

  it("goes with the days and hours that it is offered with, however they are strung together", () => {
    expect(found("Tuesday at 15:00 works.", "I can do Tuesday at 10:00 or 15:00.")).toEqual([]);
    expect(found("Monday at 9:00 works.", "Monday or Tuesday at 9:00?")).toEqual([]);
    expect(found("Tuesday at 9:00 works.", "We could talk at 9:00 on Tuesday, or at 16:00 on Friday.")).toEqual([]);
    expect(found("Friday at 9:00 works.", "We could talk at 9:00 on Tuesday, or at 16:00 on Friday.")).toEqual([
      "Friday at 9:00",
    ]);
    expect(found("Freitag um 9 Uhr passt.", "Geht Montag um 9 Uhr oder Freitag um 14 Uhr?")).toEqual([
      "Freitag um 9 Uhr",
    ]);
    expect(found("Tomorrow at noon is fine.", "Today at 12:00, or tomorrow at 8:30?")).toEqual(["Tomorrow at noon"]);
  });

  it("may be put together by the owner's line", () => {
    expect(found("Wednesday at 10:30 works.", OFFER, "confirm Wednesday at 10:30")).toEqual([]);
  });
});
