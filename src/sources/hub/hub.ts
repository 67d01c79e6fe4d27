/**
 * Data sets of the Hugging Face hub by name: `hf://datasets/OWNER/NAME[@REVISION][/PATH]`. The revision is pinned to a commit
 * when it is first seen, the list of files with sizes and checksums is kept beside them, and what is cut goes on where it was.
 *
 *   GET /api/datasets/OWNER/NAME/revision/REVISION          the commit, the licence
 *   GET /api/datasets/OWNER/NAME/tree/COMMIT?recursive=true  the files: size, SHA-256 (large ones) or git's SHA-1
 *   GET /datasets/OWNER/NAME/resolve/COMMIT/PATH             the bytes, by Range
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../errors.ts";
import { readJsonFile, writeJsonFile } from "../../formats/index.ts";
import { downloadFile, type HubFile } from "./download.ts";
import { HubProblem, type HubServer, hubGet, hubServer, refused } from "./server.ts";

/** A name on the hub, taken apart. */
export interface HubAddress {
  /** `OWNER/NAME`. */
  readonly dataset: string;
  readonly revision: string;
  /** A file or folder of the data set, "" for all. */
  readonly path: string;
}

/** What was fetched, for the report and for the card of what is made of it. */
export interface HubOrigin {
  readonly kind: "hub";
  readonly dataset: string;
  readonly revision: string;
  /** The commit that the revision meant when it was first asked for. */
  readonly commit: string;
  /** As the data set's card says it; null where it says nothing. */
  readonly license: string | null;
  readonly licenseName: string | null;
  readonly licenseLink: string | null;
  readonly files: readonly HubFile[];
}

/** How far a download is. */
export type FetchProgress = (progress: {
  readonly done: number;
  readonly total: number;
  readonly unit: "bytes" | "messages";
  readonly note: string;
}) => void;

const SCHEME = "hf://";
const TABLES = [".parquet", ".jsonl", ".jsonl.gz", ".csv", ".csv.gz"];

export function isHubAddress(source: string): boolean {
  return source.startsWith(SCHEME);
}

/** Takes `hf://datasets/OWNER/NAME[@REVISION][/PATH]` apart. */
export function parseHubAddress(source: string): HubAddress {
  const found =
    /^hf:\/\/datasets\/(\w[\w.-]*\/\w[\w.-]*)(?:@(refs\/convert\/[\w.-]+|refs\/pr\/\d+|[^/]+))?(?:\/(.*))?$/.exec(
      source,
    );
  if (!found) {
    throw new UserError(
      `${source} is not the address of a data set. It is hf://datasets/OWNER/NAME, with @REVISION and /PATH behind it where wanted, for example hf://datasets/argilla/FinePersonas-Conversations-Email-Summaries.`,
    );
  }
  const [, dataset, revision = "main", path = ""] = found;
  return { dataset, revision: decodeURIComponent(revision), path: decodeURIComponent(path).replace(/\/+$/, "") };
}

/**
 * Brings the tables of a data set into `folder` and gives what they are. What is already there whole is not asked for again; with
 * every file there, nothing is asked at all. Throws UserError that says what to do.
 */
export async function fetchDataset(options: {
  source: string;
  folder: string;
  retries: number;
  signal?: AbortSignal;
  onFetch?: FetchProgress;
}): Promise<{ origin: HubOrigin; folder: string; paths: readonly string[] }> {
  const { source, folder, retries, signal, onFetch } = options;
  const address = parseHubAddress(source);
  const server = hubServer(signal);
  const place = join(folder, address.dataset.replace("/", "--"), address.revision.replaceAll("/", "--"));
  const origin = await pinDataset({ address, server, pin: join(place, "dataset.json"), retries });
  const wanted = chooseFiles(origin, address);
  const total = wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let before = 0;
  for (const file of wanted) {
    const path = join(place, "files", file.path);
    const note = `${wanted.indexOf(file) + 1} of ${wanted.length} files`;
    await downloadFile({
      ...{ server, file, path, retries },
      url: `${server.baseUrl}/datasets/${address.dataset}/resolve/${origin.commit}/${encodePath(file.path)}`,
      onBytes: (bytes) => onFetch?.({ done: before + bytes, total, unit: "bytes", note }),
    });
    before += file.sizeBytes;
  }
  return { origin: { ...origin, files: wanted }, folder: join(place, "files"), paths: wanted.map(({ path }) => path) };
}

/** The commit and files behind a name, from `pin` where they were settled before. */
async function pinDataset(options: {
  address: HubAddress;
  server: HubServer;
  pin: string;
  retries: number;
}): Promise<HubOrigin> {
  const { address, server, pin, retries } = options;
  const { dataset, revision } = address;
  if (existsSync(pin)) {
    const known = (await readJsonFile(pin)) as HubOrigin; // written below; another data set has another folder
    if (known?.dataset === dataset && typeof known.commit === "string" && Array.isArray(known.files)) return known;
  }
  const api = `${server.baseUrl}/api/datasets/${dataset}`;
  const ask = (url: string) => withRetries(retries, server, () => getJson(server, url, address));
  const { body } = await ask(`${api}/revision/${encodeURIComponent(revision)}`);
  const info = body as { sha?: unknown; cardData?: Record<string, unknown> } | null;
  if (typeof info?.sha !== "string" || !/^[0-9a-f]{40}$/.test(info.sha)) {
    throw new UserError(
      `${server.baseUrl} gave no commit for ${dataset}@${revision}: is HF_ENDPOINT a Hugging Face hub?`,
    );
  }
  const files: HubFile[] = [];
  let next: string | null = `${api}/tree/${info.sha}?recursive=true`;
  for (let page = 0; next !== null && page < MAX_PAGES; page++) {
    const answer: { body: unknown; next: string | null } = await ask(next);
    if (!Array.isArray(answer.body)) throw new UserError(`${server.baseUrl} gave no list of files for ${dataset}.`);
    for (const entry of answer.body as unknown[]) files.push(...readEntry(entry));
    next = answer.next;
  }
  const word = (key: string) => (typeof info.cardData?.[key] === "string" ? (info.cardData[key] as string) : null);
  const origin: HubOrigin = {
    ...{ kind: "hub", dataset, revision, commit: info.sha },
    ...{ license: word("license"), licenseName: word("license_name"), licenseLink: word("license_link") },
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
  await writeJsonFile(pin, origin);
  return origin;
}

const MAX_PAGES = 1000;

/** An entry of the tree, where it is a file with a name that stays inside the folder. */
function readEntry(entry: unknown): HubFile[] {
  const { type, path, size, oid, lfs } = (entry ?? {}) as Record<string, unknown>;
  if (type !== "file" || typeof path !== "string" || typeof size !== "number") return [];
  if (path.startsWith("/") || path.includes("\\") || path.split("/").includes("..")) return [];
  const large = lfs as { oid?: unknown; size?: unknown } | undefined;
  const sha256 = typeof large?.oid === "string" ? large.oid.replace(/^sha256:/, "") : null;
  const gitSha1 = sha256 === null && typeof oid === "string" ? oid : null;
  return [{ path, sizeBytes: typeof large?.size === "number" ? large.size : size, sha256, gitSha1 }];
}

/** The tables under the path that was asked for: Parquet where there is any, else JSONL, else CSV. */
function chooseFiles({ files, dataset, commit }: HubOrigin, { path }: HubAddress): HubFile[] {
  const below = files.filter((file) => path === "" || file.path === path || file.path.startsWith(`${path}/`));
  for (const kind of [TABLES.slice(0, 1), TABLES.slice(1, 3), TABLES.slice(3)]) {
    const found = below.filter((file) => kind.some((ending) => file.path.endsWith(ending)));
    if (found.length > 0) return found;
  }
  const shown = files.slice(0, 10).map((file) => file.path);
  throw new UserError(
    `The data set ${dataset} (commit ${commit.slice(0, 8)}) has no Parquet, JSONL or CSV file${path ? ` under ${path}` : ""}. It holds ${shown.join(", ") || "no files"}${files.length > 10 ? ", …" : ""}. A Parquet copy that the hub makes is often at @refs/convert/parquet.`,
  );
}

async function getJson(server: HubServer, url: string, { dataset, revision }: HubAddress) {
  const response = await hubGet(server, url, {});
  if (!response.ok) throw refused(response, server, `the data set ${dataset} (revision ${revision})`);
  const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  const body = (await response.json().catch((error: Error) => {
    throw new HubProblem(`The answer of ${server.baseUrl} is no JSON (${error.message}).`, { isRetryable: true });
  })) as unknown;
  // A page of the same server only: the token must not go elsewhere.
  const next = link === undefined ? null : new URL(link, url);
  return { body, next: next && next.origin === new URL(server.baseUrl).origin ? next.href : null };
}

async function withRetries<T>(retries: number, server: HubServer, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HubProblem) || !error.isRetryable || attempt >= retries) throw error;
      await sleep(error.waitMs(attempt), undefined, { signal: server.signal });
    }
  }
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
