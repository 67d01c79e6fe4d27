/**
 * Encoders of the Hugging Face hub by name: `roberta-large`, `microsoft/deberta-base`, with `@REVISION` behind it where wanted. A model that
 * Hugging Face's own tools have downloaded is used where it lies. Otherwise the revision is pinned to a commit when it is first seen, and
 * what is cut goes on where it was.
 *
 *   GET /api/models/NAME/revision/REVISION           the commit
 *   GET /api/models/NAME/tree/COMMIT                 the files: size, SHA-256 (large ones) or git's SHA-1
 *   GET /NAME/resolve/COMMIT/PATH                    the bytes, by Range
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { UserError } from "../../errors.ts";
import { readJsonFile, writeJsonFile } from "../../formats/index.ts";
import {
  downloadFile,
  type HubFile,
  HubProblem,
  type HubServer,
  hubGet,
  hubServer,
  refused,
} from "../../sources/hub/index.ts";

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
];

const pinnedSchema = z.object({
  name: z.string(),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  files: z.array(
    z.object({
      path: z.string(),
      sizeBytes: z.number().int().min(0),
      sha256: z.string().nullable(),
      gitSha1: z.string().nullable(),
    }),
  ),
});
type Pinned = z.infer<typeof pinnedSchema>;

const entrySchema = z.object({
  type: z.literal("file"),
  path: z.string().regex(/^[\w.-]+$/), // files at the top; no name can leave the folder
  size: z.number().int().min(0),
  oid: z.string().optional(),
  lfs: z.object({ oid: z.string(), size: z.number().int().min(0) }).optional(),
});

/**
 * The folder of a model by its name, downloaded where it is not here yet. Of the repository only what an encoder needs is fetched:
 * configuration, tokenizer, safetensors. Throws UserError for a name that is none, a repository without safetensors, or a hub that refuses.
 */
export async function fetchEncoder(options: {
  readonly name: string;
  readonly onProgress?: DownloadProgress;
  readonly signal?: AbortSignal;
}): Promise<string> {
  const { onProgress, signal } = options;
  const found = /^([\w.-]+(?:\/[\w.-]+)?)(?:@(refs\/pr\/\d+|[^/@]+))?$/.exec(options.name);
  if (!found || options.name.startsWith(".")) {
    throw new UserError(
      `${options.name} is neither a folder that exists nor the name of a model on the hub (NAME or OWNER/NAME, with @REVISION behind it where wanted).`,
    );
  }
  const [, name, revision = "main"] = found;
  const cached = findInHubCache(name, revision);
  if (cached !== null) return cached;

  const place = join(cacheFolder(), "models", name.replace("/", "--"), revision.replaceAll("/", "--"));
  const server = hubServer(signal);
  const pinned = await pinModel({ name, revision, server, path: join(place, PINNED_FILE) });
  const wanted = chooseFiles(pinned);
  const total = wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const folder = join(place, "files");
  let before = 0;
  for (const file of wanted) {
    await downloadFile({
      server,
      url: `${server.baseUrl}/${name}/resolve/${pinned.commit}/${encodeURIComponent(file.path)}`,
      file,
      path: join(folder, file.path),
      retries: RETRIES,
      onBytes: (bytes) => onProgress?.({ file: file.path, done: before + bytes, total }),
    });
    before += file.sizeBytes;
  }
  return folder;
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

/** Where what can be made again is kept: POCKETREPLY_CACHE, else pocketreply in the user's cache folder. */
export function cacheFolder(): string {
  const { POCKETREPLY_CACHE, XDG_CACHE_HOME } = process.env;
  return POCKETREPLY_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "pocketreply");
}

/** The commit and files behind a name, from `path` where they were settled before. */
async function pinModel(options: { name: string; revision: string; server: HubServer; path: string }): Promise<Pinned> {
  const { name, revision, server, path } = options;
  if (existsSync(path)) {
    const known = pinnedSchema.safeParse(await readJsonFile(path));
    if (known.success && known.data.name === name) return known.data;
  }
  const what = `the model ${name} (revision ${revision})`;
  const api = `${server.baseUrl}/api/models/${name}`;
  const info = z
    .object({ sha: pinnedSchema.shape.commit })
    .safeParse(await ask(`${api}/revision/${encodeURIComponent(revision)}`, server, what));
  if (!info.success)
    throw new UserError(`${server.baseUrl} gave no commit for ${what}: is HF_ENDPOINT a Hugging Face hub?`);
  const commit = info.data.sha;
  const tree = z.array(z.unknown()).safeParse(await ask(`${api}/tree/${commit}`, server, what));
  if (!tree.success) throw new UserError(`${server.baseUrl} gave no list of files for ${what}.`);
  const files = tree.data.flatMap((entry): HubFile[] => {
    const { data } = entrySchema.safeParse(entry); // folders and what lies in them are not needed
    if (data === undefined) return [];
    const { path, size, oid, lfs } = data;
    const sha256 = lfs?.oid.replace(/^sha256:/, "") ?? null;
    return [{ path, sizeBytes: lfs?.size ?? size, sha256, gitSha1: sha256 === null ? (oid ?? null) : null }];
  });
  const pinned: Pinned = { name, commit, files };
  chooseFiles(pinned); // what cannot be used is not pinned
  await writeJsonFile(path, pinned);
  return pinned;
}

/** What an encoder needs: the small files that are there, and one model.safetensors or all its shards. */
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

async function ask(url: string, server: HubServer, what: string): Promise<unknown> {
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await hubGet(server, url, {});
      if (!response.ok) throw refused(response, server, what);
      return await response.json().catch((error: Error) => {
        throw new HubProblem(`The answer of ${server.baseUrl} is no JSON (${error.message}).`, { isRetryable: true });
      });
    } catch (error) {
      if (!(error instanceof HubProblem) || !error.isRetryable || attempt >= RETRIES) throw error;
      await sleep(error.waitMs(attempt), undefined, { signal: server.signal });
    }
  }
}
