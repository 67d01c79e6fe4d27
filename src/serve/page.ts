/** The app's own files, built (web/app): named at the start, so that no request can name another. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import type { Hono } from "hono";
import { ApiError } from "./error.ts";

/**
 * Nothing but the app's own files, and nothing that a mail could bring: no inline script or style, no other host, no frame, no form.
 * WebAssembly is compiled (the model's engine), and the engine's worker begins from a blob: address that the app itself makes.
 */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** Files whose name holds a hash of what is in them: they never change. */
const HASHED_FOLDER = "assets/";

interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same, compressed; null where the build left none beside it. */
  readonly gzipped: Uint8Array<ArrayBuffer> | null;
}

/** Serves the files of `webFolder` at `/`, and takes what was shared to an app whose service worker is gone: the text is not read. */
export function addPage(app: Hono, webFolder: string): void {
  const files = readPageFiles(webFolder);
  app.post("/share", (c) => c.redirect("/", 303));
  app.get("*", async (c, next) => {
    const file = files.get(c.req.path === "/" ? "index.html" : c.req.path.slice(1));
    if (file === undefined) return next();
    if (c.req.header("if-none-match") === file.headers.etag) {
      return new Response(null, { status: 304, headers: file.headers });
    }
    const isGzip = file.gzipped !== null && /\bgzip\b/.test(c.req.header("accept-encoding") ?? "");
    const headers = isGzip ? { ...file.headers, "content-encoding": "gzip" } : file.headers;
    return new Response(isGzip ? file.gzipped : file.bytes, { headers });
  });
}

/** What is under `folder`, by path. Throws ApiError where the app is not built. */
function readPageFiles(folder: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => name.split(sep).join("/"));
  for (const name of names) {
    const type = CONTENT_TYPES[extname(name)];
    if (type === undefined) continue; // folders, and the compressed files beside their originals
    const bytes = new Uint8Array(readFileSync(join(folder, name)));
    const zipped = `${name}.gz`;
    files.set(name, {
      bytes,
      gzipped: names.includes(zipped) ? new Uint8Array(readFileSync(join(folder, zipped))) : null,
      headers: {
        "content-type": type,
        "content-security-policy": PAGE_POLICY,
        "cache-control": name.startsWith(HASHED_FOLDER) ? "public, max-age=31536000, immutable" : "no-cache",
        // Isolated from other origins, the app may use threads.
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
        etag: `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`,
        vary: "accept-encoding",
      },
    });
  }
  if (!files.has("index.html")) throw new ApiError({ status: 500, message: "The app is not built." });
  return files;
}
