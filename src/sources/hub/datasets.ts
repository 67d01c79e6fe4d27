/** Data sets of the Hugging Face hub by name: `hf://datasets/OWNER/NAME[@REVISION][/PATH]`, tables brought into a folder. */
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import type { HubFile } from "./download.ts";
import { fetchFiles, keepPinned, type PinnedRepository, pinRepository } from "./repository.ts";
import { type HubServer, hubServer } from "./server.ts";

/** A name on the hub, taken apart. */
export interface HubAddress {
  /** `OWNER/NAME`. */
  readonly dataset: string;
  readonly revision: string;
  /** A file or folder of the data set, "" for all. */
  readonly path: string;
}

/** What was fetched, for the report and for the card of what is made of it. */
export interface HubOrigin extends PinnedRepository {
  readonly kind: "hub";
  readonly dataset: string;
  readonly revision: string;
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
  return { dataset, revision: decodeURIComponent(revision), path: decodeURIComponent(path).replace(/(?<!\/)\/+$/, "") };
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
  await fetchFiles({
    repository: { kind: "datasets", name: address.dataset, revision: address.revision, commit: origin.commit },
    server,
    files: wanted,
    folder: join(place, "files"),
    retries,
    onFile: ({ index, done, total }) =>
      onFetch?.({ done, total, unit: "bytes", note: `${index + 1} of ${wanted.length} files` }),
  });
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
  return keepPinned<HubOrigin>(
    pin,
    (known) => known.dataset === dataset,
    async () => {
      const pinned = await pinRepository({ kind: "datasets", name: dataset, revision }, server, retries);
      return { kind: "hub", dataset, revision, ...pinned };
    },
  );
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
