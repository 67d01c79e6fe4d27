/** What of a person's replies may be learnt from, how they are split, and whether the verifier knows its author. */
import { describe, expect, it } from "vitest";
import type { Pair } from "../mail/index.ts";
import { createRandom } from "../random.ts";
import { acceptedShare, chooseReplies, describeStyle, splitByTime, trainVerifier } from "./index.ts";

const email = (body = "Could you send me the report on the new building by Friday?") => ({
  ...{ id: "m", threadId: "t", messageId: null, inReplyTo: null, date: null, answers: null, source: "" },
  ...{ from: { name: "Ada", address: "ada@example.org" }, to: [], cc: [], subject: "Report", body },
});
const pair = (reply: string, more: Partial<Pair> = {}): Pair => ({
  ...{ id: reply, threadId: reply, email: email(), reply, date: null, fromOwner: true },
  ...more,
});

describe("the replies that are learnt from", () => {
  it.each<[string, Pair, string]>([
    ["another person's", pair("Yes, I will send it on Thursday.", { fromOwner: false }), "notTheOwners"],
    [
      "one between quoted lines",
      pair("Yes, that is what I meant there.", { pieces: [{ quote: "?", answer: "Yes" }] as never }),
      "betweenQuotes",
    ],
    ["a word or two", pair("Yes, fine."), "short"],
    ["a password", pair("Sure, the password is hunter2!x for that server."), "private"],
    ["a telephone number", pair("Just call me about it on +44 20 7946 0958 any time."), "private"],
    ["a card", pair("You can pay with my card 4111 1111 1111 1111 for this."), "private"],
    ["a link", pair("It lies at https://example.org/secret/report for you."), "private"],
    [
      "an answer in another language",
      pair("Ich schicke dir den Bericht über das neue Gebäude gleich am Donnerstag."),
      "otherLanguage",
    ],
  ])("are not %s", async (_, row, reason) => {
    const { replies, leftOut } = await chooseReplies([row]);
    expect(replies).toEqual([]);
    expect(leftOut).toMatchObject({ [reason]: 1 });
  });

  it("are each once, oldest first", async () => {
    const rows = [
      pair("I will send you the report on Thursday.", { date: "2025-02-01", id: "b" }),
      pair("Let me ask Tom about the building first.", { date: "2025-01-01", id: "a" }),
      pair("I will send you the report, on Thursday!", { date: "2025-03-01", id: "c" }),
    ];
    const { replies, leftOut } = await chooseReplies(rows);
    expect(replies.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(leftOut.copy).toBe(1);
  });
});

it("splits by time, the newest to the test, a conversation on one side", () => {
  const replies = Array.from({ length: 50 }, (_, i) => ({ id: `${i}`, threadId: i === 3 ? "t49" : `t${i}` }));
  const { train, validation, test } = splitByTime(replies);
  expect(train.length + validation.length + test.length).toBe(50);
  expect(test).toContain("3"); // of the conversation that went on to the end
  expect(Math.max(...train.map(Number))).toBeLessThan(Math.min(...validation.map(Number)));
  expect(Math.max(...validation.map(Number))).toBeLessThan(Math.min(...test.filter((id) => id !== "3").map(Number)));
  expect([test.length, validation.length]).toEqual([10, 5]);
});

describe("the verifier", () => {
  const random = createRandom("authors");
  const things = ["report", "plan", "offer", "budget", "visit", "draft", "order", "server"];
  const one = () =>
    `hey, cool — ${random.pick(things)} looks good to me... i'd go w/ the ${random.pick(things)} tho :)`;
  const other = () =>
    `Dear colleague, I have examined the ${random.pick(things)} and would recommend that the ${random.pick(things)} be revised.`;
  const many = (make: () => string, count: number) => Array.from({ length: count }, make);

  it("tells two authors on the same matters apart, and sees no author in texts drawn at random", () => {
    const verifier = trainVerifier({
      ...{ own: many(one, 40), others: many(other, 40) },
      ...{ calibrationOwn: many(one, 10), calibrationOthers: many(other, 10) },
    });
    expect(verifier.calibrationError).toBe(0);
    expect(acceptedShare(verifier, many(one, 20))).toBeGreaterThan(0.9);
    expect(acceptedShare(verifier, many(other, 20))).toBe(0);
    const mixed = () => (random.integer(2) === 0 ? one() : other());
    const blind = trainVerifier({
      ...{ own: many(mixed, 40), others: many(mixed, 40) },
      ...{ calibrationOwn: many(mixed, 40), calibrationOthers: many(mixed, 40) },
    });
    expect(blind.calibrationError).toBeGreaterThan(0.3);
    expect(acceptedShare(blind, [])).toBeNull();
  });
});

it("describes a style in what a person recognises", () => {
  const style = describeStyle([
    "Hi Ann,\n\nI'll send it on Friday!\n\nCheers,\nTom",
    "Hi Bob,\n\nIt's not there yet. Shall I ask?\n\nCheers,\nTom",
    "No.",
  ]);
  expect(style.greetings[0].text).toMatch(/^Hi …/);
  expect(style.greetings[0].share).toBeCloseTo(2 / 3);
  expect(style.closings[0]).toMatchObject({ text: expect.stringMatching(/^Cheers/) });
  expect([style.exclaiming, style.asking, style.contracting].map((share) => Math.round(3 * share))).toEqual([1, 1, 2]);
});
