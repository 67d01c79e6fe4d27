/** The comparison at the end of export, over the base that ships: sound files pass with their figures, a broken one is deleted. */
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { quietSession } from "../commands/tiny.fixture.ts";
import { exportModel } from "../export/index.ts";
import { writeJsonFile } from "../formats/index.ts";
import { recipeSchema } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { checkFormats } from "./format-check.ts";
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
      formats: ["gguf-f16", "gguf-q4_0", "ollama", "onnx-fp16", "onnx-int8", "onnx-int4"],
    },
    metadata: { name: "pocket", ...recipe.student },
  });
  const files = written.map((file) => ({ ...file, path: relative(paths.folder, file.path) }));

  const { parity: found } = await checkFormats(context, { files, checkpoint: null });
  const again = await checkFormats(context, { files, checkpoint: null });
  expect(again.parity).toEqual(found); // its speeds too: nothing was run again
  expect(found).toMatchObject({ mails: 2, greedy: { of: "gguf-f16" } });
  const [f16, q4, ollama, fp16, int8, int4] = found!.formats;
  expect(f16.meanKl).toBeLessThan(0.001);
  expect(q4.meanKl).toBeGreaterThan(f16.meanKl!);
  expect(fp16.meanKl).toBeLessThan(0.001);
  expect(int8.meanKl).toBeLessThan(0.01);
  expect(int4.meanKl).toBeGreaterThan(int8.meanKl!);
  expect(found!.formats.map(({ samePrompts }) => samePrompts)).toEqual([2, 2, 2, 2, 2, 2]);
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
