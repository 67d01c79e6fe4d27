import { describe, expect, test } from "vitest";
import { checkInstructions, instructions } from "./instructions.ts";

describe("the instructions", () => {
  test("there are twenty, each of its own, and its example follows it", () => {
    expect(new Set(instructions.map(({ id }) => id)).size).toBe(20);
    expect(instructions.filter(({ follows, example }) => !follows(example))).toEqual([]);
  });

  test("none is followed by silence, nor by a reply to a mail", () => {
    const reply = "Hi Ann,\n\nThank you for your mail. I will look into it and come back to you.\n\nBest regards,\nTom";
    expect(instructions.filter(({ follows }) => follows(reply) || follows(""))).toEqual([]);
  });

  test("an example follows hardly any other instruction", () => {
    for (const { id, example } of instructions) {
      const others = instructions.filter((one) => one.id !== id && one.id !== "short" && one.follows(example));
      expect(others.map((one) => one.id)).toEqual([]);
    }
  });

  test("what is followed is counted, what is missed named", () => {
    const answers = new Map(instructions.map(({ id, example }) => [id, example]));
    expect(checkInstructions(answers)).toEqual({ followed: 20, missed: [] });
    answers.set("sum", "6").set("json", "not JSON").delete("sky");
    expect(checkInstructions(answers)).toEqual({ followed: 17, missed: ["sum", "sky", "json"] });
  });
});
