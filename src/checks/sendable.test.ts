import { describe, expect, it } from "vitest";
import { createReplyChecker, findDoubledWord, findForeignSubjects, findOddQuote } from "./sendable.ts";

const email =
  "From: Ann Smith\nSubject: Invoice 4711\n\nHello Bob,\ncould you send the report about the spring fair by Friday, 3:30 pm?\nAnn";
const check = createReplyChecker({
  email,
  sender: { name: "Ann Smith", address: "ann@x.example" },
  user: { name: "Bob Jones", address: "bob@y.example" },
  sentAt: "2026-01-05T10:00:00Z", // a Monday: Friday is January 9
  language: "en",
  detect: (text) => (/\bich\b/.test(text) ? "de" : "en"),
});
const faults = (reply: string) => check(reply).faults.map(({ fault }) => fault);

describe("a reply that could be sent as it is", () => {
  it("says what the mail says, whatever the form", () => {
    expect(
      faults(
        "Hello Ann,\n\nYou will have the report about the spring fair by Friday, 15:30.\n\nBest regards,\nBob Jones",
      ),
    ).toEqual([]);
    expect(faults("Hi Ann, the report follows on January 9. That that took so long is my fault.")).toEqual([]);
  });

  it.each([
    ["invented", "Hi Ann, the report follows on Sunday at 9:45."],
    ["invented", "Hi Ann, I have sent report 123 today."],
    ["invented", 'Hi Ann, thank you for your message about "the autumn fair". It follows.'],
    ["wrong person", "Hi Peter, the report follows."],
    ["wrong person", "The report follows.\n\nBest regards,\nAnn"],
    ["repeats", "Hi Ann, the report report follows."],
    ["repeats", "Hi Ann, the report follows. I will call you. The report follows."],
    ["gap left", "Hi Ann, the report follows on [date]."],
    ["wrong language", "Hi Ann, den Bericht schicke ich bis Freitag gerne."],
    ["malformed", "Subject: Re\n\nThe report follows."],
    ["malformed", 'Hi Ann, the "report follows soon.'],
    ["malformed", "  \n"],
  ])("not one with the fault %s: %s", (fault, reply) => {
    expect(faults(reply)).toContain(fault);
  });
});

describe("the rules by themselves", () => {
  it("leave what is doubled in earnest, or in the mail", () => {
    for (const text of [
      "That he had had it",
      "die, die das wollen, und die die gehen",
      "very very good",
      "a ha-ha",
      "It is is-land",
    ])
      expect(findDoubledWord(text, "")).toBeUndefined();
    expect(findDoubledWord("to the the station", "")).toBe("the the");
    expect(findDoubledWord("New New York", "Subject: new new york")).toBeUndefined();
    expect(findDoubledWord("Ja\nja", "")).toBeUndefined();
  });

  it("know a size from a quotation", () => {
    expect(findOddQuote('a 15" screen')).toBeUndefined();
    expect(findOddQuote('see you in "room 9" then')).toBeUndefined();
    expect(findOddQuote("„Hallo“ und «salut»")).toBeUndefined();
    expect(findOddQuote("so “he said")).toBe("“he said");
  });

  it("look quoted subjects up by their words", () => {
    expect(findForeignSubjects("Thanks for your mail about “the SPRING fair”.", email)).toEqual([]);
    expect(findForeignSubjects("Danke für die Nachricht. Betreff: „Rechnung 4711“", email)).toEqual([
      "“Rechnung 4711”",
    ]);
    expect(findForeignSubjects('Press "Save as" twice.', email)).toEqual([]);
  });
});
