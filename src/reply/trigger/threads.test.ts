import { describe, expect, it } from "vitest";
import { createRandom } from "../../random.ts";
import { openTrigger } from "./classifier.ts";
import { triggerFeatures } from "./features.ts";
import { addHistory, learnTrigger, type ThreadMail } from "./threads.ts";

/** Mails of which those that ask are answered nine times of ten, the others once. */
function mailbox(count: number): ThreadMail[] {
  const random = createRandom("trigger mailbox");
  return Array.from({ length: count }, (_, i) => {
    const asks = random.next() < 0.5;
    const text = asks ? `Could you send me the ${i} report, please?` : `The ${i} report is finished and filed.`;
    const mail = {
      text,
      subject: "Report",
      from: { name: "A", address: `a${i % 20}@x.example` },
      date: `2025-01-01T00:${String(i % 60).padStart(2, "0")}`,
    };
    return { id: `${i}`, threadId: `${i}`, answered: random.next() < (asks ? 0.9 : 0.1), mail };
  });
}

describe("a trigger", () => {
  const mails = addHistory(mailbox(800));
  const { model, report } = learnTrigger({ mails, about: "test", seed: 1, rate: 0.5 });

  it("learns what is answered, is calibrated, and lets through the share asked for", () => {
    expect(report.rocAucBeyondRules).toBeGreaterThan(0.85); // the best there is: 0.9 · 0.9 and ties
    expect(report.calibrationError).toBeLessThan(0.1);
    const triggered = Object.values(report.kinds).reduce((sum, kind) => sum + kind.triggered, 0);
    expect(triggered / report.mails).toBeGreaterThan(0.35);
    expect(triggered / report.mails).toBeLessThan(0.65);
  });

  it("is the same each time, and the same when read back from JSON", () => {
    expect(learnTrigger({ mails, about: "test", seed: 1, rate: 0.5 }).model).toEqual(model);
    const read = openTrigger(JSON.parse(JSON.stringify(model)), "trigger.json");
    const [asks, tells] = ["Could you send me the report, please?", "The report is finished and filed."];
    expect(read.score({ text: asks })).toBeGreaterThan(read.score({ text: tells }));
    expect(read.thresholdFor(0.9)).toBeLessThanOrEqual(read.thresholdFor(0.1));
  });

  it("is refused where the file is something else", () => {
    expect(() => openTrigger({}, "trigger.json")).toThrow("trigger.json, format");
    expect(() => openTrigger({ ...model, weights: "AAAA" }, "trigger.json")).toThrow("weights");
  });

  it("knows of a sender only what came before, and of a mail no number", () => {
    const [first, second] = addHistory([
      {
        id: "2",
        threadId: "2",
        answered: false,
        mail: { text: "b", from: { name: "", address: "A@x" }, date: "2025-02-01" },
      },
      {
        id: "1",
        threadId: "1",
        answered: true,
        mail: { text: "a", from: { name: "", address: "a@x" }, date: "2025-01-01" },
      },
    ]);
    expect([first.id, first.mail.sender, second.mail.sender]).toEqual([
      "1",
      { received: 0, answered: 0 },
      { received: 1, answered: 1 },
    ]);
    expect(triggerFeatures({ text: "pay 100 by 3 May" })).toEqual(triggerFeatures({ text: "pay 250 by 9 May" }));
  });

  it("sees a question at the end, above at most three short lines", () => {
    const signs = (text: string) => triggerFeatures({ text }).signs;
    const asks = "Can you come at 5"; // as many words and question marks in all: only the sign of the last question differs
    const [question, statement] = [signs(`${asks}? 12`), signs(`? ${asks}`)];
    expect(question).not.toEqual(statement);
    for (const below of ["\n1\n2\n3", ` ${"\n1".repeat(9)}`, `\n\n${"é".repeat(60)}`, "\nAnn\nLee\n!"])
      expect(signs(`x ${asks}?${below}`)).toContain(question.find((sign) => !statement.includes(sign)));
    for (const below of ["\na\nb\nc\nd", " a", `\n${"é".repeat(61)}`, "\na\nb\n\nc"])
      expect(signs(`x ${asks}?${below}`)).toContain(statement.find((sign) => !question.includes(sign)));
  });
});
