/**
 * Models on this device, in the origin private file system: a file by its SHA-256 and a note beside it. A load goes on where it was cut, is
 * checked against its hash before it counts, and never touches the model that is in use. Where the browser gives no such storage (plain
 * http, some private windows) a model lives in memory until the page is closed.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { OfferedModel } from "../../../src/serve/models-api.ts";
import { EngineError, type InstalledModel } from "../engine/protocol.ts";
import { fetchModel } from "./fetch-model.ts";

/** How a load is told and stopped. */
export interface InstallOptions {
  readonly url: string;
  readonly key: string | null;
  readonly signal: AbortSignal;
  readonly onProgress: (event: { doneBytes: number; phase: "load" | "check" }) => void;
}

/** The models of this device. All throw EngineError. */
export interface ModelStore {
  list(): Promise<InstalledModel[]>;
  install(model: OfferedModel, options: InstallOptions): Promise<InstalledModel>;
  open(sha256: string): Promise<{ file: Blob; model: InstalledModel }>;
  remove(sha256: string): Promise<void>;
}

const FOLDER = "models";
const READ_BYTES = 4 << 20;
/** ours: room that the rest of the app keeps: history, and the shell's next version. */
const SPARE_BYTES = 20_000_000;

interface Note {
  readonly model: OfferedModel;
  readonly isComplete: boolean;
}

/** The store of this origin. */
export function openModelStore(): ModelStore {
  const inMemory = new Map<string, { model: OfferedModel; file: Blob }>();
  return {
    async list() {
      const kept = [...inMemory.values()].map(({ model }) => installed(model, model.sizeBytes, true, false));
      const folder = await openFolder();
      if (folder === null) return kept;
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind !== "file" || !name.endsWith(".json")) continue;
        const note = await readNote(handle as FileSystemFileHandle);
        if (note === null) continue;
        const file = await folder.getFileHandle(modelFile(note.model.sha256)).catch(() => null);
        const hereBytes = file === null ? 0 : (await file.getFile()).size;
        kept.push(installed(note.model, hereBytes, note.isComplete && hereBytes === note.model.sizeBytes, true));
      }
      return kept;
    },
    async install(model, options) {
      const folder = await openFolder();
      if (folder !== null) return alone(model.sha256, () => installFile(folder, model, options));
      const file = await loadIntoMemory(model, options);
      inMemory.set(model.sha256, { model, file });
      return installed(model, model.sizeBytes, true, false);
    },
    async open(sha) {
      const held = inMemory.get(sha);
      if (held !== undefined)
        return { file: held.file, model: installed(held.model, held.model.sizeBytes, true, false) };
      const folder = await openFolder();
      const note = folder === null ? null : await findNote(folder, sha);
      const handle = await folder?.getFileHandle(modelFile(sha)).catch(() => null);
      if (note === null || !handle) throw new EngineError({ kind: "gone", message: "the model is no longer here" });
      const file = await handle.getFile();
      if (file.size !== note.model.sizeBytes)
        throw new EngineError({ kind: "gone", message: "the model is not whole" });
      return { file, model: installed(note.model, file.size, true, true) };
    },
    async remove(sha) {
      inMemory.delete(sha);
      const folder = await openFolder();
      for (const name of [modelFile(sha), noteFile(sha)]) await folder?.removeEntry(name).catch(() => {});
    },
  };
}

const modelFile = (sha: string) => `${sha}.gguf`;
const noteFile = (sha: string) => `${sha}.json`;

function installed(model: OfferedModel, hereBytes: number, isComplete: boolean, isKept: boolean): InstalledModel {
  return { ...model, hereBytes, isComplete, isKept };
}

/** The folder of the models; null where the browser gives no storage. */
async function openFolder(): Promise<FileSystemDirectoryHandle | null> {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(FOLDER, { create: true });
  } catch {
    return null;
  }
}

/** Runs `task` unless another tab does the same. */
async function alone<T>(sha: string, task: () => Promise<T>): Promise<T> {
  return (await navigator.locks.request(`model ${sha}`, { ifAvailable: true }, async (lock) => {
    if (lock === null) throw new EngineError({ kind: "busy", message: "another tab loads this model" });
    return task();
  })) as T;
}

async function installFile(
  folder: FileSystemDirectoryHandle,
  model: OfferedModel,
  { url, key, signal, onProgress }: InstallOptions,
): Promise<InstalledModel> {
  await writeNote(folder, { model, isComplete: false });
  const handle = await folder.getFileHandle(modelFile(model.sha256), { create: true });
  const access = await handle.createSyncAccessHandle();
  try {
    if (access.getSize() > model.sizeBytes) access.truncate(0);
    await requireRoom(model.sizeBytes - access.getSize());
    let hash = sha256.create();
    let at = 0;
    const buffer = new Uint8Array(READ_BYTES);
    while (at < access.getSize()) {
      signal.throwIfAborted();
      const count = access.read(buffer, { at });
      hash.update(buffer.subarray(0, count));
      at += count;
      onProgress({ doneBytes: at, phase: "check" });
    }
    if (at < model.sizeBytes) {
      await fetchModel(
        { url, key, etag: `"${model.sha256}"`, from: at, sizeBytes: model.sizeBytes, signal },
        (bytes, from) => {
          if (from === 0) {
            access.truncate(0);
            hash = sha256.create();
            at = 0;
          }
          writeAll(access, bytes, at, model.sizeBytes - at);
          hash.update(bytes);
          at += bytes.length;
          onProgress({ doneBytes: at, phase: "load" });
        },
      );
    }
    access.flush();
    if (bytesToHex(hash.digest()) !== model.sha256) {
      access.truncate(0);
      throw new EngineError({ kind: "damaged", message: "the model's bytes are not those that the server promised" });
    }
  } finally {
    access.close();
  }
  await writeNote(folder, { model, isComplete: true });
  return installed(model, model.sizeBytes, true, true);
}

/** Writes all of `bytes`. A browser without room throws, or writes less. */
function writeAll(
  access: FileSystemSyncAccessHandle,
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  missing: number,
): void {
  try {
    if (access.write(bytes, { at }) === bytes.length) return;
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") throw error;
  }
  throw new EngineError({
    kind: "quota",
    message: "the device has no room for the rest of the model",
    missingBytes: missing,
  });
}

/** Throws EngineError "quota" where the browser says beforehand that there is no room. */
async function requireRoom(bytes: number): Promise<void> {
  const { quota, usage } = await navigator.storage.estimate();
  if (quota === undefined || usage === undefined) return;
  const missingBytes = bytes + SPARE_BYTES - (quota - usage);
  if (missingBytes > 0)
    throw new EngineError({ kind: "quota", message: "the device has no room for this model", missingBytes });
}

async function loadIntoMemory(model: OfferedModel, { url, key, signal, onProgress }: InstallOptions): Promise<Blob> {
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let hash = sha256.create();
  let doneBytes = 0;
  const request = { url, key, etag: `"${model.sha256}"`, from: 0, sizeBytes: model.sizeBytes, signal };
  await fetchModel(request, (bytes, from) => {
    if (from === 0) {
      parts = [];
      hash = sha256.create();
      doneBytes = 0;
    }
    parts.push(bytes);
    hash.update(bytes);
    doneBytes += bytes.length;
    onProgress({ doneBytes, phase: "load" });
  });
  if (bytesToHex(hash.digest()) !== model.sha256)
    throw new EngineError({ kind: "damaged", message: "the model's bytes are not those that the server promised" });
  return new Blob(parts);
}

async function findNote(folder: FileSystemDirectoryHandle, sha: string): Promise<Note | null> {
  const handle = await folder.getFileHandle(noteFile(sha)).catch(() => null);
  return handle === null ? null : readNote(handle);
}

async function readNote(handle: FileSystemFileHandle): Promise<Note | null> {
  try {
    return JSON.parse(await (await handle.getFile()).text()) as Note; // written below, by this version or an earlier one
  } catch {
    return null; // cut off while it was written: the model is loaded anew
  }
}

async function writeNote(folder: FileSystemDirectoryHandle, note: Note): Promise<void> {
  const handle = await folder.getFileHandle(noteFile(note.model.sha256), { create: true });
  const access = await handle.createSyncAccessHandle();
  try {
    access.truncate(0);
    access.write(new TextEncoder().encode(JSON.stringify(note)));
    access.flush();
  } finally {
    access.close();
  }
}
