/** How sure a completion has to be, by what was measured with the run's model. */
import { existsSync } from "node:fs";
import { encodeJson, readJsonFile } from "../formats/index.ts";
import { type AssistantOptions, confidenceFor } from "../reply/index.ts";
import type { RunPaths } from "../run.ts";
import { readBest } from "./best.ts";

/** The threshold for `rate`, where it was measured with the checkpoint that is the best now. Throws FormatError. */
export async function readCompletion(paths: RunPaths, rate: number): Promise<Pick<AssistantOptions, "completeFrom">> {
  if (!existsSync(paths.completion) || !existsSync(paths.best)) return {};
  const value = (await readJsonFile(paths.completion)) as { of?: unknown };
  if (encodeJson(value.of) !== encodeJson(await readBest(paths))) return {};
  return { completeFrom: confidenceFor(value, { rate, path: paths.completion }) };
}
