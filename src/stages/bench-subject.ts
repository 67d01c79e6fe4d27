/** What is put to the bench: a GGUF file or an endpoint's model. */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { UserError } from "../errors.ts";
import { explainReadError, hashFile } from "../formats/index.ts";
import { runPaths } from "../run.ts";
import { findModel } from "./model.ts";

/** What is put to the bench. */
export type Subject =
  | { readonly kind: "gguf"; readonly path: string; readonly id: string; readonly bytes: number }
  | { readonly kind: "endpoint"; readonly url: string; readonly name: string; readonly id: string };

export async function findSubject({ run, model, endpoint, name }: BenchOptions): Promise<Subject> {
  if (endpoint !== undefined) {
    if (name === undefined) throw new UserError("--endpoint needs --name, the name of the model there.");
    return { kind: "endpoint", url: endpoint, name, id: `${name} at ${endpoint}` };
  }
  if (model === undefined && run === undefined)
    throw new UserError(
      "Name what is put to the bench: --run FOLDER, --model FILE.gguf, or --endpoint URL --name MODEL.",
    );
  const path = model ?? findModel(runPaths(run!));
  const sha256 = await hashFile(path).catch((error) => {
    throw explainReadError(error, path);
  });
  const id = `${basename(path)} (SHA-256 ${sha256.slice(0, 12)}…)`;
  return { kind: "gguf", path, id, bytes: (await stat(path)).size };
}

/** Options of `bench` as they are typed. */
export interface BenchOptions {
  readonly run?: string;
  readonly model?: string;
  readonly endpoint?: string;
  readonly name?: string;
  readonly items?: string;
  readonly slice?: readonly string[];
  readonly suggestions?: number;
  readonly assistant?: boolean;
  readonly out?: string;
}
