/** The stage export over a run folder made by hand: what one format cannot hold does not cost the others. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runInChild } from "../../scripts/fixtures/child.ts";
import { compiled } from "../../scripts/fixtures/compiled.ts";
import { quietSession } from "../commands/tiny.fixture.ts";
import { estimateExport, requireSpace } from "../export/index.ts";
import { openModelWeights, writeJsonFile, writeSafetensors } from "../formats/index.ts";
import { adapterTensors, PEFT_PREFIX, readLlamaConfig } from "../model/index.ts";
import { createRandom } from "../random.ts";
import { type Recipe, recipeSchema } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { LLAMA3_SPECIAL_TOKENS } from "../tokens/bpe.ts";
import { buildTokenizerConfig, trainBpe } from "../tokens/index.ts";
import { checkBase } from "./base-check.ts";
import { exportBest } from "./export-files.ts";
import { findImportance } from "./importance.ts";

const golden = fileURLToPath(new URL("../../golden/export", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "export-stage-"));
afterAll(() => rmSync(work, { recursive: true }));

/** A copy of the golden base, with its weights changed. */
async function changedBase(name: string, change: (name: string, values: Float32Array) => void): Promise<string> {
  const folder = join(work, name);
  cpSync(join(golden, "base"), folder, { recursive: true });
  const reader = await openModelWeights(join(golden, "base"));
  const tensors = [];
  for (const { name: tensor, shape } of reader.entries.values()) {
    const data = await reader.readFloat32(tensor);
    change(tensor, data);
    tensors.push({ name: tensor, shape, dtype: "F32" as const, data });
  }
  await reader.close();
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  return folder;
}

function contextFor(name: string, base: string, recipe: Record<string, object> = {}) {
  const paths = runPaths(join(work, name));
  mkdirSync(paths.folder, { recursive: true });
  const parsed = recipeSchema.parse({ base, ...recipe });
  return { folder: { paths, recipe: parsed, close() {} }, session: quietSession() };
}

describe("a format that cannot hold a value", () => {
  it("is named with the value, and the formats that can are written all the same", async () => {
    const base = await changedBase("large", (name, values) => {
      if (name === "model.embed_tokens.weight") values[77] = 70_000;
    });
    const context = contextFor("large-run", base);
    const { paths } = context.folder;
    cpSync(join(golden, "checkpoint"), join(paths.checkpoints, "step-1"), { recursive: true });
    await writeJsonFile(paths.best, { step: 1, checkpoint: "checkpoints/step-1", validationLoss: 1 });
    await expect(exportBest(context, ["gguf-f16", "gguf-q8_0"])).rejects.toThrow(
      "gguf-f16: ".concat(join(paths.exportFolder, "model-f16.gguf"), ", tensor token_embd.weight, value 77"),
    );
    expect(existsSync(join(paths.exportFolder, "model-q8_0.gguf"))).toBe(true);
    expect(existsSync(join(paths.exportFolder, "model-f16.gguf"))).toBe(false);
    const before = statSync(join(paths.exportFolder, "model-q8_0.gguf")).mtimeMs;
    const { files } = await exportBest(context, ["gguf-q8_0"]);
    expect(files.map(({ format }) => format)).toEqual(["gguf-q8_0"]);
    expect(statSync(join(paths.exportFolder, "model-q8_0.gguf")).mtimeMs).toBe(before); // not written again
  });
});

describe("room on the disk", () => {
  it("is reckoned from the shapes, and too little is refused before a file is begun", async () => {
    const base = join(golden, "base");
    const estimate = async (...formats: Parameters<typeof estimateExport>[0]["formats"]) =>
      (await estimateExport({ base, checkpoint: join(golden, "checkpoint"), formats })) - 16_000_000 * formats.length;
    expect(await estimate("gguf-f32")).toBe(4 * (await elements(base)));
    expect(await estimate("adapter")).toBe(
      4 * (await elements(join(golden, "checkpoint"), "adapter_model.safetensors")),
    );
    expect(await estimate("gguf-q8_0", "gguf-f32")).toBe((await estimate("gguf-q8_0")) + (await estimate("gguf-f32")));
    await expect(requireSpace(join(work, "nowhere", "export"), 3e9, 1e9)).rejects.toThrow(
      "needs about 3.00 GB, and its disk has 1.00 GB free",
    );
    await expect(requireSpace(join(work, "nowhere", "export"), 1e18)).rejects.toThrow("free");
    await requireSpace(join(work, "nowhere", "export"), 1000);
  });

  async function elements(folder: string, file?: string): Promise<number> {
    const bytes = file === undefined ? undefined : readFileSync(join(folder, file));
    if (bytes !== undefined) {
      const header = JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE(0))));
      delete header.__metadata__;
      return Object.values<{ shape: number[] }>(header).reduce((sum, { shape }) => sum + shape[0] * shape[1], 0);
    }
    const reader = await openModelWeights(folder);
    const sum = [...reader.entries.values()].reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0);
    await reader.close();
    return sum;
  }
});

describe("the base before anything is paid for", () => {
  let base: string;
  beforeAll(async () => {
    base = await changedBase("sound", () => {});
  });
  const refuse = async (message: string, change: (folder: string) => void, recipe: Record<string, object> = {}) => {
    const folder = join(work, "refused");
    rmSync(folder, { recursive: true, force: true });
    cpSync(base, folder, { recursive: true });
    change(folder);
    await expect(checkBase(contextFor("refused-run", folder, recipe))).rejects.toThrow(message);
  };
  const edit = (name: string, from: string | RegExp, to: string) => (folder: string) => {
    const text = readFileSync(join(folder, name), "utf8");
    expect(text).toMatch(from);
    writeFileSync(join(folder, name), text.replace(from, to));
  };

  it("is passed where it can be trained and exported", async () => {
    await checkBase(contextFor("sound-run", base));
  });

  it("is refused where the export would refuse it, or the training", async () => {
    await refuse("is none that is exported to GGUF", edit("tokenizer.json", "(?i:'s|", "(?i:'z|"));
    await refuse("There is no template to make a pte-8da8w", () => {}, { export: { formats: ["pte"] } });
    await refuse('unknown "q_projection"', () => {}, { train: { targets: ["q_projection"] } });
    await refuse("No part of the mail fits", () => {}, { train: { maxTokens: 12 } });
    await refuse("has no chat template", (folder) => {
      const path = join(folder, "tokenizer_config.json");
      const { chat_template: _, ...config } = JSON.parse(readFileSync(path, "utf8"));
      writeFileSync(path, JSON.stringify(config));
    });
    const template = (text: string) => (folder: string) => writeFileSync(join(folder, "chat_template.jinja"), text);
    const turns = (content: string) => `{% for m in messages %}<mail>{{ ${content} }}<|eot_id|>{% endfor %}`;
    await refuse("changes what a system message says", template(turns("m.content | upper")));
    await refuse("it was stopped", template(turns("m.content ~ range(100000000) | join")));
    const poisoned = await changedBase("poisoned", (name, values) => {
      if (name === "model.norm.weight") values[3] = Number.NaN;
    });
    await refuse("model.norm.weight holds NaN at element 3", (folder) =>
      cpSync(join(poisoned, "model.safetensors"), join(folder, "model.safetensors")),
    );
  });

  it("says so where nothing names the end of a reply", async () => {
    await refuse("Nothing says how a reply ends", (folder) => {
      writeFileSync(join(folder, "generation_config.json"), "{}");
      const path = join(folder, "tokenizer_config.json");
      writeFileSync(path, JSON.stringify({ chat_template: "{% for m in messages %}{{ m.content }}\n{% endfor %}" }));
      const tokenizer = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8"));
      tokenizer.added_tokens = tokenizer.added_tokens.filter(
        ({ content }: { content: string }) => content === "<mail>",
      );
      writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
    });
  });
});

describe("an export in every format, killed at ten moments", () => {
  const templates = fileURLToPath(new URL("../../golden/pte/templates", import.meta.url));
  const formats = recipeSchema.shape.export
    .unwrap()
    .shape.formats.unwrap()
    .element.options.filter((format) => format !== "pte"); // one of the two with a kind in its name

  /** A model of the geometry that golden/pte has templates for, with a tokenizer and an adapter. */
  async function writeRun(folder: string): Promise<string> {
    const base = join(folder, "base");
    cpSync(fileURLToPath(new URL("../../golden/pte/a", import.meta.url)), base, { recursive: true });
    const put = (name: string, value: unknown) => writeFileSync(join(base, name), JSON.stringify(value));
    const whole = trainBpe({ texts: [], vocabularySize: 256 + LLAMA3_SPECIAL_TOKENS.length });
    const vocab = Object.fromEntries(Object.entries(whole.model.vocab).filter(([, id]) => id < 150));
    const added_tokens = whole.added_tokens.map((token) => ({ ...token, id: token.id - 106 }));
    put("tokenizer.json", { ...whole, model: { ...whole.model, vocab }, added_tokens });
    put("tokenizer_config.json", buildTokenizerConfig({ maxTokens: 256 }));
    const targets = ["q_proj", "down_proj"];
    const random = createRandom("adapter");
    const tensors = adapterTensors(await readLlamaConfig(base), targets, 2).map(({ name, shape }) => {
      const data = Float32Array.from({ length: shape[0] * shape[1] }, () => 0.1 * random.normal());
      return { name: PEFT_PREFIX + name, shape, dtype: "F32" as const, data };
    });
    const checkpoint = join(folder, "checkpoints", "step-1");
    await writeSafetensors(join(checkpoint, "adapter_model.safetensors"), tensors);
    const settings = { peft_type: "LORA", r: 2, lora_alpha: 2, use_rslora: true, target_modules: targets };
    writeFileSync(join(checkpoint, "adapter_config.json"), JSON.stringify(settings));
    await writeJsonFile(join(folder, "best.json"), { step: 1, checkpoint: "checkpoints/step-1", validationLoss: 1 });
    await writeJsonFile(join(folder, "split.json"), { seed: 1, train: ["a", "b"], validation: [], test: ["c"] });
    const email = { from: "Ann", to: ["me"], subject: "Lunch", date: null, body: "Are you free?" };
    const rows = ["a", "b", "c"].map((id) => ({ id, threadId: id, email, reply: `Yes, ${id}.` }));
    writeFileSync(join(folder, "replies.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return base;
  }

  /** Exports in a process of its own. */
  function exportInChild(folder: string, recipe: Recipe): ReturnType<typeof runInChild> {
    return runInChild(`
      import { exportBest } from ${JSON.stringify(compiled("src/stages/export-files.ts"))};
      import { fillSession } from ${JSON.stringify(compiled("src/stages/session.ts"))};
      import { runPaths } from ${JSON.stringify(compiled("src/run.ts"))};
      const folder = { paths: runPaths(${JSON.stringify(folder)}), recipe: ${JSON.stringify(recipe)}, close() {} };
      await exportBest({ folder, session: fillSession({}) }, folder.recipe.export.formats);`);
  }

  /** Every finished file below the export folder. */
  const finished = (folder: string) =>
    readdirSync(join(folder, "export"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".partial"))
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length))
      .sort();
  const read = (folder: string, file: string) => readFileSync(join(folder, file)).toString("base64");

  it("never has a half file under a final name, and makes only what is missing", { timeout: 240_000 }, async () => {
    const [calm, killed] = [join(work, "calm"), join(work, "killed")];
    const base = await writeRun(calm);
    cpSync(calm, killed, { recursive: true });
    const recipe = recipeSchema.parse({ base, export: { formats, pteTemplates: templates, importanceMails: 2 } });
    expect(await exportInChild(calm, recipe).exit).toBe("0");
    const manifest = "/export/files.json";
    expect(finished(calm)).toContain(manifest);
    expect(finished(calm)).toContain("/export/importance.gguf");
    expect(JSON.parse(readFileSync(join(calm, manifest), "utf8")).files).toContainEqual(
      expect.objectContaining({ format: "gguf-q4_0", notes: ["columns weighed by 2 training mails and replies"] }),
    );
    expect(finished(calm).length).toBeGreaterThan(formats.length);

    const random = createRandom("kill");
    const out = join(killed, "export");
    let whole = new Map<string, number>(); // path of what files.json names → when it was written
    const look = () => {
      for (const file of finished(killed))
        if (file !== manifest) expect(read(killed, file), file).toBe(read(calm, file));
      const named: { path: string }[] = existsSync(join(killed, manifest))
        ? JSON.parse(readFileSync(join(killed, manifest), "utf8")).files
        : [];
      const now = new Map(named.map(({ path }) => [path, statSync(join(killed, path)).mtimeMs]));
      for (const [path, time] of whole) expect([path, now.get(path)]).toEqual([path, time]);
      whole = now;
    };
    for (let kills = 0; kills < 10; ) {
      mkdirSync(out, { recursive: true });
      let left = 1 + random.integer(12); // changes in the folder until the kill
      const child = exportInChild(killed, recipe);
      const watcher = watch(out, { recursive: true }, () => --left === 0 && child.kill());
      const exit = await child.exit;
      watcher.close();
      if (exit === "SIGKILL") kills++;
      look();
      if (exit !== "SIGKILL") {
        expect(exit).toBe("0");
        rmSync(out, { recursive: true }); // it was faster than the kill
        whole.clear();
      }
    }
    expect(await exportInChild(killed, recipe).exit).toBe("0");
    look();
    expect(finished(killed)).toEqual(finished(calm));
    expect(read(killed, manifest)).toBe(read(calm, manifest));

    const checkpoint = join(calm, "checkpoints/step-1");
    const find = (recipe: Recipe) => findImportance({ paths: runPaths(calm), recipe, base, checkpoint });
    expect((await find(recipe))?.texts).toBe(2);
    expect(await find(recipeSchema.parse({ base }))).toBe(null); // a small model's columns are not weighed unasked

    const plain = recipeSchema.parse({ ...recipe, export: { ...recipe.export, importanceMails: 0 } });
    expect(await exportInChild(killed, plain).exit).toBe("0");
    const changed = finished(killed).filter((file) => file !== manifest && read(killed, file) !== read(calm, file));
    expect(changed).toEqual(["q4_0", "q4_k_m", "q5_0", "q5_k_m", "q6_k"].map((kind) => `/export/model-${kind}.gguf`));
  });
});
