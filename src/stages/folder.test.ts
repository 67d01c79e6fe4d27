import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadRecipe } from "../recipe.ts";
import { runPaths, type StageName } from "../run.ts";
import { findRecipe } from "../shipped.ts";
import { openRunFolder } from "./folder.ts";

function newFolder(): string {
  return join(mkdtempSync(join(tmpdir(), "run-")), "run");
}

async function open(folder: string, overrides: string[] = [], recipe?: string) {
  const opened = await openRunFolder({ folder, recipe, overrides, fallback: "pocket", command: "test" });
  opened.close();
  return opened;
}

describe("openRunFolder", () => {
  it("makes a new folder with the fallback recipe, and remembers it", async () => {
    const folder = newFolder();
    const { recipe, paths } = await open(folder, ["train.epochs=9"]);
    expect(recipe).toEqual(await loadRecipe(findRecipe("pocket"), ["train.epochs=9"]));
    expect(JSON.parse(readFileSync(paths.recipe, "utf8"))).toEqual(recipe);
    expect((await open(folder)).recipe).toEqual(recipe);
    expect(existsSync(paths.lock)).toBe(false);
  });

  it("holds the lock until it is closed", async () => {
    const folder = newFolder();
    const first = await openRunFolder({ folder, overrides: [], fallback: "pocket", command: "first" });
    await expect(open(folder)).rejects.toThrow("is in use by process");
    first.close();
    await open(folder);
  });

  it("gives the lock back when the recipe is refused", async () => {
    const folder = newFolder();
    await expect(open(folder, ["train.epoch=1"])).rejects.toThrow("unknown key");
    expect(existsSync(runPaths(folder).lock)).toBe(false);
  });

  it("refuses another recipe: every differing key that shaped a file, and the ways out", async () => {
    const folder = newFolder();
    const { paths } = await open(folder, ["seed=1"]);
    mkdirSync(paths.checkpoints);
    writeFileSync(paths.emails, "");
    const failed = open(folder, ["seed=2", "train.epochs=7", "train.targets=[q_proj]", "evaluate.samples=3"]);
    await expect(failed).rejects.toMatchObject({ name: "UserError" });
    const message = await failed.catch((error: Error) => error.message);
    expect(message).toContain(`The run folder ${folder} was made by another recipe:`);
    expect(message).toContain("  seed: 1 in the folder, 2 now");
    expect(message).toContain("  train.epochs: 3 in the folder, 7 now");
    expect(message).toContain('"up_proj","down_proj"] in the folder, ["q_proj"] now');
    expect(message).not.toContain("evaluate.samples");
    expect(message).toContain("1. go on with the folder's own recipe");
    expect(message).toContain(
      `3. start anew in this one, what is there is kept in its earlier/: npx pocketreply run --from import --mail PATH --run ${folder},`,
    );
    expect((await open(folder)).recipe.seed).toBe(1); // untouched
  });

  it("lets a number change that no file was made of yet, and remembers the new one", async () => {
    const folder = newFolder();
    const { paths } = await open(folder);
    writeFileSync(paths.emails, "");
    writeFileSync(paths.attempts, '{"emailId":"a"}\n');
    await open(folder, ["train.epochs=7", "distill.threshold=0.7", "distill.concurrency=3"]);
    expect((await open(folder)).recipe).toMatchObject({
      train: { epochs: 7 },
      distill: { threshold: 0.7, concurrency: 3 },
    });
    await expect(open(folder, ["distill.temperature=0"])).rejects.toThrow(
      "distill.temperature: 0.7 in the folder, 0 now",
    );
    mkdirSync(paths.checkpoints);
    await expect(open(folder, ["distill.threshold=0.8"])).rejects.toThrow(
      "distill.threshold: 0.7 in the folder, 0.8 now",
    );
    await open(folder, ["distill.concurrency=9"]); // never shapes what is written
  });

  it("lets formats be added to a finished run, which then exports what is missing", async () => {
    const folder = newFolder();
    const { paths } = await open(folder, ["export.formats=[merged]"]);
    mkdirSync(paths.checkpoints);
    mkdirSync(paths.exportFolder);
    writeFileSync(paths.exportReport, "{}");
    await open(folder);
    expect(existsSync(paths.exportReport)).toBe(true);
    await open(folder, ["export.formats=[merged,onnx-int8]", "export.benchMails=2"]);
    expect([existsSync(paths.exportReport), existsSync(paths.exportFolder)]).toEqual([false, true]);
    expect((await open(folder)).recipe.export).toMatchObject({ formats: ["merged", "onnx-int8"], benchMails: 2 });
  });

  it("lets everything change before the first paid call, and has the mail imported anew where that is due", async () => {
    const folder = newFolder();
    const { paths } = await open(folder);
    writeFileSync(paths.emails, "");
    writeFileSync(paths.importReport, "{}");
    writeFileSync(paths.attempts, '{"journal":"pocketreply-attempts","version":1,"settings":{},"at":""}\n');
    await open(folder, ["teacher.model=other", "distill.temperature=0"]);
    expect(existsSync(paths.importReport)).toBe(true);
    await open(folder, ["import.minCharacters=10"]);
    expect(existsSync(paths.importReport)).toBe(false);
    expect((await open(folder)).recipe).toMatchObject({ teacher: { model: "other" }, import: { minCharacters: 10 } });
  });

  it("lets an endpoint move, its key be another and its answers be longer, whatever was paid", async () => {
    const folder = newFolder();
    const { paths } = await open(folder, ["teacher.baseUrl=http://a/v1", "teacher.model=m"]);
    writeFileSync(paths.attempts, '{"emailId":"a"}\n');
    const moved = ["teacher.baseUrl=http://b/v1", "teacher.apiKeyEnv=B", "teacher.headers.x-team=mail"];
    await open(folder, [...moved, "distill.maxReplyTokens=800", "distill.timeoutMs=300000", "distill.concurrency=2"]);
    await expect(open(folder, ["teacher.extraBody.reasoning_effort=low"])).rejects.toThrow(
      /teacher\.extraBody.* in the folder/,
    );
  });

  it("moves what a stage and those after it made aside, finishes a move that was cut, and takes other numbers then", async () => {
    const folder = newFolder();
    const { paths } = await open(folder);
    mkdirSync(paths.checkpoints);
    for (const path of [
      paths.replies,
      paths.attempts,
      paths.split,
      paths.evaluation,
      paths.basePredictions,
      paths.judged,
    ])
      writeFileSync(path, path);
    const from = (stage: StageName, ...overrides: string[]) =>
      openRunFolder({ folder, overrides, fallback: "pocket", command: "test", from: stage }).then((opened) => {
        opened.close();
        return opened;
      });
    const { earlier, recipe } = await from("train", "train.epochs=7");
    expect(recipe.train.epochs).toBe(7);
    expect(earlier).toBe(join(paths.earlier, "run-1"));
    const old = runPaths(earlier!);
    for (const path of [old.checkpoints, old.split, old.evaluation, old.judged, old.replies, old.recipe])
      expect(existsSync(path), path).toBe(true);
    for (const path of [paths.checkpoints, paths.split, paths.evaluation, paths.judged])
      expect(existsSync(path), path).toBe(false);
    expect(JSON.parse(readFileSync(old.recipe, "utf8")).train.epochs).toBe(3);
    // The base is as it was, so its answers stay; the drafts were paid for.
    for (const path of [paths.replies, paths.attempts, paths.basePredictions])
      expect(existsSync(path), path).toBe(true);

    expect((await from("train")).earlier).toBeUndefined(); // nothing is there yet
    expect((await from("train", "base=models/other")).earlier).toBe(join(paths.earlier, "run-2"));
    expect(existsSync(paths.basePredictions)).toBe(false);
    writeFileSync(paths.split, "cut");
    mkdirSync(join(paths.earlier, "run-3"));
    writeFileSync(join(paths.earlier, "run-3", "moving.json"), '["steps.jsonl", "split.json"]');
    await open(folder);
    expect(existsSync(paths.split)).toBe(false);
    expect(readFileSync(join(paths.earlier, "run-3", "split.json"), "utf8")).toBe("cut");
    expect(existsSync(join(paths.earlier, "run-3", "moving.json"))).toBe(false);
  });

  it("takes the folder's own recipe file as the same recipe", async () => {
    const folder = newFolder();
    const { paths } = await open(folder, ["train.rank=4"]);
    mkdirSync(paths.checkpoints);
    expect((await open(folder, [], paths.recipe)).recipe.train.rank).toBe(4);
    await expect(open(folder, [], "paper")).rejects.toThrow("train.rank: 4 in the folder, 16 now");
  });

  it("refuses a folder that holds something else, and a file", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, "thesis.txt"), "");
    await expect(open(folder)).rejects.toThrow(
      `${folder} is not a run folder: it holds thesis.txt but no recipe.json.`,
    );
    await expect(open(join(folder, "thesis.txt"))).rejects.toThrow("is a file, not a folder");
    await expect(open(join(folder, "thesis.txt", "below"))).rejects.toThrow("is a file, not a folder");
    expect(existsSync(join(folder, "lock.json"))).toBe(false);
  });

  it("explains a recipe.json that was damaged by hand", async () => {
    const folder = newFolder();
    const { paths } = await open(folder);
    writeFileSync(paths.recipe, '{"seed": "x"}');
    await expect(open(folder)).rejects.toThrow("seed: Invalid input: expected number");
  });
});
