import { describe, expect, it } from "vitest";
import { splitReply } from "./sentences.ts";

describe("splitReply", () => {
  const count = (text: string) => splitReply(text).sentences.length;

  it("counts neither greeting nor sign-off", () => {
    const mail =
      "Hi Ann,\n\nThanks for the note. I will call at 3 p.m. on Monday, e.g. after lunch. Does that work?\n\nBest regards,\nJane Doe\nSales Lead";
    expect(splitReply(mail)).toEqual({
      greeting: "Hi Ann,",
      sentences: ["Thanks for the note.", "I will call at 3 p.m. on Monday, e.g. after lunch.", "Does that work?"],
      signOff: "Best regards,\nJane Doe\nSales Lead",
    });
    expect(splitReply("Dear Dr. Smith, fine. Best, [Name]")).toEqual({
      greeting: "Dear Dr. Smith,",
      sentences: ["fine."],
      signOff: "Best, [Name]",
    });
    expect(splitReply("See you at 5 p.m.\n\nCheers,\n\nTom").sentences).toEqual(["See you at 5 p.m."]);
  });

  it("does not take a sentence for a sign-off", () => {
    expect(splitReply("Sure. Thanks, I will check tomorrow.").sentences).toEqual([
      "Sure.",
      "Thanks, I will check tomorrow.",
    ]);
    expect(count("Best results come from rest. Yours was late.")).toBe(2);
  });

  it("counts a reply that is only a greeting or a sign-off as one sentence", () => {
    for (const text of ["Thank you!", "Hello!", "Thanks, Bob"]) expect(count(text), text).toBe(1);
  });

  it("knows abbreviations, initials, numbers, ellipses and quotes", () => {
    const cases: [text: string, sentences: number][] = [
      ["We met at 3 p.m. Then we left.", 2],
      ["We met at 3 p.m. on Monday.", 1],
      ["J. Smith came with U.S. officials.", 1],
      ["Mr. Lee and Dr. Wu agree vs. Prof. Ott.", 1],
      ["It costs $3.50 or v2.1 of it.", 1],
      ["Well... maybe. Really?! Yes…", 3],
      ["“Great.” (Yes.) Done.", 3],
      ["ok. see you then", 2],
      ["One line\nwrapped here.\n\nAnother paragraph", 2],
      ["1. First. 2. Second.", 2],
      ["See https://example.org/a.b?c=d. Thanks for that.", 2],
      ["", 0],
      ["...", 0],
    ];
    for (const [text, sentences] of cases) expect(count(text), text).toBe(sentences);
  });
});
