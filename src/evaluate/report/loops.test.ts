import { describe, expect, it } from "vitest";
import { tellLoops } from "./loops.ts";

describe("tellLoops", () => {
  it("tells a run that repeats once, with how often, and leaves the rest letter for letter", () => {
    expect(tellLoops(`Yes, the ${"new ".repeat(110)}plan.`)).toBe("Yes, the new ×110 plan.");
    expect(tellLoops(`I see.\n\n${"and so on ".repeat(5)}`)).toBe("I see.\n\nand so on ×5 ");
    expect(tellLoops("no no no")).toBe("no no no");
    expect(tellLoops("  two\n lines  ")).toBe("  two\n lines  ");
    expect(tellLoops("")).toBe("");
    expect(tellLoops("a a a a b b b b b")).toBe("a ×4 b ×5");
  });

  it("takes no longer for a text of one word", () => {
    const start = process.cpuUsage();
    tellLoops("x ".repeat(20_000));
    tellLoops(Array.from({ length: 20_000 }, (_, i) => `w${i}`).join(" "));
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(1); // seconds; quadratic code takes many
  });
});
