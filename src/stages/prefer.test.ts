/** `train --method` and `improve` on a small trained run: where its results lie, and every input that it must refuse. */
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import { loadRecipe } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { trainModel } from "../train/index.ts";
import { compareStage } from "./compare.ts";
import { openEdits, readEditLessons } from "./edits.ts";
import { evaluateStage } from "./evaluate.ts";
import { exportStage } from "./export.ts";
import { type ImproveReport, improveStage } from "./improve.ts";
import { findModel } from "./model.ts";
import { type PreferReport, preferStage } from "./prefer.ts";
import { inRunFolder } from "./stage.ts";
import { combine, sweepStage } from "./sweep.ts";
import { evaluatedEmail, scratchFolder, tinyOverrides, writeTinyBase } from "./tiny.fixture.ts";
import { readTrainingRows } from "./training-rows.ts";

const root = scratchFolder();
const trained = join(root, "trained");
const base = join(root, "base");

const pair = (i: number, rejected = `No report ${i}.`) => ({
  ...{ id: `mail-${i}`, threadId: `t${i >> 1}`, email: evaluatedEmail(i), attempt: 1 },
  ...{ accepted: `Dear Ada, thank you, the report ${i} comes on Friday.`, rejected },
});

beforeAll(async () => {
  await writeTinyBase(base);
  const paths = runPaths(trained);
  await mkdir(trained, { recursive: true });
  const recipe = await loadRecipe(undefined, tinyOverrides(base));
  await writeJsonFile(paths.recipe, recipe);
  const all = Array.from({ length: 40 }, (_, i) => i);
  await writeJsonlFile(
    paths.replies,
    all.map((i) => ({ ...pair(i), reply: pair(i).accepted })),
  );
  await writeJsonlFile(paths.rejected, [{ ...pair(41), reply: null }]);
  await writeJsonlFile(
    paths.preferences,
    all.map((i) => pair(i, i === 7 ? pair(i).accepted : undefined)),
  );
  const report = await trainModel({
    recipe,
    ...(await readTrainingRows(paths.replies, { recipe })),
    baseFolder: base,
    paths,
  });
  await writeJsonFile(paths.trainReport, report);
}, 120_000);
afterAll(() => rm(root, { recursive: true, force: true }));

/** A copy of the trained run, for one test to spoil. */
async function copy(name: string): Promise<string> {
  await cp(trained, join(root, name), { recursive: true });
  return join(root, name);
}

function prefer(
  run: string,
  method: "dpo" | "kto" = "dpo",
  overrides: string[] = [],
): Promise<PreferReport & { run: string }> {
  return inRunFolder({ run }, {}, (context) =>
    preferStage(context, { method, overrides: ["prefer.batchSize=4", ...overrides] }),
  );
}

test("goes on from the run's best checkpoint into a run folder of its own, held-out mails and equal sides left out", async () => {
  const run = await copy("whole");
  const before = await readFile(runPaths(run).best, "utf8");
  const report = await prefer(run);
  expect(report.run).toBe(join(run, "dpo"));
  const { lessons } = report;
  const { test: held } = JSON.parse(await readFile(runPaths(run).split, "utf8")) as { test: string[] };
  expect(lessons.ofTest).toBe(held.length);
  expect(lessons.equal).toEqual(held.includes("mail-7") ? [] : ["mail-7"]);
  expect(lessons.train + lessons.validation + lessons.ofTest + lessons.equal.length).toBe(40);
  expect(report.best.validationLoss).toBeLessThan(report.startLoss);
  expect(await readFile(runPaths(run).best, "utf8")).toBe(before);
  const made = runPaths(report.run);
  for (const path of [made.replies, made.split, made.trainReport, made.best, made.steps])
    expect(existsSync(path)).toBe(true);
  expect(await prefer(run)).toEqual(report); // complete: nothing is done again
}, 120_000);

test("kto takes every reply by itself", async () => {
  const run = await copy("kto");
  await writeJsonlFile(
    runPaths(run).preferences,
    [0, 1, 2, 3].map((i) => pair(i)),
  );
  const { lessons } = await prefer(run, "kto");
  expect(lessons.train + lessons.validation + lessons.ofTest).toBeGreaterThanOrEqual(40 + 3);
}, 120_000);

test("learns from what people made of drafts, but for what is private, invented, or of a held-out mail", async () => {
  const run = await copy("edited");
  const paths = runPaths(run);
  const { test: held } = JSON.parse(await readFile(paths.split, "utf8")) as { test: string[] };
  const at = "2026-11-29T10:00:00.000Z";
  const edit = (i: number, kept = `thanks, report ${i} is on its way`) => {
    const { from, to, cc, date, subject, body } = evaluatedEmail(i);
    const mail = { from, to, cc, date, subject, body };
    return { at, mail, line: "", draft: `No report ${i}.`, kept };
  };
  const keep = openEdits(paths);
  const fresh = [101, 102, 103, 104].map((i) => edit(i));
  const heldOut = Number(held[0].slice("mail-".length));
  const odd = [
    edit(105, "write to me at ada.private@home.example then"),
    edit(106, "report 106 is ready, call Theodora Blackwood at 16:45"),
    edit(heldOut),
  ];
  expect(await keep([...fresh, ...odd])).toBe(7);
  expect(await keep([fresh[0], { ...fresh[0], at: "2026-11-30T10:00:00.000Z" }])).toBe(0); // the same words
  await writeFile(paths.edits, `${await readFile(paths.edits, "utf8")}{"at":"20`); // killed in mid-line
  const { lessons, leftOut } = await readEditLessons(paths, [evaluatedEmail(heldOut)]);
  expect(leftOut).toEqual({ private: 1, beyondTheMail: 1 });
  expect(lessons).toHaveLength(5);
  expect(lessons[0]).toMatchObject({ kind: "pair", chosen: fresh[0].kept, rejected: fresh[0].draft });
  await rm(paths.preferences); // edits alone are enough
  const report = await prefer(run);
  expect(report.lessons).toMatchObject({ ofTest: 1, equal: [] });
  expect(report.lessons.train + report.lessons.validation).toBe(4);
  await writeFile(paths.edits, '{"draft":1}\n');
  await expect(readEditLessons(paths, [])).rejects.toThrow(/edits\.jsonl, line 1: no edit/);
}, 120_000);

test("refuses what there is nothing to learn from, or is not the run's", async () => {
  const empty = await copy("empty");
  await writeFile(runPaths(empty).preferences, "");
  await expect(prefer(empty)).rejects.toThrow(
    /no comparisons of replies to learn from: there is none: no draft was ever sent back/,
  );

  const equal = await copy("equal");
  await writeJsonlFile(
    runPaths(equal).preferences,
    [0, 1, 2].map((i) => pair(i, pair(i).accepted)),
  );
  await expect(prefer(equal)).rejects.toThrow(/have two equal sides/);

  const line = await copy("line");
  await writeFile(runPaths(line).preferences, `${JSON.stringify({ ...pair(1), rejected: 3 })}\n`);
  await expect(prefer(line)).rejects.toThrow(/preferences\.jsonl, line 1: no comparison/);

  const gone = await copy("gone");
  await rm(runPaths(gone).preferences);
  await expect(prefer(gone)).rejects.toThrow(/preferences\.jsonl is not there\. Write it anew/);

  const untrained = await copy("untrained");
  await rm(runPaths(untrained).trainReport);
  await expect(prefer(untrained)).rejects.toThrow(/train --method dpo needs the output of train/);
}, 120_000);

test("refuses an adapter of another base, by its weights and by its shape", async () => {
  const swapped = await copy("swapped");
  const report = JSON.parse(await readFile(runPaths(swapped).trainReport, "utf8")) as object;
  await writeJsonFile(runPaths(swapped).trainReport, { ...report, baseDigest: "0".repeat(32) });
  await expect(prefer(swapped)).rejects.toThrow(/was trained over another base than the one in/);

  const shaped = await copy("shaped");
  await expect(prefer(shaped, "dpo", ["train.rank=8"])).rejects.toThrow(
    /holds another adapter than this training has: r is 4, not 8/,
  );
}, 120_000);

test("refuses to mix with a run that was trained anew since", async () => {
  const run = await copy("anew");
  await prefer(run);
  const best = JSON.parse(await readFile(runPaths(run).best, "utf8")) as { validationLoss: number };
  await writeJsonFile(runPaths(run).best, { ...best, validationLoss: best.validationLoss / 2 });
  await expect(prefer(run)).rejects.toThrow(/it was trained anew since\. Delete .*anew.dpo/);
}, 120_000);

describe("improve", () => {
  const improve = (run: string): Promise<ImproveReport> =>
    inRunFolder({ run }, {}, (context) =>
      improveStage(context, {
        method: "dpo",
        overrides: ["prefer.batchSize=4", "improve.mails=6", "improve.drafts=2", "evaluate.maxReplyTokens=12"],
      }),
    );

  test("a model that has learnt nothing drafts nothing sound: rolled back with the figures, and the run is as it was", async () => {
    const run = await copy("improved");
    const paths = runPaths(run);
    const before = await readFile(paths.best, "utf8");
    const report = await improve(run);
    expect(report).toMatchObject({ round: 1, run: join(run, "improved-1"), earlier: null });
    const { validation } = JSON.parse(await readFile(paths.split, "utf8")) as { validation: string[] };
    expect(report.drafts).toMatchObject({ mails: 6 + validation.length, made: 2 * (6 + validation.length) });
    expect(report.lessons.pairs).toBeGreaterThan(0);
    expect(report.gate.lines.map(({ name }) => name)).toEqual([
      ...["words a reply", "grounded claims", "validation loss", "loops and missing ends", "better replies"],
    ]);
    const loss = report.gate.lines.find(({ name }) => name === "validation loss")!;
    expect(loss.before).toBeCloseTo((JSON.parse(before) as { validationLoss: number }).validationLoss, 4);
    expect(report.gate.passed).toBe(false); // cut at 12 tokens, no reply has an end
    expect(await readFile(paths.best, "utf8")).toBe(before);
    expect((await improve(run)).round).toBe(2);
  }, 300_000);

  test("a round that passes the gate takes over: evaluate, export and compare speak of the new model, the old results lie in earlier/", async () => {
    // A model that rambles, and accepted replies of one word: learning that word is better in every line of the gate.
    const run = join(root, "passing");
    const paths = runPaths(run);
    await mkdir(run, { recursive: true });
    const more = [
      "train.rank=16",
      "train.alpha=16",
      "train.epochs=1",
      "train.validationFraction=0.25", // ten mails: the gate asks for more wins than chance gives
      "export.formats=[gguf-f16]",
      "evaluate.format=gguf-f16",
    ];
    const recipe = await loadRecipe(undefined, [...tinyOverrides(base), ...more]);
    await writeJsonFile(paths.recipe, recipe);
    const rows = Array.from({ length: 40 }, (_, i) => ({ ...pair(i), teacher: "rules", reply: "Thanks." }));
    await writeJsonlFile(paths.replies, rows);
    await writeJsonFile(
      paths.trainReport,
      await trainModel({ recipe, ...(await readTrainingRows(paths.replies, { recipe })), baseFolder: base, paths }),
    );
    await inRunFolder({ run }, {}, (context) => evaluateStage(context));
    await inRunFolder({ run }, {}, exportStage);
    const before = JSON.parse(await readFile(paths.best, "utf8")) as { checkpoint: string; validationLoss: number };

    const overrides = [
      ...["prefer.batchSize=4", "prefer.epochs=6", "prefer.learningRate=0.02", "prefer.checkpointEvery=4"],
      ...["improve.mails=24", "improve.drafts=2", "improve.lengthChange=1", "improve.gap=0"],
    ];
    const round = (more: string[] = []) =>
      inRunFolder({ run }, {}, (context) =>
        improveStage(context, { method: "dpo", overrides: [...overrides, ...more] }),
      );
    const report = await round();
    expect(report.gate.passed).toBe(true);
    const best = JSON.parse(await readFile(paths.best, "utf8")) as typeof before;
    expect(best.checkpoint).toBe(join("improved-1", report.best.checkpoint));
    expect(best.validationLoss).toBeLessThan(before.validationLoss);
    expect(existsSync(paths.evaluation) || existsSync(paths.exportReport)).toBe(false);

    // Cut between the decision and the takeover, the next call finishes it and goes on to the next round.
    await writeJsonFile(paths.best, before);
    await writeJsonFile(runPaths(report.run).improveReport, { ...report, earlier: null });
    await expect(round(["prefer.sft=1"])).rejects.toThrow("say improve.sft= in place of prefer.sft=");
    const judge = ["evaluate.judge.baseUrl=builtin", "evaluate.judge.model=builtin-rules"];
    const next = await round(["improve.mails=4", "prefer.epochs=1", ...judge]);
    expect(next).toMatchObject({ round: 2, startedFrom: best });
    const seen = JSON.parse(await readFile(runPaths(next.run).judgeDraftsReport, "utf8")) as { items: number };
    expect(seen.items).toBeGreaterThan(0); // "Thanks." is sound by the checks, and no answer to a question
    expect(next.drafts.sound).toBeLessThan(seen.items);
    expect(next.gate.pairs.by).toContain("built-in rules");

    await inRunFolder({ run }, {}, (context) => evaluateStage(context));
    const exported = await inRunFolder({ run }, {}, exportStage);
    expect(exported.of).toEqual(JSON.parse(await readFile(paths.best, "utf8")));
    expect(existsSync(findModel(paths))).toBe(true);
    const { test: held } = JSON.parse(await readFile(paths.split, "utf8")) as { test: string[] };
    const { comparison } = await compareStage({ runA: report.earlier!, runB: run });
    expect(comparison).toMatchObject({ items: held.length, same: 0 });
    const chrf = comparison.metrics.find(({ name }) => name.startsWith("chrF"))!;
    expect(chrf.b).toBeGreaterThan(chrf.a);
  }, 300_000);
});

describe("train --sweep", () => {
  test("tries every combination once, on the same replies, and ranks them by validation loss", async () => {
    const run = await copy("swept");
    const paths = runPaths(run);
    const emails = { total: 40, duplicates: 0, fromOwner: 0, sampled: 40 };
    await writeJsonFile(paths.distillReport, { rules: {}, emails });
    const settings = ["train.learningRate=1e-9,1e-2", "train.batchSize=8"];
    const sweep = () => inRunFolder({ run }, {}, (context) => sweepStage(context, settings));
    const report = await sweep();
    expect(report.tried.map((one) => one.settings)).toEqual([
      ["train.learningRate=1e-2", "train.batchSize=8"],
      ["train.learningRate=1e-9", "train.batchSize=8"], // too small to change anything
    ]);
    const [best, last] = report.tried;
    expect(best.startLoss).toBe(last.startLoss);
    expect(best.validationLoss).toBeLessThan(last.validationLoss - 0.01);
    expect(last.validationLoss).toBeCloseTo(last.startLoss, 4);
    expect(best.steps).toBe(Math.ceil(report.replies / 16)); // 8, accumulated twice
    expect(await sweep()).toEqual(report); // seconds and all: nothing was trained again
  }, 120_000);

  test("takes settings of the training alone", () => {
    expect(combine(["train.rank=4,8", "train.epochs=1,2"])).toHaveLength(4);
    expect(() => combine(["distill.sample=10,20"])).toThrow(
      '--sweep takes settings of the training, each with its values, such as train.learningRate=1e-4,3e-4; not "distill.sample=10,20".',
    );
    expect(() => combine(["train.learnRate=1"])).toThrow("--sweep takes settings of the training");
    expect(() => combine(["train.rank"])).toThrow("--sweep takes settings of the training");
  });
});
