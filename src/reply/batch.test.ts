/** The shipped base answering several mails at once: the same words as one by one, in a vocabulary large enough for sequences to disturb each other. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportModel } from "../export/index.ts";
import { generateReplies } from "./generate.ts";

const things = ["report", "invoice", "meeting", "offer", "train", "contract"];
const mails = Array.from({ length: 16 }, (_, i) => ({
  id: `mail-${i}`,
  email: `From: Ann Smith\nSubject: The ${things[i % 6]}\n\nDear Mei,\n\nCould you send me the ${things[(i * 5) % 6]} by ${1 + i} March? I need it for ${2 + ((i * 7) % 9)} people.\n\nThanks,\nAnn`,
}));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pocketreply-batch-"));
  await exportModel({
    base: fileURLToPath(new URL("../../models/pocket-base", import.meta.url)),
    checkpoint: null,
    out: folder,
    formats: ["gguf-q8_0"],
    metadata: { name: "base", systemPrompt: "Repeat this email.", dateString: "26 Jul 2024" },
  });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("sequences of one context", () => {
  it("write what each would write alone, every time", { timeout: 120_000 }, async () => {
    const answer = async (sequences: number) => {
      const replies: string[] = [];
      const gguf = join(folder, "model-q8_0.gguf");
      for await (const { reply } of generateReplies({
        mostContextTokens: 1024,
        gguf,
        mails,
        maxTokens: 48,
        temperature: 0,
        seed: 1,
        sequences,
      }))
        replies.push(reply);
      return replies;
    };
    const alone = await answer(1);
    expect(new Set(alone).size).toBeGreaterThan(8);
    // Samplers that ran at the same time took each other's tokens in most of these replies.
    for (let repeat = 0; repeat < 2; repeat++) expect(await answer(8)).toEqual(alone);
  });
});
