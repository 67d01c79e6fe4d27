import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchDataset, parseHubAddress } from "./datasets.ts";

const COMMIT = "3695be9".padEnd(40, "0");
const name = "argilla/Fine-Personas.v1";
const shards = [0, 1].map((n) =>
  Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 31 + n * 7 + (i >> 8)) & 255)),
);
const card = Buffer.from("# card\n");

/** A hub on a loopback port that answers as huggingface.co does; `misbehave` may answer instead. */
interface Hub {
  readonly url: string;
  readonly requests: { url: string; range: string; authorization: string }[];
  misbehave: (request: IncomingMessage, response: ServerResponse) => boolean;
  close(): void;
}

async function startHub(): Promise<Hub> {
  const files = new Map(shards.map((bytes, i) => [`parts/train-0000${i}-of-00002.parquet`, bytes]));
  const server: Server = createServer((request, response) => {
    const url = request.url ?? "";
    response.shouldKeepAlive = false;
    hub.requests.push({ url, range: request.headers.range ?? "", authorization: request.headers.authorization ?? "" });
    if (hub.misbehave(request, response)) return;
    if (url === `/api/datasets/${name}/revision/main`)
      return json(response, {
        sha: COMMIT,
        cardData: { license: "other", license_name: "qwen", license_link: "https://x" },
      });
    if (url.startsWith(`/api/datasets/${name}/tree/${COMMIT}?recursive=true`)) {
      if (url.includes("cursor=2"))
        return json(response, [{ type: "file", path: "README.md", size: card.length, oid: gitName(card) }]);
      response.setHeader(
        "link",
        `<${hub.url}/api/datasets/${name}/tree/${COMMIT}?recursive=true&cursor=2>; rel="next"`,
      );
      const large = [...files].map(([path, bytes]) => ({
        ...{ type: "file", path, size: bytes.length, oid: "0".repeat(40) },
        lfs: { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length, pointerSize: 134 },
      }));
      return json(response, [
        { type: "directory", path: "parts", oid: "1", size: 0 },
        { type: "file", path: "../evil.parquet", size: 3, oid: "2" },
        ...large,
      ]);
    }
    const bytes = files.get(url.replace(`/datasets/${name}/resolve/${COMMIT}/`, ""));
    if (bytes) return void response.writeHead(302, { location: `${hub.url}/cdn?${url}` }).end();
    const behind = files.get(url.replace(`/cdn?/datasets/${name}/resolve/${COMMIT}/`, ""));
    if (behind) return send(response, behind, request.headers.range);
    response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const hub: Hub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    misbehave: () => false,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return hub;
}

/** The address of a port where nothing listens. */
async function closedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** Every answer is this one. */
function always(status: number, body = "{}"): Hub["misbehave"] {
  return (_, response) => {
    response.writeHead(status, { "retry-after": "0.01" }).end(body);
    return true;
  };
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader("content-type", "application/json").end(JSON.stringify(value));
}

function send(response: ServerResponse, bytes: Buffer, range = ""): void {
  const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
  const rest = bytes.subarray(from);
  const headers = {
    "content-length": rest.length,
    "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
  };
  response.writeHead(range ? 206 : 200, range ? headers : { "content-length": rest.length }).end(rest);
}

const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const gitName = (bytes: Buffer) => createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

let hub: Hub;
let folder = "";
let runs = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hub-"));
  hub = await startHub();
});
afterAll(() => {
  hub.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  hub.requests.length = 0;
  hub.misbehave = () => false;
  process.env.HF_ENDPOINT = hub.url;
  delete process.env.HF_TOKEN;
});
afterEach(() => {
  delete process.env.HF_ENDPOINT;
  delete process.env.HF_TOKEN;
});

async function fetchIt({ at = join(folder, `run${runs++}`), suffix = "", retries = 2 } = {}) {
  const done: number[] = [];
  const onFetch = ({ done: bytes }: { done: number }) => void done.push(bytes);
  const found = await fetchDataset({ source: `hf://datasets/${name}${suffix}`, folder: at, retries, onFetch });
  return { ...found, at, done, digests: found.paths.map((path) => digest(readFileSync(join(found.folder, path)))) };
}

const downloads = () => hub.requests.filter(({ url }) => url.startsWith("/cdn"));

/** Sends so many bytes of a file and cuts the connection. */
function cutAfter(bytes: number, times: number): Hub["misbehave"] {
  let left = times;
  return ({ url = "", headers }, response) => {
    if (!url.startsWith("/cdn") || left === 0) return false;
    left--;
    const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
    const whole = shards[url.includes("00001-of") ? 1 : 0];
    response.writeHead(from ? 206 : 200, {
      "content-length": whole.length - from,
      "content-range": `bytes ${from}-${whole.length - 1}/${whole.length}`,
    });
    response.write(whole.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 20));
    return true;
  };
}

describe("parseHubAddress", () => {
  it.each([
    ["hf://datasets/a/b", { dataset: "a/b", revision: "main", path: "" }],
    ["hf://datasets/a/b@v1.0", { dataset: "a/b", revision: "v1.0", path: "" }],
    [
      "hf://datasets/a/b@refs/convert/parquet/default/train",
      { dataset: "a/b", revision: "refs/convert/parquet", path: "default/train" },
    ],
    ["hf://datasets/a/b@refs%2Fpr%2F3/x.parquet", { dataset: "a/b", revision: "refs/pr/3", path: "x.parquet" }],
    ["hf://datasets/a/b/data/", { dataset: "a/b", revision: "main", path: "data" }],
  ])("takes %s apart", (source, expected) => expect(parseHubAddress(source)).toEqual(expected));

  it.each(["hf://models/a/b", "hf://datasets/a", "hf://datasets/a/.."])("refuses %s", (source) => {
    expect(() => parseHubAddress(source)).toThrow(
      /is not the address of a data set\. It is hf:\/\/datasets\/OWNER\/NAME/,
    );
  });
});

describe("fetchDataset", () => {
  it("pins the revision, brings every shard, and asks nothing again", async () => {
    const { origin, digests: bytes, at, paths, done } = await fetchIt();
    expect(bytes).toEqual(shards.map(digest));
    expect(paths).toEqual(["parts/train-00000-of-00002.parquet", "parts/train-00001-of-00002.parquet"]);
    expect(origin).toMatchObject({
      dataset: name,
      revision: "main",
      commit: COMMIT,
      license: "other",
      licenseName: "qwen",
      licenseLink: "https://x",
    });
    expect(done.at(-1)).toBe(800_000);
    expect(existsSync(join(folder, "evil.parquet"))).toBe(false);
    hub.requests.length = 0;
    expect((await fetchIt({ at })).digests).toEqual(shards.map(digest));
    expect(hub.requests).toEqual([]);
  });

  it("takes one file or folder of it", async () => {
    expect((await fetchIt({ suffix: "/parts/train-00001-of-00002.parquet" })).digests).toEqual([digest(shards[1])]);
    expect((await fetchIt({ suffix: "/parts" })).digests).toEqual(shards.map(digest));
    await expect(fetchIt({ suffix: "/train" })).rejects.toThrow(
      /has no Parquet, JSONL or CSV file under train\. It holds README\.md, parts\/train-00000-of-00002\.parquet/,
    );
  });

  it("goes on from where a cut download stopped, in the same process", async () => {
    hub.misbehave = cutAfter(150_000, 2);
    const { digests: bytes } = await fetchIt();
    expect(bytes).toEqual(shards.map(digest));
    const ranges = downloads().map(({ range }) => range);
    expect(ranges[0]).toBe("");
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
    expect(downloads()).toHaveLength(4); // two cuts, the rest of the first shard, the second shard
  });

  it("goes on from there in another process too, without asking for the list of files again", async () => {
    const at = join(folder, `run${runs++}`);
    const cut = cutAfter(150_000, 1);
    hub.misbehave = (request, response) => {
      if (cut(request, response)) return true;
      if (request.url?.startsWith("/cdn")) response.destroy();
      return request.url?.startsWith("/cdn") ?? false;
    };
    await expect(fetchIt({ at, retries: 0 })).rejects.toThrow(
      /[\d,]+ of 400,000 bytes of parts\/train-00000-of-00002\.parquet are here\. Run the same command again to go on from there\./,
    );
    const partial = join(at, name.replace("/", "--"), "main", "files", "parts/train-00000-of-00002.parquet.partial");
    const there = statSync(partial).size;
    expect(there).toBeGreaterThan(0);
    hub.misbehave = () => false;
    hub.requests.length = 0;
    expect((await fetchIt({ at })).digests).toEqual(shards.map(digest));
    expect(downloads()[0].range).toBe(`bytes=${there}-`);
    expect(hub.requests.some(({ url }) => url.startsWith("/api"))).toBe(false);
  });

  it("begins anew where the server knows no Range", async () => {
    const cut = cutAfter(150_000, 1);
    hub.misbehave = (request, response) => {
      if (cut(request, response)) return true;
      delete request.headers.range;
      return false;
    };
    expect((await fetchIt()).digests).toEqual(shards.map(digest));
  });

  it("throws away a file whose checksum is wrong, whether it came whole or was gone on with", async () => {
    const at = join(folder, `run${runs++}`);
    hub.misbehave = ({ url = "" }, response) => {
      if (!url.startsWith("/cdn")) return false;
      send(response, Buffer.from(shards[0]).fill(0, 7, 9));
      return true;
    };
    await expect(fetchIt({ at })).rejects.toThrow(
      /train-00000-of-00002\.parquet arrived with another checksum than the hub names \(\w{16}…, not \w{16}…\), so it was thrown away/,
    );
    const file = join(at, name.replace("/", "--"), "main", "files", "parts/train-00000-of-00002.parquet");
    expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false]);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.partial`, Buffer.alloc(1000, 1)); // of something else
    hub.misbehave = () => false;
    await expect(fetchIt({ at })).rejects.toThrow(/another checksum/);
    expect((await fetchIt({ at })).digests).toEqual(shards.map(digest));
  });

  it("sends the token to the hub alone, and says what 401, 403 and 404 mean", async () => {
    process.env.HF_TOKEN = "hf_secret";
    await fetchIt();
    expect(hub.requests.every(({ authorization }) => authorization === "Bearer hf_secret")).toBe(true); // one origin here
    for (const [status, message] of [
      [
        401,
        /refuses the data set argilla\/Fine-Personas\.v1 \(revision main\) \(401\)\. The token in HF_TOKEN is not valid or has no access/,
      ],
      [404, /knows no such thing: the data set .* \(404\)\. Check owner, name and revision\./],
    ] as const) {
      hub.misbehave = always(status);
      await expect(fetchIt()).rejects.toThrow(message);
    }
    delete process.env.HF_TOKEN;
    hub.misbehave = always(403);
    await expect(fetchIt()).rejects.toThrow(
      /\(403\)\. It is private or gated, or the name is wrong: .* put a token into HF_TOKEN/,
    );
  });

  it("waits and asks again at 429 and 5xx, and says that a server is no hub", async () => {
    let refusals = 2;
    hub.misbehave = (request, response) => refusals-- > 0 && always(refusals > 0 ? 503 : 429)(request, response);
    expect((await fetchIt()).digests).toEqual(shards.map(digest));
    hub.misbehave = always(200, '{"hello":1}');
    await expect(fetchIt()).rejects.toThrow(
      /gave no commit for argilla\/Fine-Personas\.v1@main: is HF_ENDPOINT a Hugging Face hub\?/,
    );
    process.env.HF_ENDPOINT = await closedUrl();
    await expect(fetchIt({ retries: 0 })).rejects.toThrow(
      /http:\/\/127\.0\.0\.1:\d+ cannot be reached \(\w+\)\. Check the network, or HF_ENDPOINT/,
    );
  });
});
