/** steps.jsonl as the page reads it while training writes. */
import { appendFile, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTrainingLog } from "./training.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pocketreply-training-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("gives what is new, leaves a line under way, and begins anew where the file was replaced", async () => {
  const paths = { steps: join(folder, "steps.jsonl"), trainReport: join(folder, "train.json") };
  const log = openTrainingLog(paths);
  const nothing = await log.read({ version: "", from: 0 });
  expect(nothing).toEqual({ version: "none", from: 0, rows: [], done: false });

  await writeFile(paths.steps, '{"step":0,"epoch":0,"validationLoss":3}\n{"step":1,"epoch":0,"lo');
  const first = await log.read(nothing);
  expect(first.rows).toEqual([{ step: 0, epoch: 0, validationLoss: 3 }]);

  await appendFile(paths.steps, 'ss":2}\n');
  const second = await log.read({ version: first.version, from: 1 });
  expect(second).toMatchObject({ from: 1, rows: [{ step: 1, loss: 2 }] });
  expect((await log.read({ version: first.version, from: 2 })).rows).toEqual([]);

  await writeFile(join(folder, "anew"), '{"step":0,"epoch":0,"validationLoss":3}\n');
  await rename(join(folder, "anew"), paths.steps); // taken up again from a checkpoint
  const anew = await log.read({ version: first.version, from: 2 });
  expect(anew.version).not.toBe(first.version);
  expect(anew).toMatchObject({ from: 0, rows: [{ step: 0 }], done: false });

  await writeFile(paths.trainReport, "{}");
  expect((await log.read({ version: anew.version, from: 1 })).done).toBe(true);
});
