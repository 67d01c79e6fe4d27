import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createRandom } from "../random.ts";
import { writeCheckpoint } from "./checkpoint.ts";

it("a checkpoint that cannot be written leaves nothing behind: on a full disk every byte is needed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "checkpoint-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const content = {
    specs: [{ name: "w", shape: [2] }],
    weights: new Map([["w", new Float32Array(2)]]),
    moments: new Map([["w", { m: new Float32Array(2), v: new Float32Array(3) }]]), // v does not fit: the second file fails
    state: {
      step: 3,
      order: { random: createRandom(1).state(), epoch: 0, taken: 3 },
      fingerprint: "f",
      best: null,
      validated: true,
      skipped: { total: 0, inARow: 0 },
    },
    adapter: null,
  };
  await expect(writeCheckpoint(folder, content)).rejects.toThrow();
  expect(readdirSync(folder)).toEqual([]);
});
