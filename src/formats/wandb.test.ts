import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { wandbRun } from "../../scripts/fixtures/wandb-run.ts";
import { encodeWandbRun } from "./wandb.ts";

const golden = (name: string) => readFileSync(fileURLToPath(new URL(`../../golden/wandb/${name}`, import.meta.url)));

test("the file is byte for byte the one in which W&B's own reader found every record", () => {
  expect(Buffer.from(encodeWandbRun(wandbRun)).equals(golden("run.wandb"))).toBe(true);
  const read = JSON.parse(golden("read.json").toString()) as Record<string, unknown>;
  expect(read.records).toEqual({ header: 1, run: 1, history: 500, summary: 1, exit: 1, final: 1 });
  const { id, project, displayName, startSeconds, runtimeSeconds, config, history, summary } = wandbRun;
  expect(read.run).toEqual({ id, project, displayName, startSeconds });
  expect(read.config).toEqual({ ...config, long: 70_000 });
  const row = (i: number) => ({ step: history[i].step, ...history[i].values, _step: history[i].step });
  expect(read.history).toEqual([row(0), row(499)]);
  expect(read.summary).toEqual(summary);
  expect(read.exit).toEqual({ exitCode: 0, runtimeSeconds });
});
