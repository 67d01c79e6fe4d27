import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { mixedImportance, writeMixedBase } from "../../scripts/fixtures/mixed-base.ts";
import { openGguf } from "../formats/index.ts";
import { baseTensors, ggufTensorName, readLlamaConfig } from "../model/index.ts";
import { exportModel } from "./export.ts";
import type { ExportFormat } from "./exported-file.ts";
import { type GgufMix, tensorTypeIn } from "./gguf-mix.ts";

/** By "width-head/kind": each tensor's type and the hash of its bytes, as llama.cpp's own quantiser made them (scripts/goldens/quantize.py). */
const { models } = JSON.parse(readFileSync(new URL("../../golden/export/quantize.json", import.meta.url), "utf8")) as {
  models: Record<string, Record<string, [type: string, sha256: string]>>;
};
const folder = mkdtempSync(join(tmpdir(), "mix-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The base of this width and kind of head, written once. */
async function mixedBase(width: 96 | 256, head: string): Promise<string> {
  const base = join(folder, `${width}-${head}`);
  if (!existsSync(base)) await writeMixedBase(base, { width, tied: head === "tied" });
  return base;
}

describe("a quantised GGUF", () => {
  it.each(Object.keys(models))("%s gives every tensor the type that llama.cpp gives it", async (key) => {
    const [name, kind] = key.split("/");
    const [width, head, isWeighed] = name.split("-");
    const config = await readLlamaConfig(await mixedBase(Number(width) as 96 | 256, head));
    const types = baseTensors(config).map(({ name, shape }) => {
      const tensor = { ...config, name: ggufTensorName(name), shape, isWeighed: isWeighed !== undefined };
      return [tensor.name, tensorTypeIn(kind.toUpperCase() as GgufMix, tensor)];
    });
    const expected = Object.entries(models[key]).map(([tensor, [type]]) => [tensor, type]);
    expect(types.sort()).toEqual(expected.filter(([tensor]) => tensor !== "rope_freqs.weight").sort());
  });

  it.each([
    ["", ""],
    ["with an importance matrix", "-weighed"],
  ])(
    "holds the bytes that llama.cpp writes %s",
    async (_, weighed) => {
      const base = await mixedBase(256, "tied");
      const kinds = ["q6_k", "q5_k_m", "q5_0", "q4_k_m", "q4_0"];
      const formats = kinds.map((kind) => `gguf-${kind}` as ExportFormat);
      const metadata = { name: "mixed", systemPrompt: "Reply to this email.", dateString: "26 Jul 2024" };
      const importance = weighed === "" ? null : mixedImportance(await readLlamaConfig(base));
      const out = join(folder, `out${weighed}`);
      const files = await exportModel({ base, checkpoint: null, out, formats, metadata, importance });
      for (const [index, { path, tensors }] of files.entries()) {
        const expected = models[`256-tied${weighed}/${kinds[index]}`];
        expect(Object.keys(expected).length).toBe(tensors);
        const bytes = readFileSync(path);
        const reader = await openGguf(path);
        for (const { name, type, offset, sizeBytes } of reader.entries.values()) {
          const sha256 = createHash("sha256")
            .update(bytes.subarray(offset, offset + sizeBytes))
            .digest("hex");
          expect([kinds[index], name, type, sha256.slice(0, 16)]).toEqual([kinds[index], name, ...expected[name]]);
        }
        await reader.close();
      }
    },
    60_000,
  );
});
