/** The model files that a server offers: their list, and their bytes in ranges, so that a load that broke off goes on where it was. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import type { Context } from "hono";
import { hashFile, openGguf } from "../formats/index.ts";
import { ApiError } from "./error.ts";
import type { ModelList, OfferedModel } from "./models-api.ts";

/** GGUF files by name. */
export interface ModelFiles {
  /** Reads and hashes every file whose size or time has changed since the last call. */
  list(): Promise<ModelList>;
  /** Answers `GET models/NAME`: the whole file, a range of it, 304 or 416; ApiError 404 for a name that is not offered. */
  send(c: Context, name: string): Promise<Response>;
}

/** Offers `paths`, the one to take first; files of one name are refused by whoever gathers them. `completeFrom` was measured with all but those in their owner's words. */
export function offerModels(paths: readonly string[], completeFrom?: number): ModelFiles {
  const known = new Map<string, { stamp: string; model: Promise<OfferedModel> }>();
  const describe = async (path: string): Promise<OfferedModel> => {
    const { size, mtimeMs } = await stat(path);
    const stamp = `${size} ${mtimeMs}`;
    const last = known.get(path);
    if (last?.stamp === stamp) return last.model;
    const model = describeModel(path, size).then((of) => ({
      ...of,
      completeFrom: of.style === null ? (completeFrom ?? null) : null,
    }));
    known.set(path, { stamp, model });
    model.catch(() => known.delete(path));
    return model;
  };
  return {
    list: async () => ({ models: await Promise.all(paths.map(describe)) }),
    send: async (c, name) => {
      const path = paths.find((one) => basename(one) === name);
      if (path === undefined) throw new ApiError({ status: 404, message: "There is no model of this name here." });
      const { sizeBytes, sha256 } = await describe(path);
      return sendFile(c, { path, sizeBytes, etag: `"${sha256}"` });
    },
  };
}

async function describeModel(path: string, sizeBytes: number): Promise<Omit<OfferedModel, "completeFrom">> {
  const gguf = await openGguf(path);
  const { metadata, entries } = gguf;
  await gguf.close();
  const value = (key: string) => metadata.get(key)?.value;
  const text = (key: string) => {
    const found = value(key);
    return typeof found === "string" && found !== "" ? found : null;
  };
  const file = basename(path);
  const byType = new Map<string, number>();
  for (const { type, shape } of entries.values()) {
    const numbers = shape.reduce((product, dim) => product * dim, 1);
    const kind = type ?? "of another type";
    byType.set(kind, (byType.get(kind) ?? 0) + numbers);
  }
  const weights = [...byType].sort(([, one], [, other]) => other - one)[0]?.[0] ?? "none";
  const contextTokens = value(`${text("general.architecture")}.context_length`);
  return {
    file,
    name: text("general.name") ?? file,
    sizeBytes,
    sha256: await hashFile(path),
    parameters: [...byType.values()].reduce((sum, numbers) => sum + numbers, 0),
    weights,
    contextTokens: typeof contextTokens === "number" ? contextTokens : 0,
    license: text("general.license"),
    style: text("pocketreply.style") === "mine" ? "mine" : null,
  };
}

/** A file with its ranges (RFC 9110 §14): one range is honoured, a list of them is answered with the whole file, as §14.2 allows. */
function sendFile(c: Context, { path, sizeBytes, etag }: { path: string; sizeBytes: number; etag: string }): Response {
  const headers: Record<string, string> = {
    etag,
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
    "cache-control": "no-cache", // asked again each time; unchanged, it is a 304
  };
  if (c.req.header("if-none-match") === etag) return new Response(null, { status: 304, headers });
  const ifRange = c.req.header("if-range");
  const asked = ifRange === undefined || ifRange === etag ? c.req.header("range") : undefined;
  const range = asked === undefined ? null : parseRange(asked, sizeBytes);
  if (range === "unsatisfiable") {
    return new Response(null, { status: 416, headers: { ...headers, "content-range": `bytes */${sizeBytes}` } });
  }
  const { start, end } = range ?? { start: 0, end: sizeBytes - 1 };
  headers["content-length"] = String(end - start + 1);
  if (range !== null) headers["content-range"] = `bytes ${start}-${end}/${sizeBytes}`;
  const status = range === null ? 200 : 206;
  if (c.req.method === "HEAD") return new Response(null, { status, headers });
  const body = Readable.toWeb(createReadStream(path, { start, end })) as ReadableStream;
  return new Response(body, { status, headers });
}

/** First and last byte of a Range header; null where it is no single range of bytes, which is then ignored. */
function parseRange(header: string, sizeBytes: number): { start: number; end: number } | "unsatisfiable" | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  if (match === null || (match[1] === "" && match[2] === "")) return null;
  if (match[1] === "") {
    const length = Math.min(Number(match[2]), sizeBytes);
    return length === 0 ? "unsatisfiable" : { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(match[1]);
  const end = match[2] === "" ? sizeBytes - 1 : Math.min(Number(match[2]), sizeBytes - 1);
  if (match[2] !== "" && Number(match[2]) < start) return null;
  return start >= sizeBytes ? "unsatisfiable" : { start, end };
}
