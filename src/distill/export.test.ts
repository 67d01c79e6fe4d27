import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openParquet } from "../formats/index.ts";
import { renderEmail } from "../mail/index.ts";
import { criteria } from "../prompts/index.ts";
import { makeFolder } from "./distill.fixture.ts";
import { datasetRows, writeDatasetRows } from "./export.fixture.ts";
import { datasetFormats, exportDataset } from "./export.ts";

interface GoldenFile {
  readonly sha256: string;
  readonly schema: Readonly<Record<string, string>>;
  readonly rows: readonly Record<string, unknown>[];
}
const golden = JSON.parse(readFileSync(new URL("../../golden/dataset/read.json", import.meta.url), "utf8")) as {
  files: Record<string, GoldenFile>;
};
const systemPrompt = "Reply to this email.";
const ask = (row: { email: Parameters<typeof renderEmail>[0] }) => [
  { role: "system", content: systemPrompt },
  { role: "user", content: renderEmail(row.email) },
];
const said = (content: string) => ({ role: "assistant", content });

async function exportAll(rows = datasetRows) {
  const folder = await makeFolder();
  const paths = await writeDatasetRows(folder, rows);
  const out = join(folder, "out");
  const files = await exportDataset({ paths, out, formats: datasetFormats, systemPrompt });
  return { out, files };
}

describe("the exported dataset", () => {
  it("is byte for byte what pyarrow has read, and pyarrow has read what was meant", async () => {
    const { out } = await exportAll();
    const names = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.(parquet|jsonl)$/.test(name),
    );
    expect(names.sort()).toEqual(Object.keys(golden.files).sort());
    for (const name of names) {
      const bytes = await readFile(join(out, name));
      expect([name, createHash("sha256").update(bytes).digest("hex")]).toEqual([name, golden.files[name].sha256]);
    }
    const { replies, rejected, preferences } = datasetRows;
    const read = (name: string) => golden.files[name].rows;
    const messages = replies.map((row) => ({ messages: [...ask(row), said(row.reply)] }));
    expect(read("openai/replies.jsonl")).toEqual(messages);
    expect(read("axolotl/replies.jsonl")).toEqual(messages);
    expect(read("trl/replies.jsonl")).toEqual(
      replies.map((row) => ({ prompt: ask(row), completion: [said(row.reply)] })),
    );
    expect(read("trl/preferences.jsonl")).toEqual(
      preferences.map((row) => ({ prompt: ask(row), chosen: [said(row.accepted)], rejected: [said(row.rejected)] })),
    );
    expect(read("openai/preferences.jsonl")).toEqual(
      preferences.map((row) => ({
        input: { messages: ask(row) },
        preferred_output: [said(row.accepted)],
        non_preferred_output: [said(row.rejected)],
      })),
    );
    for (const [name, rows] of [
      ["replies", replies],
      ["rejected", rejected],
    ] as const)
      expect(read(`parquet/${name}.parquet`)).toMatchObject(
        rows.map(({ id, threadId, email, reply, attempts, scores, teacher, judge }) => ({
          ...{ id, thread_id: threadId, date: email.date, sender: "Ada", subject: email.subject, body: email.body },
          ...{ email: renderEmail(email), reply, attempts, teacher, judge },
          ...Object.fromEntries(criteria.map((name) => [name, scores ? scores[name] : null])),
        })),
      );
    expect(read("parquet/replies.parquet").map((row) => row.messages)).toEqual(messages.map((row) => row.messages));
    expect(golden.files["parquet/replies.parquet"].schema).toMatchObject({
      attempts: "int64",
      relevance: "double",
      messages: "list<element: struct<role: string, content: string>>",
    });
    expect(read("parquet/preferences.parquet")).toMatchObject([
      {
        chosen: [said("Yes, with pleasure.")],
        rejected: [said("No.")],
        chosen_relevance: 0.95,
        rejected_relevance: 0.3,
      },
    ]);
  });

  it("is read back by our own reader, and written for a run without a single preference as well", async () => {
    const { out, files } = await exportAll({ ...datasetRows, preferences: [] });
    expect(files.map(({ rows }) => rows)).toEqual([7, 2, 0, 7, 0, 7, 0, 7, null]);
    const reader = await openParquet(join(out, "parquet", "preferences.parquet"));
    expect(reader.rowCount).toBe(0);
    await reader.close();
    const replies = await openParquet(join(out, "parquet", "replies.parquet"));
    const rows = [];
    for await (const batch of replies.batches(["id", "reply"])) rows.push(...batch);
    expect(rows).toEqual(datasetRows.replies.map(({ id, reply }) => ({ id, reply })));
    await replies.close();
  });

  it("asks for distill where there is nothing to export", async () => {
    const folder = await makeFolder();
    const at = (name: string) => join(folder, name);
    const paths = {
      replies: at("replies.jsonl"),
      rejected: at("rejected.jsonl"),
      preferences: at("preferences.jsonl"),
    };
    await expect(exportDataset({ paths, out: at("out"), formats: ["trl"], systemPrompt })).rejects.toThrow(
      /replies.jsonl is not there: distill has not finished/,
    );
  });
});
