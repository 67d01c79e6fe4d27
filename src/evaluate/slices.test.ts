import { describe, expect, it } from "vitest";
import { orderValues, sliceEmail } from "./slices.ts";

const mail = (body: string) => `From: Ann\nSubject: Report\n\n${body}`;
const slice = (body: string, containment = 0) => sliceEmail(mail(body), { containment, language: "en" });

describe("sliceEmail", () => {
  it("counts words with the header lines, to the edge", () => {
    // "From: Ann Subject: Report" are four words
    expect(slice(Array(21).fill("word").join(" ")).length).toBe("0–25 words");
    expect(slice(Array(22).fill("word").join(" ")).length).toBe("26–50 words");
    expect(slice(Array(197).fill("word").join(" ")).length).toBe("over 200 words");
  });

  it("counts asks, and says what was not told", () => {
    expect(slice("The meeting went well.").asks).toBe("0");
    expect(slice("Could you send me the report by Friday?").asks).toBe("1");
    expect(
      slice("Could you send me the report? When does the train leave? Who comes with you? Where do we meet?").asks,
    ).toBe("3 or more");
    expect(sliceEmail(mail("Hi"), { containment: 0.55, language: null })).toMatchObject({
      language: "not told",
      similarity: "50–70 %",
    });
  });

  it("takes hostile and huge text", () => {
    expect(slice(`<script>alert(1)</script> ${"x ".repeat(100_000)}`).length).toBe("over 200 words");
    expect(slice("").asks).toBe("0");
  });
});

describe("orderValues", () => {
  it("puts lengths upwards and names by their mails", () => {
    const lengths = new Map([
      ["over 200 words", 9],
      ["101–200 words", 1],
      ["0–25 words", 2],
    ]);
    expect(orderValues("length", lengths)).toEqual(["0–25 words", "101–200 words", "over 200 words"]);
    expect(
      orderValues(
        "intent",
        new Map([
          ["question", 1],
          ["meeting", 3],
          ["event", 1],
        ]),
      ),
    ).toEqual(["meeting", "event", "question"]);
    expect(
      orderValues(
        "similarity",
        new Map([
          ["70–100 %", 1],
          ["0–10 %", 1],
        ]),
      ),
    ).toEqual(["0–10 %", "70–100 %"]);
  });
});
