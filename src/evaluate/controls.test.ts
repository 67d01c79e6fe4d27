import { describe, expect, it } from "vitest";
import { bestConstantReply, derange, nearestReplies } from "./controls.ts";

describe("bestConstantReply", () => {
  it("is the reply that shares most with the others, the same for one seed", () => {
    const replies = [
      "Thank you for your email, I will get back to you soon.",
      "Thank you for your email, I will call you on Monday.",
      "Thank you for your email, I will get back to Ann on Friday.",
      "No.",
      "Purple elephants dance quietly at night under seven moons of glass.",
    ];
    expect(bestConstantReply(replies, 1)).toMatch(/^Thank you for your email, I will get back/);
    expect(bestConstantReply(replies, 7)).toBe(bestConstantReply(replies, 7));
  });

  it("takes the only reply there is, and no empty one", () => {
    expect(bestConstantReply(["", " Yes. ", "Yes."], 1)).toBe("Yes.");
  });
});

describe("nearestReplies", () => {
  const train = [
    { email: "The invoice of March is not paid", reply: "I will pay it." },
    { email: "The lunch on Friday is at noon", reply: "See you at lunch." },
    { email: "The server is down again", reply: "I will restart it." },
  ];
  const nearest = (emails: string[]) => nearestReplies({ emails, train, fallback: "Thanks." });

  it("copies the reply of the mail with the most telling words in common", () => {
    expect(nearest(["is the invoice paid", "LUNCH at noon?", "server down"]).map(({ reply }) => reply)).toEqual([
      "I will pay it.",
      "See you at lunch.",
      "I will restart it.",
    ]);
  });

  it("has similarity 1 for the same mail, by hand for another, and the fallback where nothing telling is shared", () => {
    expect(nearest([train[0].email])[0].similarity).toBeCloseTo(1, 12);
    // "server" and "x": only "server" is known; "the" and "is" stand in every mail and weigh nothing, so the mail is server, down, again.
    expect(nearest(["the server is x"])[0].similarity).toBeCloseTo(1 / Math.sqrt(3), 12);
    expect(nearest(["the is", "", "zzz"])).toEqual(Array(3).fill({ reply: "Thanks.", similarity: 0 }));
  });
});

describe("derange", () => {
  it("moves every element, keeps all of them, and is the same for one seed", () => {
    for (let size = 2; size < 30; size++) {
      const list = Array.from({ length: size }, (_, i) => i);
      const moved = derange(list, size)!;
      expect(moved.some((value, i) => value === i)).toBe(false);
      expect([...moved].sort((a, b) => a - b)).toEqual(list);
      expect(derange(list, size)).toEqual(moved);
    }
    expect(derange(["a"], 1)).toBeNull();
  });
});
