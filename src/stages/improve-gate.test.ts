/** The gate and the lessons of a round, on replies written by hand. */
import { describe, expect, test } from "vitest";
import { addSteering } from "../mail/index.ts";
import { defaultRecipe } from "../recipe.ts";
import { compareQuality, gate } from "./improve-gate.ts";
import { checkMade, lessonsOf, type RankedReply } from "./improve-lessons.ts";
import { evaluatedEmail } from "./tiny.fixture.ts";

const { improve } = defaultRecipe();
const email = evaluatedEmail(3);
const accepted = "Dear Ada, thank you for asking. I will send you report 3 by Friday.";
const made = (reply: string, cutAtLimit = false) => ({ reply, cutAtLimit, accepted, email });

describe("checkMade", () => {
  test("the accepted reply itself is perfect; a loop, an invented figure and a cut cost quality", () => {
    const [whole, loop, invented, cut] = checkMade([
      made(accepted),
      made("Dear Ada, I will send it. I will send it. I will send it. I will send it."),
      made("Dear Ada, thank you for asking. I will send you report 94 by Tuesday."),
      made("Dear Ada, thank you for asking. I will send you", true),
    ]);
    expect(whole).toMatchObject({ quality: 1, faults: 0, repeats: false, unfinished: false });
    expect(whole.grounded).toBe(whole.claims);
    expect(loop.repeats).toBe(true);
    expect(invented.grounded).toBeLessThan(invented.claims);
    expect(cut.unfinished).toBe(true);
    for (const worse of [loop, invented, cut]) expect(worse.quality).toBeLessThan(0.9);
  });

  test("a gap that the accepted reply leaves too is no fault; one that it fills is", () => {
    const [left] = checkMade([{ ...made("I will let you know by [date]."), accepted: "I will tell you by [date]." }]);
    const [missed] = checkMade([made("I will let you know by [date].")]);
    expect([left.faults, missed.faults]).toEqual([0, 1]);
  });

  test("a reply's figures do not depend on its neighbours", () => {
    const texts = [accepted, "Hello.", "Dear Ada, on Friday."].map((text) => made(text));
    const together = checkMade(texts);
    expect(texts.map((text) => checkMade([text])[0])).toEqual(together);
    expect(checkMade([...texts].reverse())).toEqual([...together].reverse());
  });
});

describe("lessonsOf", () => {
  const draft = (text: string, quality: number, more: Partial<RankedReply> = {}): RankedReply => ({
    ...{ text, quality, faults: 0, repeats: false, unfinished: false, claims: 0, grounded: 0, words: 5 },
    ...more,
  });
  const mail = { id: "m", mail: "Hi", accepted };

  test("the best sound draft is preferred to a worse one that is not the very worst", () => {
    // mean 0.6, deviation 0.274: two below is 0.05; the worst (0.2) is left out, so 0.5 is nearest
    const drafts = [draft("worst", 0.2), draft("best", 0.9), draft("low", 0.5), draft("near", 0.8)];
    expect(lessonsOf(mail, drafts, { gap: 0.1 })).toEqual([
      { id: "m", mail: "Hi", kind: "imitate", reply: accepted },
      { id: "m", mail: "Hi", kind: "pair", chosen: "best", rejected: "low" },
    ]);
  });

  test("where no draft is sound the accepted reply is preferred, and repeats are driven away", () => {
    const drafts = [
      draft("a a", 0.4, { faults: 1, repeats: true }),
      draft("b", 0.6, { faults: 1, claims: 2, grounded: 1 }),
    ];
    expect(lessonsOf(mail, drafts, { gap: 0.1 })).toEqual([
      { id: "m", mail: "Hi", kind: "avoid", reply: "a a" },
      { id: "m", mail: "Hi", kind: "pair", chosen: accepted, rejected: "a a" },
    ]);
  });

  test("a draft that does not heed its line is no better than another fault, and what it teaches keeps the line", () => {
    const steering = "decline, say that the budget is not decided yet";
    const told = (reply: string) => ({ ...made(reply), steering });
    const [heeding, deaf] = checkMade([
      told("Unfortunately I have to decline, for the budget is not decided yet."),
      told("Yes, I will gladly do it on Friday."),
    ]);
    expect(heeding.faults).toBe(0);
    expect(deaf.faults).toBeGreaterThanOrEqual(2);
    const asked = addSteering("Hi", steering);
    const lessons = lessonsOf({ ...mail, mail: asked }, [heeding, deaf], { gap: 0.1 });
    expect(lessons.length).toBeGreaterThan(1);
    for (const lesson of lessons) expect(lesson.mail).toBe(asked);
  });

  test("drafts that are alike teach imitation alone; no draft, nothing", () => {
    expect(lessonsOf(mail, [draft("same", 0.9), draft("same", 0.9)], { gap: 0.1 })).toEqual([
      { id: "m", mail: "Hi", kind: "imitate", reply: accepted },
      { id: "m", mail: "Hi", kind: "imitate", reply: "same" },
    ]);
    expect(lessonsOf(mail, [draft("", 0)], { gap: 0.1 })).toEqual([]);
  });
});

describe("gate", () => {
  const reply = (quality: number, more: Partial<RankedReply> = {}): RankedReply => ({
    ...{ text: "", quality, faults: 0, repeats: false, unfinished: false, claims: 10, grounded: 9, words: 20 },
    ...more,
  });
  const many = (of: (i: number) => RankedReply) => Array.from({ length: 10 }, (_, i) => of(i));
  const before = { replies: many((i) => reply(0.5, { repeats: i < 2 })), loss: 1 };
  const better = (i: number) => reply(i < 9 ? 0.6 : 0.4);
  const failed = (after: typeof before) =>
    gate(before, after, compareQuality(before.replies, after.replies), improve).lines.flatMap(({ name, passed }) =>
      passed ? [] : [name],
    );

  test("passes what is better in all, with the interval of its wins", () => {
    const after = { replies: many(better), loss: 1.05 };
    const verdict = gate(before, after, compareQuality(before.replies, after.replies), improve);
    expect(verdict.passed).toBe(true);
    expect(verdict.pairs).toMatchObject({ wins: 9, losses: 1, ties: 0, share: 0.9 });
    expect(verdict.pairs.low).toBeCloseTo(0.5958, 4); // Wilson, 9 of 10
    expect(verdict.pairs.high).toBeCloseTo(0.9821, 4);
  });

  test("takes a judge's word for which reply is better", () => {
    const judged = { by: "a judge", wins: 3, losses: 5, ties: 2 };
    const verdict = gate(before, { replies: many(better), loss: 1 }, judged, improve);
    expect(verdict.lines.flatMap(({ name, passed }) => (passed ? [] : [name]))).toEqual(["better replies"]);
    expect(verdict.pairs).toMatchObject({ ...judged, share: 3 / 8 });
  });

  test.each([
    ["words a reply", many((i) => ({ ...better(i), words: 23 })), 1],
    ["grounded claims", many((i) => ({ ...better(i), grounded: 8 })), 1],
    ["validation loss", many(better), 1.06],
    ["loops and missing ends", many((i) => ({ ...better(i), unfinished: i < 2 })), 1],
    ["better replies", many((i) => reply(i < 7 ? 0.6 : 0.4)), 1], // Wilson, 7 of 10: 0.397 to 0.892
  ])("holds back where the %s does not pass, and says so", (name, replies, loss) => {
    expect(failed({ replies, loss })).toEqual([name]);
  });
});
