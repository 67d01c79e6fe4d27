/** The comparison at the end of export, over the base that ships: sound files pass with their figures, a broken one is deleted. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { quietSession } from "../commands/tiny.fixture.ts";
import { type ExportFormat, exportModel, requirePrunable, writePrunedVocabulary } from "../export/index.ts";
import { readJsonl, writeJsonFile } from "../formats/index.ts";
import { recipeSchema } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { packagePath } from "../shipped.ts";
import { loadTokenizer } from "../tokens/index.ts";
import { checkFormats, pickPlain } from "./format-check.ts";
import { withFormat } from "./format-run.ts";
import { scratchFolder } from "./tiny.fixture.ts";

const work = scratchFolder();
afterAll(() => rmSync(work, { recursive: true, force: true }));

it("compares files with the trainer, and deletes one that says something else", { timeout: 300_000 }, async () => {
  const base = fileURLToPath(new URL("../../models/pocket-base", import.meta.url));
  const paths = runPaths(join(work, "run"));
  mkdirSync(paths.folder, { recursive: true });
  const email = (body: string) => ({ from: "Ann", to: ["me"], subject: "Lunch", date: null, body });
  const rows = ["Are you free at noon?", "Can you send me the report by Friday?"].map((body, i) => ({
    ...{ id: `${i}`, threadId: `${i}`, email: email(body), reply: "Hi Ann,\n\nYes, that works for me.\n\nBest" },
  }));
  writeFileSync(paths.replies, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  await writeJsonFile(paths.split, { seed: 1, train: [], validation: [], test: ["0", "1"] });
  const recipe = recipeSchema.parse({ base, export: { benchMails: 2 } });
  const context = { folder: { paths, recipe, close() {} }, session: quietSession() };
  const written = await exportModel({
    ...{
      base,
      checkpoint: null,
      out: paths.exportFolder,
      formats: ["gguf-f16", "gguf-q4_0", "ollama", "onnx-fp16", "onnx-int8", "onnx-int4", "pte-8da8w"],
    },
    metadata: { name: "pocket", ...recipe.student },
  });
  const files = written.map((file) => ({ ...file, path: relative(paths.folder, file.path) }));

  const { parity: found } = await checkFormats(context, { files, checkpoint: null });
  const again = await checkFormats(context, { files, checkpoint: null });
  expect(again.parity).toEqual(found); // its speeds too: nothing was run again
  expect(found).toMatchObject({ mails: 2, greedy: { of: "gguf-f16" } });
  const [f16, q4, ollama, fp16, int8, int4, pte] = found!.formats;
  expect(f16.meanKl).toBeLessThan(0.001);
  expect(q4.meanKl).toBeGreaterThan(f16.meanKl!);
  expect(fp16.meanKl).toBeLessThan(0.001);
  expect(int8.meanKl).toBeLessThan(0.01);
  expect(int4.meanKl).toBeGreaterThan(int8.meanKl!);
  expect(pte).toMatchObject({ tokensPerSecond: null, ranBy: "ONNX Runtime, rounding as ExecuTorch" });
  expect(pte.meanKl).toBeGreaterThan(fp16.meanKl!);
  expect(pte.meanKl).toBeLessThan(0.005);
  expect(readdirSync(paths.exportFolder).filter((name) => name.endsWith(".check"))).toEqual([]); // what it ran from is gone
  expect(found!.formats.map(({ samePrompts }) => samePrompts)).toEqual([2, 2, 2, 2, 2, 2, 2]);
  expect([ollama, fp16].map(({ ranBy }) => ranBy)).toEqual(["llama.cpp", "ONNX Runtime"]);
  for (const { bench } of found!.formats) expect(bench).toMatchObject({ of: 2 });
  expect(fp16.reply).toBe(f16.reply);
  expect(found!.greedy!.trainer / found!.greedy!.tokens).toBeGreaterThan(0.95);

  const broken = join(paths.folder, files[0].path);
  copyFileSync(join(paths.folder, files[1].path), broken);
  await expect(checkFormats(context, { files: files.slice(0, 2), checkpoint: null })).rejects.toThrow(
    /gguf-f16: it lies 0\.\d+ nats from float32, at most 0\.005 were expected\. The file was deleted\./,
  );
  expect(existsSync(broken)).toBe(false);
});

it("follows the replies of the most exact file, whatever order they are named in", () => {
  const pick = (...formats: ExportFormat[]) => pickPlain(formats.map((format) => ({ format })))?.format;
  expect(pick("gguf-q4_0", "gguf-q5_k_m", "adapter")).toBe("gguf-q5_k_m");
  expect(pick("gguf-q4_0", "onnx-int8", "onnx-fp16")).toBe("onnx-fp16");
  expect(pick("pte-8da8w", "adapter-gguf", "merged")).toBeUndefined();
});

it("prunes a vocabulary so that mail of kept tokens has the same tokens, text and reply", {
  timeout: 120_000,
}, async () => {
  const base = packagePath("models", "pocket-base");
  const student = recipeSchema.parse({}).student;
  const metadata = { name: "pruned", ...student };
  const [whole, small] = [join(work, "whole"), join(work, "small")];
  const [plain] = await exportModel({ base, checkpoint: null, out: whole, formats: ["gguf-f16"], metadata });
  const options = {
    student,
    contextTokens: 512,
    replyTokens: 24,
    base,
    baseGguf: null,
    pteTemplates: null,
    pruned: null,
  };
  const email = "From: Ann\nSubject: Lunch\n\nAre you free at noon on Friday?";
  const read = (file: typeof plain, pruned: Parameters<typeof withFormat>[2]["pruned"]) =>
    withFormat(file, "", { ...options, pruned }, async (run) => {
      const prompt = run.encodePrompt(email);
      return { prompt, reply: await run.greedyTokens(prompt, 24, true) };
    });
  const before = (await read(plain, null))!;

  const tokenizer = await loadTokenizer(base);
  const texts: string[] = [];
  for await (const { value } of readJsonl(packagePath("bench", "replies", "items.jsonl")))
    texts.push(...(value as { thread: { body?: string }[] }).thread.flatMap(({ body }) => body ?? []));
  const mine = texts.filter((_, i) => i % 8 === 0);
  const used = new Set([...before.prompt, ...before.reply, ...mine.flatMap((text) => tokenizer.encode(text))]);
  const pruned = await writePrunedVocabulary(join(work, "vocabulary"), { base, used, size: 0 });
  expect(pruned.kept.length).toBeGreaterThan(used.size); // bytes, markers, and what used tokens are merged from
  expect(pruned.kept.length).toBeLessThan(2500);
  const smaller = await loadTokenizer(pruned.folder);
  for (const text of mine) expect(smaller.encode(text).map((id) => pruned.kept[id])).toEqual(tokenizer.encode(text));
  for (const text of [...texts.slice(0, 20), "żółć 你好 🙂\u0000"])
    expect(smaller.decode(smaller.encode(text))).toBe(text);
  expect(smaller.endIds.map((id) => pruned.kept[id])).toEqual([...tokenizer.endIds]);

  const files = await exportModel({
    ...{ base, checkpoint: null, out: small, formats: ["merged", "gguf-f16", "onnx-fp16"] as const, metadata, pruned },
  });
  for (const file of files.slice(1)) expect(await read(file, pruned), file.format).toEqual(before);
  expect(files[1].sizeBytes).toBeLessThan(plain.sizeBytes - 2 * 256 * (3072 - pruned.kept.length));
  expect(files[1].notes).toEqual([`vocabulary of ${pruned.kept.length} tokens`]);
  const again = await writePrunedVocabulary(join(work, "wider"), { base, used, size: 2800 });
  expect(again.kept.length).toBeGreaterThanOrEqual(2700); // the others are written in bytes that no mail had
  expect(() => requirePrunable(["merged", "pte-8da8w"])).toThrow(
    "pte-8da8w cannot be pruned: a .pte is made for one size",
  );
});
