import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compatReadings } from "./compat.ts";

interface Row {
  candidates: string[];
  references: (string | null)[][];
  prompts: string[];
  scores: number[];
}

const [, ...rows] = readFileSync(new URL("../../golden/evaluate/compat.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line)) as [unknown, ...Row[]];

describe("compatReadings", () => {
  it("is what sacreBLEU makes of the same wrong input", () => {
    for (const { scores, ...texts } of rows) {
      const readings = compatReadings(texts);
      readings.slice(0, 4).forEach(({ name, score }, i) => {
        expect(score, `${name} ${JSON.stringify(texts)}`).toBeCloseTo(scores[i], 9);
      });
    }
    expect(rows.length).toBe(30);
  });

  const texts = { candidates: ["Yes, Friday works."], references: [["Yes, Monday works."]] };

  it("says what it is in the signature, and what is missing", () => {
    const readings = compatReadings({
      ...texts,
      prompts: ["Does a day suit you?"],
      teacherForced: ["Yes, Monday works."],
    });
    const parts = [
      "smooth:exp|impl",
      "order:1|impl",
      "level:sentence-mean|impl",
      "text:prompt-included|impl",
      "text:teacher-forced|impl",
    ];
    expect(readings.map(({ signature }, i) => signature!.includes(parts[i]))).toEqual([true, true, true, true, true]);
    expect(readings[4].score).toBeCloseTo(100, 9);
    const [, , , prompt, forced] = compatReadings(texts);
    expect(prompt).toMatchObject({ score: null, signature: null, missing: "the mails that the candidates answer" });
    expect(forced.missing).toContain("which text files of replies do not hold");
    const [, , , , endpoint] = compatReadings({ ...texts, teacherForced: { missing: "probabilities" } });
    expect(endpoint).toMatchObject({ score: null, signature: null, missing: "probabilities" });
  });

  it("leaves out of the teacher-forced reading what the model could not hold", () => {
    const two = { candidates: ["a", "b"], references: [["Yes, Monday works.", "No, not this week."]] };
    const [, , , , forced] = compatReadings({ ...two, teacherForced: [null, "No, not this week."] });
    expect(forced.score).toBeCloseTo(100, 9);
    expect(compatReadings({ ...two, teacherForced: ["x", "No, not this week."] })[4].score).toBeLessThan(90);
  });

  it("lifts a reply whose mail is left in: the mail counts as right", () => {
    const [plain, , , prompt] = compatReadings({
      ...texts,
      prompts: ["Would Friday or Monday suit you for the call?"],
    });
    expect(prompt.score!).toBeGreaterThan(plain.score! + 30);
  });

  it("refuses lists that do not fit", () => {
    expect(() => compatReadings({ ...texts, prompts: [] })).toThrow("1 candidates cannot follow 0 prompts");
    expect(() => compatReadings({ ...texts, teacherForced: ["a", "b"] })).toThrow("2 candidates cannot be compared");
  });
});
