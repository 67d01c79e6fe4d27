/** What `--mail` names, made readable: a place on this machine as it is, a data set or an IMAP mailbox after it was fetched. */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import type { Recipe } from "../recipe.ts";
import { type FetchProgress, fetchDataset, type HubOrigin, isHubAddress } from "./hub/datasets.ts";
import { fetchMailbox, type ImapOrigin } from "./read/imap.ts";
import { isImapAddress } from "./read/imap-address.ts";
import { readStoredMailbox } from "./read/imap-store.ts";
import type { RawMessage, ReadOptions } from "./read/raw.ts";
import { detectSource, readFileList, readMessages, type SourceKind } from "./read/source.ts";

/** Where fetched mail came from. */
export type Origin = HubOrigin | ImapOrigin;

/** A source that can be read. */
export interface OpenedSource {
  readonly kind: SourceKind;
  /** Null for mail that lies here. */
  readonly origin: Origin | null;
  messages(options: ReadOptions): AsyncIterable<RawMessage>;
}

/** Whether mail must be fetched before it can be read. */
function isRemote(source: string): boolean {
  return isHubAddress(source) || isImapAddress(source);
}

/** Fetches what is not here yet into `fetched`, and says how to read it. Throws UserError. */
export async function openSource(options: {
  source: string;
  fetched: string | undefined;
  recipe: Recipe["import"];
  signal?: AbortSignal;
  onFetch?: FetchProgress;
}): Promise<OpenedSource> {
  const { source, fetched, recipe, signal, onFetch } = options;
  if (!isRemote(source)) {
    const kind = await detectSource(source);
    return { kind, origin: null, messages: (read) => readMessages(source, read) };
  }
  if (fetched === undefined) throw new UserError(`${source} must be fetched, and no folder was given to keep it in.`);
  if (isHubAddress(source)) {
    const folder = join(fetched, "hub");
    const {
      origin,
      folder: files,
      paths,
    } = await fetchDataset({ source, folder, retries: recipe.retries, signal, onFetch });
    return { kind: "hub", origin, messages: (read) => readFileList(files, paths, read) };
  }
  const origin = await fetchMailbox({ source, folder: join(fetched, "imap"), recipe, signal, onFetch });
  return { kind: "imap", origin, messages: (read) => readStoredMailbox(join(fetched, "imap"), origin.folders, read) };
}

/** Bytes of a source file; null for a folder and for what is fetched. A missing source is explained. */
export async function sourceSize(source: string): Promise<number | null> {
  if (isRemote(source)) return null;
  const info = await stat(source).catch(() => null);
  if (!info) await detectSource(source); // throws with what is supported
  return info?.isFile() ? info.size : null;
}

/** Whether two names mean the same mail: a file may have moved, an address may not. */
export function isSameSource(a: string, b: string): boolean {
  return isRemote(a) || isRemote(b) ? a === b : basename(a) === basename(b);
}
