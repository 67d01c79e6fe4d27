import { describe, expect, it } from "vitest";
import { checkReply } from "./checks.ts";

const email =
  "From: Ann\nSubject: Lunch\n\nWould you have time to meet me and the whole new team for lunch at the usual place on Friday at noon?";
const found = (reply: string, cutAtLimit = false) => checkReply(reply, { email, cutAtLimit }).map(({ check }) => check);

describe("checkReply", () => {
  it("finds nothing in clean replies", () => {
    const clean = [
      "Hi Ann,\n\nFriday at noon works for me. See you at the usual place!\n\nBest regards,\n[Name]",
      "Sounds good 👍🏽",
      "Thanks, that works :)",
      'She said "yes."',
      "{name}, I'd be glad to.",
      "[Name], the file is at https://example.org/x",
      "I need to check with Sam from: sales first. It's a 50/50 chance; user feedback matters.",
    ];
    for (const reply of clean) expect(checkReply(reply, { email }), reply).toEqual([]);
  });

  it("finds each thing that can be wrong, and shows it", () => {
    const cases: [check: string, reply: string, text: string][] = [
      ["empty", " \n ", ""],
      ["empty", "...", "..."],
      ["subject", "Subject: Re: Lunch\n\nYes.", "Subject: Re: Lunch"],
      ["role token", "Yes.<|eot_id|>", "<|eot_id|>"],
      ["role token", "Yes.\nassistant\nNo.", "assistant"],
      ["role token", "[/INST] Yes.", "[/INST]"],
      ["role token", "<think>hm</think> Yes.", "<think>"],
      ["markdown", "**Yes**, I can.", "**Yes**"],
      ["markdown", "I can:\n- Monday\n- Tuesday.", "- Monday"],
      ["markdown", "```\nYes.\n```.", "```"],
      ["json", '{"reply": "Yes."}', '{"reply": "Yes."}'],
      ["json", '{"reply": "Yes.', '{"reply": "Yes.'],
      ["json", "[1, 2]", "[1, 2]"],
      [
        "prompt echo",
        "Would you have time to meet me and the whole new team for lunch at the usual place? Yes.",
        "would you have time to meet me and the whole new team for lunch",
      ],
      ["prompt echo", "Today Date: 26 Jul 2024. Yes.", "Today Date: 26 Jul 2024. Yes."],
      ["unfinished", "I would be glad to come to the", "I would be glad to come to the"],
      ["sentences", "Yes. I can. On Friday. At noon. Or later.", "At noon. Or later."],
      ["repetition", "I will be there and I will be there and I will be there.", "i will be there"],
      ["repetition", "See you on Friday. See you on Friday!", "See you on Friday!"],
    ];
    for (const [check, reply, text] of cases)
      expect(checkReply(reply, { email }), reply).toContainEqual({ check, text });
  });

  it("counts a reply that was cut at the token limit as unfinished, whatever its end", () => {
    expect(found("Yes.", true)).toEqual(["unfinished"]);
    expect(found("Yes.")).toEqual([]);
  });

  it("allows three sentences and finds a fourth", () => {
    expect(found("One here. Two here. Three here.")).toEqual([]);
    expect(found("One here. Two here. Three here. Four here.")).toEqual(["sentences"]);
  });

  it("takes long hostile text in linear time", () => {
    const pieces = [
      "a. ",
      "best ",
      "hi ",
      ".",
      "\n",
      "[",
      "**",
      "😀",
      " ",
      "- ",
      "http://",
      "<|",
      "{",
      "(",
      "thanks, ",
      "p.m. ",
      '"',
    ];
    const start = process.cpuUsage();
    for (const piece of pieces) checkReply(`x ${piece.repeat(20_000)}x`, { email });
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(5); // seconds; quadratic code takes minutes
  });
});
