/**
 * Models of the Hugging Face hub by name: `roberta-large`, `HuggingFaceTB/SmolLM2-135M-Instruct`, with `@REVISION` behind it where wanted. A
 * model that Hugging Face's own tools have downloaded is used where it lies.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { cacheFolder } from "./cache.ts";
import type { HubFile } from "./download.ts";
import { fetchFiles, keepPinned, type PinnedRepository, pinRepository } from "./repository.ts";
import { type HubServer, hubServer } from "./server.ts";

/** How far a download is, in bytes of all files. */
export type DownloadProgress = (progress: {
  readonly file: string;
  readonly done: number;
  readonly total: number;
}) => void;

const RETRIES = 5;
const PINNED_FILE = "model.json";
const SMALL_FILES = [
  "config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "vocab.txt",
  "vocab.json",
  "merges.txt",
  "spm.model",
  "generation_config.json",
  "chat_template.jinja",
  "LICENSE",
  "LICENSE.txt",
];

/** The content of PINNED_FILE. */
interface Pinned extends PinnedRepository {
  readonly name: string;
}

/**
 * The folder of a model by its name, downloaded where it is not here yet. Of the repository only configuration, tokenizer, licence and
 * safetensors are fetched. `origin` is null for a model found in the cache of Hugging Face's own tools. Throws UserError for a name that is
 * none, a repository without safetensors, or a hub that refuses.
 */
export async function fetchModel(options: {
  readonly name: string;
  readonly onProgress?: DownloadProgress;
  readonly signal?: AbortSignal;
}): Promise<{ folder: string; origin: (PinnedRepository & { name: string; revision: string }) | null }> {
  const { onProgress, signal } = options;
  const found = /^([\w.-]+(?:\/[\w.-]+)?)(?:@(refs\/pr\/\d+|[^/@]+))?$/.exec(options.name);
  if (!found || options.name.startsWith(".")) {
    throw new UserError(
      `${options.name} is neither a folder that exists nor the name of a model on the hub (NAME or OWNER/NAME, with @REVISION behind it where wanted).`,
    );
  }
  const [, name, revision = "main"] = found;
  const cached = findInHubCache(name, revision);
  if (cached !== null) return { folder: cached, origin: null };

  const place = join(cacheFolder(), "models", name.replace("/", "--"), revision.replaceAll("/", "--"));
  const server = hubServer(signal);
  const pinned = await pinModel({ name, revision, server, path: join(place, PINNED_FILE) });
  const folder = join(place, "files");
  await fetchFiles({
    repository: { kind: "models", name, revision, commit: pinned.commit },
    server,
    files: chooseFiles(pinned),
    folder,
    retries: RETRIES,
    onFile: ({ file, done, total }) => onProgress?.({ file: file.path, done, total }),
  });
  return { folder, origin: { revision, ...pinned } };
}

/** A snapshot that Hugging Face's own tools have made: models--OWNER--NAME/snapshots/COMMIT under the hub's cache. */
function findInHubCache(name: string, revision: string): string | null {
  const { HF_HUB_CACHE, HF_HOME } = process.env;
  const root = HF_HUB_CACHE || join(HF_HOME || join(homedir(), ".cache", "huggingface"), "hub");
  const model = join(root, `models--${name.replace("/", "--")}`);
  const reference = join(model, "refs", revision);
  const commit = existsSync(reference) ? readFileSync(reference, "utf8").trim() : revision;
  const folder = join(model, "snapshots", commit);
  const hasWeights = ["model.safetensors", "model.safetensors.index.json"].some((file) =>
    existsSync(join(folder, file)),
  );
  return hasWeights && existsSync(join(folder, "config.json")) ? folder : null;
}

/** The commit and files behind a name, from `path` where they were settled before. */
async function pinModel(options: { name: string; revision: string; server: HubServer; path: string }): Promise<Pinned> {
  const { name, revision, server, path } = options;
  return keepPinned<Pinned>(
    path,
    (known) => known.name === name,
    async () => {
      const pinned = { name, ...(await pinRepository({ kind: "models", name, revision }, server, RETRIES)) };
      chooseFiles(pinned); // what cannot be used is not pinned
      return pinned;
    },
  );
}

/** What is needed of a model: the small files that are there, and one model.safetensors or all its shards. */
function chooseFiles({ name, files }: Pinned): HubFile[] {
  const single = files.filter(({ path }) => path === "model.safetensors");
  const shards = files.filter(({ path }) => /^model(-\d+-of-\d+\.safetensors|\.safetensors\.index\.json)$/.test(path));
  const weights = single.length > 0 ? single : shards;
  if (weights.length === 0) {
    const other = files.find(({ path }) => /\.(bin|h5|msgpack|ot)$/.test(path));
    throw new UserError(
      `The model ${name} has no model.safetensors${other ? `, only ${other.path}` : ""}. Name a revision that has one (the hub's converter leaves them at ${name}@refs/pr/N), or write the model anew with transformers (save_pretrained) and give that folder.`,
    );
  }
  return [...files.filter(({ path }) => SMALL_FILES.includes(path)), ...weights];
}
