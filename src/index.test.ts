/** The package as a library: every stage of a run without the command line. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  calibrateStage,
  compareStage,
  distillStage,
  evaluateStage,
  exportStage,
  gateStage,
  importStage,
  inRunFolder,
  openReplier,
  planStage,
  runPaths,
  trainStage,
} from "./index.ts";
import { scratchFolder, tinyOverrides, writeMailbox, writeTinyBase } from "./stages/tiny.fixture.ts";

it("takes mail to a model that replies, in silence and without the command line", { timeout: 120_000 }, async () => {
  const scratch = scratchFolder();
  const [mail, base, run] = ["mail.mbox", "base", "run"].map((name) => join(scratch, name));
  await writeTinyBase(base);
  writeMailbox(mail, 28);
  const options = { run, set: tinyOverrides(base) };

  const imported = await inRunFolder(options, {}, (context) => importStage(context, mail), { makes: true });
  expect(imported.kept).toBe(28);
  const { plan } = await planStage(options);
  expect(plan.mails.sampled).toBe(28);
  const distilled = await inRunFolder(options, {}, distillStage);
  expect(distilled.accepted).toBeGreaterThan(20);
  const trained = await inRunFolder(options, {}, trainStage);
  expect(trained.best.validationLoss).toBeLessThan(trained.startLoss);
  const evaluated = await inRunFolder(options, {}, (context) => evaluateStage(context));
  expect(evaluated.systems.student.bleu.signature).toContain("compat:2.6.0");
  expect(evaluated.forgetting).toMatchObject({ instructions: 20, base: { followed: expect.any(Number) } });
  const { files } = await inRunFolder(options, {}, exportStage);
  expect(files.every(({ path }) => existsSync(join(run, path)) || existsSync(path))).toBe(true);

  await expect(compareStage({ runA: run, runB: run })).rejects.toThrow("are the same run folder");
  await expect(gateStage({ file: join(scratch, "none.yaml"), run })).rejects.toThrow("none.yaml");
  await expect(calibrateStage({ labels: join(scratch, "none.jsonl"), run })).rejects.toThrow(
    `npx pocketreply judge --run ${run}`,
  );

  const replier = await openReplier(join(runPaths(run).exportFolder, "model-q8_0.gguf"), { mostContextTokens: 2048 });
  try {
    const email = "From: Dana\nSubject: Lunch\n\nAre you free?";
    const { replyTokens } = await replier.reply({ email, maxTokens: 5, temperature: 0 });
    expect(replyTokens).toBeLessThanOrEqual(5);
  } finally {
    await replier.close();
  }
});
