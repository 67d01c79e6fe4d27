/** Exports the mixed bases as F32 and in every quantised mix, for scripts/goldens/quantize.py. Run: npx tsx scripts/goldens/quantize-run.ts FOLDER */
import { join } from "node:path";
import { exportModel } from "../../src/export/index.ts";
import { writeMixedBase } from "../fixtures/mixed-base.ts";

const [folder] = process.argv.slice(2);
for (const width of [96, 256] as const) {
  for (const tied of [false, true]) {
    const name = `${width}-${tied ? "tied" : "untied"}`;
    await writeMixedBase(join(folder, `${name}-base`), { width, tied });
    await exportModel({
      ...{ base: join(folder, `${name}-base`), checkpoint: null, out: join(folder, name) },
      formats: ["gguf-f32", "gguf-q8_0", "gguf-q6_k", "gguf-q5_k_m", "gguf-q5_0", "gguf-q4_k_m", "gguf-q4_0"],
      metadata: { name: "mixed", systemPrompt: "Reply to this email.", dateString: "26 Jul 2024" },
    });
  }
}
