import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { encodeChat } from "./chat.ts";
import { encodeExample, encodePrompt } from "./example.ts";
import { loadTokenizer } from "./tokenizer-files.ts";

const golden = new URL("../../golden/text/", import.meta.url);
const mail = readFileSync(new URL("training-text.txt", golden), "utf8").slice(0, 4000);
const tokenizer = await loadTokenizer(fileURLToPath(golden));
const prompt = { tokenizer, systemPrompt: "Reply to this email.", dateString: "26 Jul 2024", maxTokens: 1024 };
const short = { ...prompt, email: "From: Ann\nSubject: Lunch\n\nNoon?", reply: " Yes, noon works. \n" };

describe("encodeExample", () => {
  it("is the whole conversation, and the loss begins after the prompt", () => {
    const { ids, completionStart, truncated } = encodeExample(short);
    const messages = [
      { role: "system", content: short.systemPrompt },
      { role: "user", content: short.email },
      { role: "assistant", content: short.reply },
    ] as const;
    const { dateString } = prompt;
    expect(ids).toEqual(encodeChat(tokenizer, { messages, dateString, addGenerationPrompt: false }));
    expect(ids.slice(0, completionStart)).toEqual(encodePrompt(short));
    expect(tokenizer.decode(ids.slice(completionStart))).toBe("Yes, noon works.<|eot_id|>");
    expect(truncated).toBe(false);
  });

  it("cuts the mail's tail to fit and never the reply, at every limit", () => {
    const whole = encodeExample({ ...short, email: mail, maxTokens: 5000 });
    expect(whole.truncated).toBe(false);
    for (const maxTokens of [whole.ids.length, whole.ids.length - 1, 400, 200, 150]) {
      const { ids, completionStart, truncated } = encodeExample({ ...short, email: mail, maxTokens });
      expect(truncated).toBe(maxTokens < whole.ids.length);
      expect(ids.length).toBeLessThanOrEqual(maxTokens);
      expect(ids.length).toBeGreaterThan(maxTokens - 40); // a cut between words gives up a few tokens
      expect(tokenizer.decode(ids.slice(completionStart))).toBe("Yes, noon works.<|eot_id|>");
      const kept = tokenizer.decode(ids).split("user<|end_header_id|>\n\n")[1].split("<|eot_id|>")[0];
      expect(mail.startsWith(kept)).toBe(true);
    }
  });

  it("cuts between characters in text without spaces", () => {
    const { ids, truncated } = encodeExample({ ...short, email: "😀".repeat(500), maxTokens: 200 });
    expect(truncated).toBe(true);
    expect(tokenizer.decode(ids)).not.toContain("\ufffd");
  });

  it("reads no more of an endless word than may fit", () => {
    const started = performance.now();
    const { ids, truncated } = encodeExample({ ...short, email: "information".repeat(100_000), maxTokens: 1024 });
    expect(truncated).toBe(true);
    expect(ids.length).toBeGreaterThan(1000);
    expect(performance.now() - started).toBeLessThan(20_000); // 1.1 million letters would take the library 40 s, and be read many times
  });

  it("tells when the reply or the frame leaves no room", () => {
    expect(() => encodeExample({ ...short, reply: mail, maxTokens: 300 })).toThrow(
      /The reply alone takes \d+ of at most 300 tokens/,
    );
    const frame = encodePrompt({ ...short, email: "" }).length;
    const completion = encodeExample(short).ids.length - encodePrompt(short).length;
    const maxTokens = frame + completion;
    expect(() => encodeExample({ ...short, email: mail, maxTokens })).toThrow(
      `No part of the mail fits: ${frame} tokens are left for the prompt, which takes ${frame} without the mail`,
    );
    expect(encodeExample({ ...short, email: mail, maxTokens: maxTokens + 20 }).truncated).toBe(true);
  });
});
