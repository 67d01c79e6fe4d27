import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runPaths } from "../run.ts";
import { readBest } from "./best.ts";
import { scratchFolder } from "./tiny.fixture.ts";

it("best.json that is gone or damaged after training is told with how to have it back", async () => {
  const paths = runPaths(scratchFolder());
  await expect(readBest(paths)).rejects.toThrow(/best\.json does not exist/);
  mkdirSync(join(paths.trainReport, ".."), { recursive: true });
  writeFileSync(paths.trainReport, "{}");
  await expect(readBest(paths)).rejects.toThrow(/is missing or damaged\. Delete .*train\.json and run train again/);
  writeFileSync(paths.best, '{"step": 3, "checkp');
  await expect(readBest(paths)).rejects.toThrow(/is missing or damaged/);
  writeFileSync(paths.best, '{"step": 3, "checkpoint": "checkpoints/step-000003", "validationLoss": 1}');
  expect((await readBest(paths)).step).toBe(3);
});
