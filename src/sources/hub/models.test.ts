/** Encoders by name from a hub that runs here. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { bertScore } from "../../metrics/bertscore/bertscore.ts";
import { fetchModel } from "./models.ts";

const source = fileURLToPath(new URL("../../../golden/bertscore/distilbert", import.meta.url));
const contents = new Map(readdirSync(source).map((name) => [name, readFileSync(join(source, name))]));
const commit = "c0ffee".repeat(7).slice(0, 40);
const root = mkdtempSync(join(tmpdir(), "encoder-hub-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What the hub does wrong, and what it was asked. */
let faults: { cutOnce?: string; flip?: string; without?: string; status?: number };
let asked: string[];
let server: Server;
const keys = ["HF_ENDPOINT", "HF_TOKEN", "HF_HOME", "HF_HUB_CACHE", "POCKETREPLY_CACHE"] as const;
const before = Object.fromEntries(keys.map((key) => [key, process.env[key]]));

beforeEach(async () => {
  faults = {};
  asked = [];
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const place = mkdtempSync(join(root, "case-"));
  process.env.HF_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.POCKETREPLY_CACHE = join(place, "cache");
  process.env.HF_HUB_CACHE = join(place, "hub");
  delete process.env.HF_TOKEN;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  for (const key of keys) {
    if (before[key] === undefined) delete process.env[key];
    else process.env[key] = before[key];
  }
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = request.url!;
  asked.push(`${url} ${request.headers.range ?? ""}`.trim());
  const json = (value: unknown) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  if (faults.status) return void response.writeHead(faults.status).end();
  if (url.startsWith("/api/models/tiny/distilbert/revision/"))
    return void json({ sha: commit, cardData: { license: "apache-2.0" } });
  if (url === `/api/models/tiny/distilbert/tree/${commit}?recursive=true`) {
    const entries = [...contents].flatMap(([path, bytes]) => (path === faults.without ? [] : [entryOf(path, bytes)]));
    return void json([
      ...entries,
      { type: "directory", path: "onnx" },
      { type: "file", path: "../evil", size: 1 },
      { type: "file", path: "pytorch_model.bin", size: 9 },
    ]);
  }
  const name = url.split(`/resolve/${commit}/`)[1];
  const bytes = contents.get(name ?? "");
  if (!bytes) return void response.writeHead(404).end();
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const part = Buffer.from(bytes.subarray(start));
  if (faults.flip === name) part[0] ^= 1;
  response.writeHead(start > 0 ? 206 : 200, {
    "content-length": part.length,
    ...(start > 0 ? { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  if (faults.cutOnce !== name) return void response.end(part);
  faults.cutOnce = undefined;
  response.write(part.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 100)); // what was sent arrives first
}

function entryOf(path: string, bytes: Buffer) {
  const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  const lfs = { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
  return path.endsWith(".safetensors")
    ? { type: "file", path, size: 130, oid, lfs }
    : { type: "file", path, size: bytes.length, oid };
}

it("fetches what an encoder needs once, goes on where it was cut, and then needs no hub", async () => {
  faults.cutOnce = "model.safetensors";
  const seen: number[] = [];
  const { folder, origin } = await fetchModel({
    name: "tiny/distilbert",
    onProgress: ({ done, total }) => seen.push(done / total),
  });
  expect(readdirSync(folder).sort()).toEqual([
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  for (const name of readdirSync(folder))
    expect(readFileSync(join(folder, name)).equals(contents.get(name)!)).toBe(true);
  expect(asked.some((line) => /model\.safetensors bytes=\d+-$/.test(line))).toBe(true);
  expect(seen.at(-1)).toBe(1);
  expect(origin).toMatchObject({ name: "tiny/distilbert", commit, license: "apache-2.0" });

  const count = asked.length;
  const texts = ["thank you for your email", "the invoice is due"];
  const named = await bertScore(texts, [texts], { encoder: "tiny/distilbert", layer: 2, threads: 1 });
  expect(named.signature).toMatch(/^tiny\/distilbert_L2_no-idf_/);
  expect(named.f1).toBeCloseTo(1, 5);
  expect(asked.length).toBe(count);
});

it("throws away a file with a wrong checksum", async () => {
  faults.flip = "model.safetensors";
  await expect(fetchModel({ name: "tiny/distilbert" })).rejects.toThrow(
    "model.safetensors arrived with another checksum than the hub names",
  );
  faults.flip = undefined;
  expect(existsSync(join((await fetchModel({ name: "tiny/distilbert" })).folder, "model.safetensors"))).toBe(true);
});

it("uses what Hugging Face's tools have downloaded, without asking", async () => {
  const model = join(process.env.HF_HUB_CACHE!, "models--tiny--distilbert");
  mkdirSync(join(model, "refs"), { recursive: true });
  writeFileSync(join(model, "refs", "main"), commit);
  cpSync(source, join(model, "snapshots", commit), { recursive: true });
  expect(await fetchModel({ name: "tiny/distilbert" })).toEqual({
    folder: join(model, "snapshots", commit),
    origin: null,
  });
  expect(asked).toEqual([]);
});

it("says why a name cannot be had", async () => {
  faults.without = "model.safetensors";
  await expect(fetchModel({ name: "tiny/distilbert" })).rejects.toThrow(
    "The model tiny/distilbert has no model.safetensors, only pytorch_model.bin. Name a revision that has one",
  );
  faults = {};
  await expect(fetchModel({ name: "nobody/nothing" })).rejects.toThrow(
    "the model nobody/nothing (revision main) (404)",
  );
  faults = { status: 401 };
  await expect(fetchModel({ name: "tiny/distilbert@v2" })).rejects.toThrow("HF_TOKEN");
  for (const name of ["./here", "a/b/c", "a b", "../x"])
    await expect(fetchModel({ name })).rejects.toThrow("is neither a folder that exists nor the name of a model");
});
