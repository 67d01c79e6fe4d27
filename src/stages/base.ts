/** The base of a recipe, as people have it: a folder, one that ships, a GGUF file, or a name on the hub. */

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseDocument } from "yaml";
import { UserError } from "../errors.ts";
import { openGguf, readJsonFile, readTextFile, writeJsonFile } from "../formats/index.ts";
import { isGgufBase, readGgufPointer, writeGgufBase } from "../model/index.ts";
import type { RunPaths } from "../run.ts";
import { packagePath } from "../shipped.ts";
import { fetchModel } from "../sources/hub/index.ts";
import { writeGgufTokenizer } from "../tokens/index.ts";
import type { Session } from "./session.ts";

/** base.json of a run folder: where a base from the hub came from, and under which licence. */
export interface BaseOrigin {
  readonly name: string;
  /** Null where Hugging Face's own tools have downloaded it, by a revision that is no commit. */
  readonly commit: string | null;
  /** As the model's card says it; null where it is not known here. */
  readonly license: string | null;
  readonly licenseName: string | null;
  readonly licenseLink: string | null;
}

/**
 * The base as a folder on this machine: as named, inside this package (`models/pocket-base`), for a GGUF file the run's `base/`, which
 * holds its configuration and tokenizer and points to the file, or of a name on the hub (`OWNER/NAME`, perhaps `@REVISION`) its downloaded
 * files, which base.json pins for this run. UserError where there is none.
 */
export async function findBase(
  base: string,
  paths: RunPaths,
  session?: Pick<Session, "progress" | "signal">,
): Promise<string> {
  const candidates = [base, packagePath(base)];
  const folder = candidates.find((candidate) => existsSync(join(candidate, "config.json")));
  if (folder !== undefined) return folder;
  const file = candidates.find((candidate) => candidate.endsWith(".gguf") && existsSync(candidate));
  if (file !== undefined) {
    if (await isGgufBase(paths.baseFolder, file)) return paths.baseFolder;
    await writeGgufTokenizer(paths.baseFolder, file);
    await writeGgufBase(paths.baseFolder, file);
    return paths.baseFolder;
  }
  if (isHubName(base)) return fetchBase(base, paths, session);
  throw new UserError(missing(base, "it is no GGUF file, and no folder of that name holds a config.json."));
}

/** base.json, where the run's base came from the hub. */
export async function readOrigin({ baseOrigin }: RunPaths): Promise<BaseOrigin | null> {
  return existsSync(baseOrigin) ? ((await readJsonFile(baseOrigin)) as BaseOrigin) : null; // written below
}

/**
 * The licence of the base in `folder`, which holds for what is made of it too: as the hub said it, as the GGUF file names it
 * (`general.license`), or as the head of its card does (`license:` in README.md or MODEL_CARD.md). Undefined where none says it.
 */
export async function findLicense(folder: string, paths: RunPaths): Promise<string | undefined> {
  const origin = await readOrigin(paths);
  const known = origin?.licenseName ?? origin?.license;
  if (known !== undefined && known !== null) return known;
  const pointer = await readGgufPointer(folder);
  if (pointer !== null) return readGgufLicense(pointer.path);
  for (const name of ["README.md", "MODEL_CARD.md"]) {
    const path = join(folder, name);
    const named = existsSync(path) ? readCardLicense(await readTextFile(path)) : undefined;
    if (named !== undefined) return named;
  }
  return undefined;
}

async function readGgufLicense(path: string): Promise<string | undefined> {
  const { metadata, close } = await openGguf(path);
  await close();
  return asWord(metadata.get("general.license")?.value);
}

/** Of the YAML at the head of a card (Hugging Face's model cards); `license_name` says more than `license: other`. */
function readCardLicense(card: string): string | undefined {
  const head = /^---\n([\s\S]*?)\n---\n/.exec(card)?.[1];
  if (head === undefined) return undefined;
  const fields: unknown = parseDocument(head).toJS();
  if (typeof fields !== "object" || fields === null) return undefined;
  const { license, license_name: name } = fields as Record<string, unknown>;
  return asWord(name) ?? asWord(license);
}

const asWord = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

/** OWNER/NAME with nothing on this machine that could be meant instead. */
export function isHubName(base: string): boolean {
  const name = /^([\w-][\w.-]*)\/[\w.-]+(@[^@]+)?$/.exec(base);
  return name !== null && name[1] !== "models" && !base.endsWith(".gguf") && !existsSync(name[1]) && !existsSync(base);
}

async function fetchBase(
  base: string,
  paths: RunPaths,
  session?: Pick<Session, "progress" | "signal">,
): Promise<string> {
  const known = await readOrigin(paths);
  const fetch = (name: string) =>
    fetchModel({
      name,
      signal: session?.signal,
      onProgress: ({ file, done, total }) =>
        session?.progress.update({ done, total, unit: "bytes", note: `${base}, ${file}` }),
    }).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(
        missing(base, `no folder or GGUF file of that name is here, and of the hub: ${error.message}`),
      );
    });
  let { folder, origin } = await fetch(base);
  const [name] = base.split("@");
  const commit = origin?.commit ?? commitOfSnapshot(folder);
  if (known !== null && known.commit !== null && known.commit !== commit) {
    ({ folder } = await fetch(`${name}@${known.commit}`)); // the name means another commit by now
    return folder;
  }
  if (known !== null) return folder;
  const { license = null, licenseName = null, licenseLink = null } = origin ?? {};
  const written: BaseOrigin = { name, commit, license, licenseName, licenseLink };
  await writeJsonFile(paths.baseOrigin, written);
  session?.progress.line(describeOrigin(written));
  return folder;
}

/** Hugging Face's own tools keep a model under snapshots/COMMIT. */
function commitOfSnapshot(folder: string): string | null {
  return basename(dirname(folder)) === "snapshots" && /^[0-9a-f]{40}$/.test(basename(folder)) ? basename(folder) : null;
}

function describeOrigin({ name, commit, license, licenseName, licenseLink }: BaseOrigin): string {
  const terms = [licenseName ?? license ?? "not known here: see the model's card", licenseLink].filter(
    (part) => part !== null,
  );
  return `base: ${name} at commit ${commit?.slice(0, 12) ?? "unknown"}. Licence: ${terms.join(", ")}. It holds for what is made of it, too.`;
}

function missing(base: string, why: string): string {
  return (
    `The base model ${base} is not there: ${why}\n` +
    `Give a GGUF file of a Llama model, its folder in Hugging Face layout (config.json, model.safetensors, tokenizer.json, tokenizer_config.json), ` +
    `for example --set base=path/to/Llama-3.2-1B-Instruct, its name on the hub, base=HuggingFaceTB/SmolLM2-360M-Instruct, or base=models/pocket-base for the one that ships.`
  );
}
