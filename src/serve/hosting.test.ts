/** What the server hosts beside the API: the app's files, models in ranges, metrics; and who may have them. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get as httpsGet } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TINY_NAME, writeTinyGguf } from "../../scripts/fixtures/tiny-gguf.ts";
import { hashFile } from "../formats/index.ts";
import type { ModelList } from "./models-api.ts";
import { type RunningServer, startServer } from "./server.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenssl) console.log("skipped: serving over TLS, for there is no openssl to make a certificate with");

const NUMBERS = { maxReplyTokens: 160, mostContextTokens: 1024 };
const KEY = "fedcba9876543210fedcba9876543210";
const folder = mkdtempSync(join(tmpdir(), "pocketreply-hosting-"));
const at = (...names: string[]) => join(folder, ...names);
const log: string[] = [];
let server: RunningServer;
beforeAll(async () => {
  mkdirSync(at("web", "assets"), { recursive: true });
  writeFileSync(at("web", "index.html"), "<!doctype html><title>app</title>");
  writeFileSync(at("web", "sw.js"), "// worker");
  writeFileSync(at("web", "assets", "app-1a2b.js"), "console.log('app')");
  writeFileSync(at("web", "assets", "app-1a2b.js.gz"), gzipSync("console.log('app')"));
  writeFileSync(at("secret.txt"), "not for the web");
  await writeTinyGguf(at("model.gguf"), { script: ["Sure", " thing"] });
  await writeTinyGguf(at("other.gguf"), { type: "Q8_0" });
  server = await startServer({
    ...NUMBERS,
    gguf: at("model.gguf"),
    models: [at("model.gguf"), at("other.gguf")],
    webFolder: at("web"),
    completeFrom: 0.74,
    log: (line) => log.push(line),
  });
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(`${server.url}${path}`, { headers, method, redirect: "manual" });

describe("the app", () => {
  it("is sent with a policy that lets in nothing from elsewhere", async () => {
    const page = await ask("/");
    expect(await page.text()).toContain("<title>app</title>");
    const policy = page.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:");
    expect(policy).not.toMatch(/https?:|\*|data:|unsafe-inline|'unsafe-eval'/);
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    expect(page.headers.get("cache-control")).toBe("no-cache");
  });

  it("is asked again each time, but for what carries a hash in its name", async () => {
    const etag = (await ask("/sw.js")).headers.get("etag")!;
    expect((await ask("/sw.js", { "if-none-match": etag })).status).toBe(304);
    const asset = await ask("/assets/app-1a2b.js");
    expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(asset.headers.get("content-encoding")).toBe("gzip");
    expect(await asset.text()).toBe("console.log('app')");
    const plain = await ask("/assets/app-1a2b.js", { "accept-encoding": "identity" });
    expect([plain.headers.get("content-encoding"), await plain.text()]).toEqual([null, "console.log('app')"]);
  });

  it.each(["/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets", "/x%00"])(
    "has nothing at %s",
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );

  it("takes what was shared to it without its service worker back to the page", async () => {
    const shared = await ask("/share", { "content-type": "text/plain" }, "POST");
    expect([shared.status, shared.headers.get("location")]).toEqual([303, "/"]);
  });
});

describe("models", () => {
  it("are listed with what a person chooses by", async () => {
    const { models } = (await (await ask("/models")).json()) as ModelList;
    const bytes = readFileSync(at("model.gguf"));
    expect(models.map(({ file }) => file)).toEqual(["model.gguf", "other.gguf"]);
    expect(models[0]).toMatchObject({
      name: TINY_NAME,
      sizeBytes: bytes.length,
      sha256: await hashFile(at("model.gguf")),
      weights: "F32",
      contextTokens: 512,
      license: null,
      completeFrom: 0.74,
    });
    expect(models[1].weights).toBe("Q8_0");
  });

  it("come whole, in ranges, and not at all when they are known", async () => {
    const bytes = readFileSync(at("model.gguf"));
    const etag = `"${await hashFile(at("model.gguf"))}"`;
    const whole = await ask("/models/model.gguf");
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    expect([whole.status, whole.headers.get("etag"), whole.headers.get("accept-ranges")]).toEqual([200, etag, "bytes"]);
    expect((await ask("/models/model.gguf", { "if-none-match": etag })).status).toBe(304);
    const rest = await ask("/models/model.gguf", { range: "bytes=1000-", "if-range": etag });
    expect([rest.status, rest.headers.get("content-range")]).toEqual([
      206,
      `bytes 1000-${bytes.length - 1}/${bytes.length}`,
    ]);
    expect(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(1000))).toBe(true);
    const changed = await ask("/models/model.gguf", { range: "bytes=1000-", "if-range": '"another"' });
    expect([changed.status, changed.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
    await changed.body?.cancel();
  });

  it.each([
    ["bytes=0-0", 206, 1],
    ["bytes=-10", 206, 10],
    ["bytes=5-4", 200, null], // no range: ignored
    ["bytes=0-1,5-6", 200, null], // several: the whole file
    ["lines=1-2", 200, null],
    ["bytes=999999999999-", 416, 0],
    ["bytes=-0", 416, 0],
  ])("answers the range %s with %i", async (range, status, length) => {
    const response = await ask("/models/model.gguf", { range });
    const { byteLength } = await response.arrayBuffer();
    expect([response.status, byteLength]).toEqual([status, length ?? readFileSync(at("model.gguf")).length]);
  });

  it("are those that were named, and change with their files", async () => {
    expect((await ask("/models/secret.txt")).status).toBe(404);
    expect((await ask("/models/..%2fsecret.txt")).status).toBe(404);
    const before = ((await (await ask("/models")).json()) as ModelList).models[1].sha256;
    await writeTinyGguf(at("other.gguf"), { type: "Q8_0", seed: 2 });
    const after = ((await (await ask("/models")).json()) as ModelList).models[1].sha256;
    expect(after).not.toBe(before);
    expect(after).toBe(await hashFile(at("other.gguf")));
  });
});

describe("metrics", () => {
  it("count requests by route, tokens and waiting, and name no path that a stranger wrote", async () => {
    await ask("/Secret-plan");
    const body = JSON.stringify({ messages: [{ role: "user", content: "Hi" }] });
    const headers = { "content-type": "application/json" };
    await (await fetch(`${server.url}/v1/chat/completions`, { method: "POST", headers, body })).text();
    const metrics = await ask("/metrics");
    expect(metrics.headers.get("content-type")).toContain("text/plain");
    const text = await metrics.text();
    expect(text).toMatch(
      /pocketreply_request_seconds_count\{method="POST",route="\/v1\/chat\/completions",status="200"\} 1/,
    );
    expect(text).toMatch(/pocketreply_tokens_total\{kind="reply"\} 2\n/);
    expect(text).toMatch(/pocketreply_waiting 0\n/);
    expect(text).not.toContain("Secret");
    expect(log.join()).not.toContain("Secret");
  });
});

describe("a server that other machines may reach", () => {
  it("needs a key of 16 characters or more", async () => {
    const gguf = at("model.gguf");
    await expect(startServer({ ...NUMBERS, gguf, host: "0.0.0.0" })).rejects.toThrow("without a password");
    await expect(startServer({ ...NUMBERS, gguf, host: "0.0.0.0", key: "short" })).rejects.toThrow(
      "it needs 16 or more",
    );
  });

  it("gives models, answers and counts to who has the key, and the app's own files to all", async () => {
    const open = await startServer({
      ...NUMBERS,
      gguf: at("model.gguf"),
      host: "0.0.0.0",
      key: KEY,
      webFolder: at("web"),
    });
    const url = open.url.replace("0.0.0.0", "127.0.0.1");
    const statusOf = async (path: string, authorization?: string) => {
      const response = await fetch(url + path, { headers: authorization === undefined ? {} : { authorization } });
      await response.arrayBuffer();
      return response.status;
    };
    try {
      expect(await statusOf("/")).toBe(200);
      expect(await statusOf("/assets/app-1a2b.js")).toBe(200);
      for (const path of ["/models", "/models/model.gguf", "/v1/models", "/metrics", "/health"]) {
        expect([path, await statusOf(path, `Bearer ${KEY}`)]).toEqual([path, 200]);
        for (const wrong of [undefined, "Bearer", `Bearer ${KEY}x`, `Bearer ${KEY.slice(1)}`, `Basic ${KEY}`, KEY])
          expect([path, wrong, await statusOf(path, wrong)]).toEqual([path, wrong, 401]);
      }
    } finally {
      await open.close();
    }
  });

  it.skipIf(!hasOpenssl)("speaks TLS with a certificate, and says so when it is none", async () => {
    const [cert, key] = makeCertificate();
    const gguf = at("model.gguf");
    const secure = await startServer({ ...NUMBERS, gguf, tls: { cert, key }, webFolder: at("web") });
    try {
      expect(secure.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
      const statusFrom = (origin: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          httpsGet(`${secure.url}/models`, { ca: cert, servername: "localhost", headers: { origin } }, (response) => {
            response.resume();
            resolve(response.statusCode);
          }).on("error", reject);
        });
      expect(await statusFrom(secure.url)).toBe(200);
      expect(await statusFrom(secure.url.replace("https", "http"))).toBe(403);
    } finally {
      await secure.close();
    }
    await expect(startServer({ ...NUMBERS, gguf, tls: { cert: "no", key: "no" } })).rejects.toThrow(
      "--cert FILE --key FILE",
    );
  });
});

describe("closing", () => {
  it("lets a stream that has begun end, and takes no more connections", async () => {
    await writeTinyGguf(at("endless.gguf"), { script: ["la", " li"], loop: true, contextTokens: 2048 });
    const closing = await startServer({ ...NUMBERS, gguf: at("endless.gguf"), contextTokens: 2048 });
    const body = JSON.stringify({ messages: [{ role: "user", content: "Hi" }], stream: true, max_tokens: 300 });
    const headers = { "content-type": "application/json" };
    const stream = await fetch(`${closing.url}/v1/chat/completions`, { method: "POST", headers, body });
    const reader = stream.body!.getReader();
    await reader.read();
    const closed = closing.close();
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += Buffer.from(part.value);
    expect(text).toContain('"finish_reason":"length"');
    expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
    await closed;
    await expect(fetch(`${closing.url}/health`)).rejects.toThrow();
  });
});

function makeCertificate(): [cert: string, key: string] {
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
  const files = [
    "-addext",
    "subjectAltName=DNS:localhost,IP:127.0.0.1",
    "-keyout",
    at("key.pem"),
    "-out",
    at("cert.pem"),
  ];
  execFileSync("openssl", [...request, ...files], { stdio: "ignore" });
  return [readFileSync(at("cert.pem"), "utf8"), readFileSync(at("key.pem"), "utf8")];
}
