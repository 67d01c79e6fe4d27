/**
 * A repository of the Hugging Face hub, data set or model: its revision pinned to a commit when it is first seen, its licence, and its files
 * with sizes and checksums; and the download of some of them, which goes on where it was cut.
 *
 *   GET /api/KIND/NAME/revision/REVISION           the commit, the licence
 *   GET /api/KIND/NAME/tree/COMMIT?recursive=true  the files: size, SHA-256 (large ones) or git's SHA-1; pages by a Link header
 *   GET [/datasets]/NAME/resolve/COMMIT/PATH       the bytes, by Range
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../errors.ts";
import { readJsonFile, writeJsonFile } from "../../formats/index.ts";
import { downloadFile, type HubFile } from "./download.ts";
import { HubProblem, type HubServer, hubGet, refused } from "./server.ts";

/** A revision of a repository, as it was when first asked for. */
export interface PinnedRepository {
  /** The commit that the revision meant. */
  readonly commit: string;
  /** As the card says it; null where it says nothing. */
  readonly license: string | null;
  readonly licenseName: string | null;
  readonly licenseLink: string | null;
  /** In the order of their paths, which never leave the repository's folder. */
  readonly files: readonly HubFile[];
}

/** Names a repository. */
export interface RepositoryName {
  readonly kind: "datasets" | "models";
  /** `OWNER/NAME`, or of old models `NAME`. */
  readonly name: string;
  readonly revision: string;
}

const MAX_PAGES = 1000;

/** Asks the hub for a revision's commit, licence and files. Throws UserError that says what the hub refused and what to do. */
export async function pinRepository(
  { kind, name, revision }: RepositoryName,
  server: HubServer,
  retries: number,
): Promise<PinnedRepository> {
  const what = `the ${kind === "datasets" ? "data set" : "model"} ${name} (revision ${revision})`;
  const api = `${server.baseUrl}/api/${kind}/${name}`;
  const ask = (url: string) => withRetries(retries, server, () => getJson(server, url, what));
  const { body } = await ask(`${api}/revision/${encodeURIComponent(revision)}`);
  const info = body as { sha?: unknown; cardData?: Record<string, unknown> } | null;
  if (typeof info?.sha !== "string" || !/^[0-9a-f]{40}$/.test(info.sha))
    throw new UserError(`${server.baseUrl} gave no commit for ${name}@${revision}: is HF_ENDPOINT a Hugging Face hub?`);
  const files: HubFile[] = [];
  let next: string | null = `${api}/tree/${info.sha}?recursive=true`;
  for (let page = 0; next !== null && page < MAX_PAGES; page++) {
    const answer: { body: unknown; next: string | null } = await ask(next);
    if (!Array.isArray(answer.body)) throw new UserError(`${server.baseUrl} gave no list of files for ${what}.`);
    for (const entry of answer.body as unknown[]) files.push(...readEntry(entry));
    next = answer.next;
  }
  const word = (key: string) => (typeof info.cardData?.[key] === "string" ? (info.cardData[key] as string) : null);
  return {
    commit: info.sha,
    license: word("license"),
    licenseName: word("license_name"),
    licenseLink: word("license_link"),
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/** What `path` keeps of a repository, where `isSame` says that it is the one; else `pin` is asked and its answer kept there. */
export async function keepPinned<T extends PinnedRepository>(
  path: string,
  isSame: (known: T) => boolean,
  pin: () => Promise<T>,
): Promise<T> {
  if (existsSync(path)) {
    const known = (await readJsonFile(path)) as T | null; // written below
    if (known && isSame(known) && typeof known.commit === "string" && Array.isArray(known.files)) return known;
  }
  const pinned = await pin();
  await writeJsonFile(path, pinned);
  return pinned;
}

/**
 * Brings files of a pinned repository below `folder`, each checked by size and checksum; what is there whole is not asked for again.
 * `onFile` hears the file, its number from 0, and the bytes of all files so far out of `total`.
 */
export async function fetchFiles(options: {
  repository: RepositoryName & Pick<PinnedRepository, "commit">;
  server: HubServer;
  files: readonly HubFile[];
  folder: string;
  retries: number;
  onFile?: (progress: { file: HubFile; index: number; done: number; total: number }) => void;
}): Promise<void> {
  const { repository, server, files, folder, retries, onFile } = options;
  const { kind, name, commit } = repository;
  const base = `${server.baseUrl}/${kind === "datasets" ? "datasets/" : ""}${name}/resolve/${commit}`;
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let before = 0;
  for (const [index, file] of files.entries()) {
    await downloadFile({
      server,
      file,
      retries,
      path: join(folder, file.path),
      url: `${base}/${file.path.split("/").map(encodeURIComponent).join("/")}`,
      onBytes: (bytes) => onFile?.({ file, index, done: before + bytes, total }),
    });
    before += file.sizeBytes;
  }
}

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

async function getJson(server: HubServer, url: string, what: string) {
  const response = await hubGet(server, url, {});
  if (!response.ok) throw refused(response, server, what);
  const link = /<([^<>]{1,2000})>;\s{0,9}rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
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
