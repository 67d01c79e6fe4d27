/** What is put to the bench: a GGUF file or an endpoint's model. */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { UserError } from "../errors.ts";
import { explainReadError, hashFile } from "../formats/index.ts";
import { runPaths } from "../run.ts";
import { findModelFiles, type ModelFiles } from "./model.ts";

/** What is put to the bench. */
export type Subject =
  | ({ readonly kind: "gguf"; readonly path: string; readonly id: string; readonly bytes: number } & Pick<
      ModelFiles,
      "adapter"
    >)
  | { readonly kind: "endpoint"; readonly url: string; readonly name: string; readonly id: string };

export async function findSubject({ run, model, adapter, endpoint, name }: BenchOptions): Promise<Subject> {
  if (endpoint !== undefined) {
    if (name === undefined) throw new UserError("--endpoint needs --name, the name of the model there.");
    return { kind: "endpoint", url: endpoint, name, id: `${name} at ${endpoint}` };
  }
  if (model === undefined && run === undefined)
    throw new UserError(
      "Name what is put to the bench: --run FOLDER, --model FILE.gguf, or --endpoint URL --name MODEL.",
    );
  if (run === undefined) return subjectOf({ model: model!, adapter });
  return subjectOf(await findModelFiles(runPaths(run), { model, adapter }));
}

async function subjectOf({ model, adapter }: ModelFiles): Promise<Subject> {
  const files = adapter === undefined ? [model] : [model, adapter];
  const names: string[] = [];
  let bytes = 0;
  for (const path of files) {
    const sha256 = await hashFile(path).catch((error) => {
      throw explainReadError(error, path);
    });
    names.push(`${basename(path)} (SHA-256 ${sha256.slice(0, 12)}…)`);
    bytes += (await stat(path)).size;
  }
  return { kind: "gguf", path: model, adapter, id: names.join(" with "), bytes };
}

/** Options of `bench` as they are typed. */
export interface BenchOptions {
  readonly run?: string;
  readonly model?: string;
  readonly adapter?: string;
  readonly endpoint?: string;
  readonly name?: string;
  readonly items?: string;
  readonly slice?: readonly string[];
  readonly suggestions?: number;
  readonly assistant?: boolean;
  readonly out?: string;
  /** Recipe overrides; of teacher.… what reaches the endpoint. */
  readonly set?: readonly string[];
}
