/** The mails of a run that it was not trained on, with the replies that were accepted for them; and the run's model. */
import type { Reply } from "../src/distill/index.ts";
import { readJsonFile, readJsonl } from "../src/formats/index.ts";
import { runPaths } from "../src/run.ts";
import { findModel } from "../src/stages/index.ts";
import type { Split } from "../src/train/index.ts";

/** The held-out rows of `run` in their order; `model` names another GGUF than the run's. */
export async function readHeldOut(run: string, model?: string): Promise<{ gguf: string; held: Reply[] }> {
  const paths = runPaths(run);
  const { test } = (await readJsonFile(paths.split)) as Split;
  const held: Reply[] = [];
  for await (const { value } of readJsonl(paths.replies)) {
    const row = value as Reply;
    if (test.includes(row.id)) held.push(row);
  }
  return { gguf: model ?? findModel(paths), held };
}
