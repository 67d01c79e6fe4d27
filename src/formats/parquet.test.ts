import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openParquet } from "./parquet.ts";
import { doubleColumn, int64Column, listColumn, stringColumn, structColumn, writeParquet } from "./parquet-write.ts";

const golden = fileURLToPath(new URL("../../golden/parquet/", import.meta.url));
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "parquet-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function readAll(path: string, columns?: readonly string[]) {
  const reader = await openParquet(path);
  const rows: Record<string, unknown>[] = [];
  const sizes: number[] = [];
  try {
    for await (const batch of reader.batches(columns ?? reader.columns)) {
      rows.push(...batch);
      sizes.push(batch.length);
    }
    return { rows, sizes, columns: reader.columns, rowCount: reader.rowCount };
  } finally {
    await reader.close();
  }
}

describe("openParquet", () => {
  const truth = JSON.parse(readFileSync(join(golden, "rows.json"), "utf8")) as { rows: Record<string, unknown>[] };

  it.each(["default", "groups", "delta"])("reads what pyarrow wrote: %s.parquet", async (name) => {
    const flat = Object.keys(truth.rows[0]);
    const { rows, columns, rowCount } = await readAll(join(golden, `${name}.parquet`), flat);
    expect(rows).toEqual(truth.rows);
    expect(columns).toEqual([
      "conversation_id",
      "email",
      "maximum_brevity_summary",
      "summary",
      "distilabel_metadata",
      "model_name",
    ]);
    expect(rowCount).toBe(7);
  });

  it("reads the nested column too, where it is asked for", async () => {
    const { rows } = await readAll(join(golden, "default.parquet"), ["distilabel_metadata"]);
    expect(rows[1].distilabel_metadata).toEqual({
      raw_input_email_summarization_0: [
        { content: "You are an AI assistant designed to summarize emails.", role: "system" },
        { content: truth.rows[1].email, role: "user" },
      ],
      raw_output_email_summarization_0:
        "## Maximum brevity summary\n\nAda answers: 41.\n\n## Summary\n\nAda answers: 41.",
    });
  });

  it("gives back what was written, in batches, whatever the row groups", async () => {
    const rows = Array.from({ length: 10_001 }, (_, i) => ({
      id: BigInt(i % 7),
      text: i % 10 === 0 ? null : `Zeile ${i} é ${"x".repeat(i % 50)}`,
      score: i / 3,
      turns: { list: i % 3 === 0 ? [] : [{ role: "user", content: `${i}` }] },
    }));
    for (const rowGroupRows of [1000, 20_000]) {
      const path = join(folder, `${rowGroupRows}.parquet`);
      await writeParquet(path, {
        columns: [
          [int64Column("id", { nullable: false })],
          [stringColumn("text")],
          [doubleColumn("score")],
          structColumn("turns", [
            listColumn("list", structColumn("turn", [[stringColumn("role")], [stringColumn("content")]])),
          ]),
        ],
        rows,
        rowGroupRows,
        metadata: { source: "here" },
      });
      const read = await readAll(path);
      expect(read.rows).toEqual(rows.map((row) => ({ ...row, id: Number(row.id) })));
      expect(Math.max(...read.sizes)).toBeLessThanOrEqual(4096);
    }
  });

  it("writes and reads a file without rows", async () => {
    const path = join(folder, "empty.parquet");
    await writeParquet(path, { columns: [[stringColumn("body")]], rows: [] });
    expect(await readAll(path)).toEqual({ rows: [], sizes: [], columns: ["body"], rowCount: 0 });
  });

  it("keeps integers that a number cannot hold", async () => {
    const path = join(folder, "large.parquet");
    const big = 2n ** 60n + 1n;
    await writeParquet(path, { columns: [[int64Column("id")]], rows: [{ id: big }, { id: null }, { id: -5n }] });
    expect((await readAll(path)).rows).toEqual([{ id: big }, { id: null }, { id: -5 }]);
  });

  it("says of a file that was cut short, at any place, that it was", async () => {
    const whole = readFileSync(join(golden, "groups.parquet"));
    for (const length of [4, 11, 500, whole.length - 4, whole.length - 1]) {
      const path = join(folder, "cut.parquet");
      writeFileSync(path, whole.subarray(0, length));
      await expect(openParquet(path)).rejects.toThrow(
        /cut\.parquet, byte \d+ \(the end\): expected a footer and "PAR1", got other bytes\. The file was cut short or damaged: fetch it again\./,
      );
    }
    const path = join(folder, "text.parquet");
    writeFileSync(path, "a,b\n1,2\n");
    await expect(openParquet(path)).rejects.toThrow(/text\.parquet, byte 0: .* This is not a Parquet file\./);
  });

  it("names the rows of damaged pages and never gives wrong ones out of bounds", async () => {
    const path = join(folder, "damaged.parquet");
    copyFileSync(join(golden, "groups.parquet"), path);
    const bytes = readFileSync(path);
    bytes.fill(0xff, 30, 400); // pages of the first row group
    writeFileSync(path, bytes);
    await expect(readAll(path, ["email"])).rejects.toThrow(
      /damaged\.parquet, rows 0 to 1: expected sound Parquet pages, got/,
    );
  });

  it("ends with a clear error, or rows, whichever byte of the file is wrong", async () => {
    const whole = readFileSync(join(golden, "default.parquet"));
    const path = join(folder, "flipped.parquet");
    let refused = 0;
    for (let at = 0; at < whole.length; at += 37) {
      const bytes = Buffer.from(whole);
      bytes[at] ^= 0xff;
      writeFileSync(path, bytes);
      await readAll(path, ["email", "conversation_id"]).catch((error: Error) => {
        expect(error.message).toContain(path);
        refused++;
      });
    }
    expect(refused).toBeGreaterThan(5);
    expect(statSync(path).size).toBe(whole.length);
  });
});
