/** Exports the mixed bases as F32 and in every quantised mix, without and with an importance of columns, for scripts/goldens/quantize.py. Run: npx tsx scripts/goldens/quantize-run.ts FOLDER */
import { join } from "node:path";
import { exportModel, writeImportance } from "../../src/export/index.ts";
import { readLlamaConfig } from "../../src/model/index.ts";
import { mixedImportance, writeMixedBase } from "../fixtures/mixed-base.ts";

const [folder] = process.argv.slice(2);
for (const width of [96, 256] as const) {
  for (const tied of [false, true]) {
    const name = `${width}-${tied ? "tied" : "untied"}`;
    const base = join(folder, `${name}-base`);
    await writeMixedBase(base, { width, tied });
    const metadata = { name: "mixed", systemPrompt: "Reply to this email.", dateString: "26 Jul 2024" };
    const kinds = ["gguf-q8_0", "gguf-q6_k", "gguf-q5_k_m", "gguf-q5_0", "gguf-q4_k_m", "gguf-q4_0"] as const;
    await exportModel({ base, checkpoint: null, out: join(folder, name), formats: ["gguf-f32", ...kinds], metadata });
    const out = join(folder, `${name}-weighed`);
    const importance = mixedImportance(await readLlamaConfig(base));
    await writeImportance(join(out, "importance.gguf"), importance);
    await exportModel({ base, checkpoint: null, out, formats: ["gguf-f32", ...kinds], metadata, importance });
  }
}
