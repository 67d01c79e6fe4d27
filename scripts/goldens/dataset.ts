/** Writes the files that dataset.py reads: npx tsx scripts/goldens/dataset.ts FOLDER */
import { join } from "node:path";
import { writeDatasetRows } from "../../src/distill/export.fixture.ts";
import { exportDataset } from "../../src/distill/export.ts";

const folder = process.argv[2];
const paths = await writeDatasetRows(join(folder, "rows"));
const formats = ["parquet", "openai", "openai-preferences", "trl", "preferences", "axolotl"] as const;
await exportDataset({ paths, out: join(folder, "dataset"), formats, systemPrompt: "Reply to this email." });
