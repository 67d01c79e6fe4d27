/** The parts of other packages that are no part of their interface: a new version must have them, or what stands on them must change (docs/upstream.md). */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const llama = dirname(fileURLToPath(import.meta.resolve("node-llama-cpp")));
const read = (path: string) => readFileSync(join(llama, path), "utf8");

describe("node-llama-cpp", () => {
  it.each([
    ["evaluator/LlamaContext/LlamaContext.js", ["_ctx", "_sequenceId"]],
    ["evaluator/LlamaContext/LlamaContext.js", ["initBatch(", "addToBatch(", "decodeBatch(", "sampleToken("]],
    ["evaluator/LlamaContext/LlamaContext.js", ["disposeSequence(", "removeTokenCellsFromSequence("]],
    ["evaluator/LlamaModel/LlamaModel.js", ["_model", "_llama"]],
    ["evaluator/LlamaContext/LlamaSampler.js", ["AddonSampler", "applyConfig("]],
  ])("has in %s the private %j", (path, names) => {
    const text = read(path);
    expect(names.filter((name) => !text.includes(name))).toEqual([]);
  });
});

describe("docs/upstream.md", () => {
  const page = readFileSync(new URL("../docs/upstream.md", import.meta.url), "utf8");
  const sections = [...page.matchAll(/^## (\S+) \(([\d.]+)\)/gm)].map(([, name, version]) => [name, version]);

  it("speaks of every package that is worked round, in the version that is pinned", () => {
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Record<
      "dependencies" | "devDependencies",
      Record<string, string>
    >;
    const pinned = { ...manifest.dependencies, ...manifest.devDependencies };
    expect(sections).toEqual(sections.map(([name]) => [name, pinned[name]]));
    expect(sections.map(([name]) => name).sort()).toEqual([
      "@huggingface/jinja",
      "@huggingface/tokenizers",
      "@wllama/wllama",
      "node-llama-cpp",
      "postal-mime",
    ]);
  });
});
