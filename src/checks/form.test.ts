import { describe, expect, it } from "vitest";
import { findMemorised, findTrainingRuns, longestSharedRun } from "./copying.ts";
import { measureDiversity } from "./diversity.ts";
import { findPreamble } from "./format.ts";
import { findOddLength } from "./length.ts";
import { findRepetition } from "./repetition.ts";

describe("findPreamble (A1)", () => {
  it("finds words about the reply, and leaves words of the reply", () => {
    const bad = [
      "Here is a draft reply:\n\nHi Ann, yes.",
      "Sure! Here's a polite response you can send:\nHi",
      "Suggested reply: Yes, Friday works.",
      "Hi Ann, yes.\n\nLet me know if you'd like me to adjust the tone.",
      "As an AI language model I cannot attend.",
    ];
    const good = [
      "Here is what I think: Friday works.",
      "Sure, I can do Friday.",
      "Let me know if you'd like to move it.",
      "Your draft reads well.",
      "Here are the two dates that suit me: 3 and 4 May.",
    ];
    for (const reply of bad) expect(findPreamble(reply), reply).toBeDefined();
    for (const reply of good) expect(findPreamble(reply), reply).toBeUndefined();
  });
});

describe("findOddLength (A2)", () => {
  it("bounds by a third of the shortest and three times the longest reference", () => {
    const references = ["one two three four five six", "one two three four five six seven eight nine ten"]; // 2 … 30 words
    const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`).join(" ");
    expect(findOddLength(words(1), references)).toMatch(/^1 words; 2 to 30/);
    for (const count of [2, 10, 30]) expect(findOddLength(words(count), references)).toBeUndefined();
    expect(findOddLength(words(31), references)).toBeDefined();
    expect(findOddLength("x", [])).toBeUndefined();
  });
});

describe("repetition (A3)", () => {
  it("finds loops and twice-said sentences, not a name that recurs", () => {
    expect(findRepetition("we will be there, we will be there, we will be there", [])).toBe("we will be there");
    expect(findRepetition("", ["I agree.", "Yes.", "i agree!"])).toBe("i agree!");
    expect(findRepetition("Anna Weber called. Anna Weber wrote. Anna Weber came.", [])).toBeUndefined();
  });

  it("measures how much one template is used", () => {
    expect(measureDiversity([])).toBeNull();
    const same = measureDiversity([
      "Thank you for your mail.",
      "Thank you for your mail.",
      "Thank you for your mail.",
    ])!;
    expect(same).toMatchObject({ distinct1: 5 / 15, distinct2: 4 / 12, commonest: { count: 3 } });
    expect(same.selfBleu).toBeCloseTo(100, 6);
    const different = measureDiversity(["Friday works for me", "I cannot come on Tuesday", "Please send the file"])!;
    expect(different.selfBleu).toBeLessThan(15);
    expect(different.commonest.count).toBe(1);
  });
});

describe("copying (A4)", () => {
  it("finds the longest shared run", () => {
    expect(longestSharedRun("Yes, the red car is mine.", "Is the red car yours, or the blue one?")).toBe("the red car");
    expect(longestSharedRun("abc", "xyz")).toBe("");
  });

  it("finds thirteen words of a training reply, unless the mail holds them too", async () => {
    const learnt = "thank you so much for thinking of us we would love to join the dinner";
    const index = await findTrainingRuns([`Hi, ${learnt}.`], [learnt, "short"]);
    expect(findMemorised(`Hi, ${learnt}.`, "Dinner?", index)).toBe(
      "thank you so much for thinking of us we would love to join",
    );
    expect(findMemorised(`Hi, ${learnt}.`, `You wrote: ${learnt}`, index)).toBeUndefined();
    expect(findMemorised("thank you so much for thinking of us we would love it", "Dinner?", index)).toBeUndefined();
  });
});
