/** Exports golden/export/base with golden/export/checkpoint, for export.py:  npx tsx scripts/goldens/export-run.ts OUT_FOLDER */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exportModel } from "../../src/export/index.ts";

const golden = fileURLToPath(new URL("../../golden/export", import.meta.url));
const options = JSON.parse(readFileSync(`${golden}/options.json`, "utf8"));
await exportModel({ base: `${golden}/base`, checkpoint: `${golden}/checkpoint`, out: process.argv[2], ...options });
