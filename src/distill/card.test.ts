import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { promptVersion } from "../prompts/index.ts";
import type { DatasetCard } from "./card.ts";
import { makeEmail, makeRecipe, makeRun, startScripted } from "./distill.fixture.ts";
import { distillEmails } from "./distill.ts";

describe("the dataset card", () => {
  it("is written with the dataset, names everything that it was made of, and no address and no word of a mail", async () => {
    const teacher = await startScripted();
    const run = await makeRun(Array.from({ length: 12 }, (_, i) => makeEmail(i)));
    const folder = dirname(run.emails);
    const importReport = join(folder, "import.json");
    const skipped = { tooShort: { meaning: "too short", count: 4, examples: ["x"] } };
    const origin = {
      kind: "hub",
      dataset: "argilla/FinePersonas-Conversations-Email-Summaries",
      commit: "3695be9",
      license: "other",
      licenseName: "qwen",
      licenseLink: null,
    };
    await writeFile(
      importReport,
      JSON.stringify({ source: "hf://x", kind: "hub", origin, read: 16, kept: 12, skipped }),
    );
    const paths = {
      ...run.paths,
      importReport,
      datasetCard: join(folder, "card.md"),
      datasetCardData: join(folder, "card.json"),
    };
    const base = makeRecipe(teacher.baseUrl);
    const recipe = {
      ...base,
      teacher: { ...base.teacher, price: { input: 1, cachedInput: null, output: 2 } },
      dataset: { ...base.dataset, name: "Twelve mails" },
    };
    const report = await distillEmails({ ...run, paths, recipe });
    const card = JSON.parse(await readFile(paths.datasetCardData, "utf8")) as DatasetCard;
    expect(card).toMatchObject({
      name: "Twelve mails",
      teacher: { model: "builtin-rules" },
      mails: {
        source: "argilla/FinePersonas-Conversations-Email-Summaries@3695be9",
        kept: 12,
        filters: [{ reason: "tooShort", count: 4 }],
      },
      sample: { total: 12, sampled: 12 },
      seed: 7,
      redacted: false,
      prompts: { set: "default", versions: { judge: promptVersion("judge", { set: "default", redacted: false }) } },
      rules: { threshold: 0.8, rule: "mean", refinements: 3 },
      counts: { accepted: report.accepted, rejected: report.rejected, preferences: report.preferences },
      cost: { costUsd: report.costUsd, prices: { teacher: { source: "the recipe" } } },
    });
    expect(card.licences.map(({ licence }) => licence)).toEqual([
      "other, qwen",
      expect.stringContaining("Llama 3.1"),
      "not stated (dataset.teacherTerms): check the model's licence",
    ]);
    const replies = card.files.find(({ name }) => name === "replies.jsonl")!;
    const bytes = await readFile(run.paths.replies);
    expect(replies).toEqual({
      name: "replies.jsonl",
      rows: report.accepted,
      sizeBytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
    const text = await readFile(paths.datasetCard, "utf8");
    for (const part of [
      "# Twelve mails",
      replies.sha256,
      "a mean of 0.8",
      "4 left out, tooShort",
      "by seed 7",
      "US dollars (the recipe)",
    ])
      expect(text).toContain(part);
    expect(text).not.toMatch(/@example\.org|Dear team/);
    // Thrown away, it is made again without a call.
    const asked = teacher.requests.total;
    await writeFile(run.paths.report, "{}");
    await distillEmails({ ...run, paths, recipe });
    expect(teacher.requests.total).toBe(asked);
  });
});
