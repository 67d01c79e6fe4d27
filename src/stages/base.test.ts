import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeGguf } from "../formats/index.ts";
import { runPaths } from "../run.ts";
import { findBase } from "./base.ts";

const work = mkdtempSync(join(tmpdir(), "base-"));
afterAll(() => rmSync(work, { recursive: true }));

describe("findBase", () => {
  it("finds the base that ships from any folder", async () => {
    expect(await findBase("models/pocket-base", runPaths(work))).toMatch(/models[\\/]pocket-base$/);
  });
  it("says where a base must come from when there is none", async () => {
    await expect(findBase("models/nothing-here", runPaths(work))).rejects.toThrow(
      "The base model models/nothing-here is not there",
    );
  });
  it("refuses a GGUF of another architecture by name", async () => {
    const path = join(work, "other.gguf");
    const string = (value: string) => ({ type: "string", value }) as const;
    await writeGguf(path, {
      metadata: new Map([
        ["general.architecture", string("gemma3")],
        ["tokenizer.ggml.model", string("gpt2")],
        ["tokenizer.ggml.pre", string("gpt-2")],
      ]),
      tensors: [{ name: "token_embd.weight", shape: [4, 32], type: "F32", data: new Float32Array(128) }],
    });
    await expect(findBase(path, runPaths(join(work, "run")))).rejects.toThrow('the architecture "gemma3"');
  });
});
