/**
 * Builds the phone app into dist/web/app: no source maps, nothing inline, addresses relative to the page. The service worker is written last,
 * with the names of all files and a hash over what is in them; what is worth it lies gzipped beside itself.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { build, defineConfig, type Plugin } from "vite";
import { roundActivations } from "./wllama-rounding.ts";

const at = (path: string) => new URL(path, import.meta.url).pathname;

/** Charset tables of half a megabyte, where a browser has decoders of its own. */
const alias = {
  "iconv-lite": at("app/mail/iconv.ts"),
  "node:buffer": "buffer/",
  "eld/medium": at("app/mail/no-detector.ts"),
};
const zipped = /\.(?:js|css|html|svg|wasm|webmanifest)$/;

/** What most devices never need: the service worker keeps it when it was first asked for. */
const LATER = "assets/later";

export default defineConfig({
  root: at("app"),
  base: "./",
  resolve: { alias },
  build: {
    outDir: at("../dist/web/app"),
    emptyOutDir: true,
    sourcemap: false,
    assetsInlineLimit: 0, // the page's Content-Security-Policy takes no data: addresses
    modulePreload: false,
    target: "es2022",
  },
  worker: {
    format: "es",
    rollupOptions: {
      output: {
        assetFileNames: ({ originalFileNames }) =>
          originalFileNames.some((name) => name.includes("multi-thread"))
            ? `${LATER}/[name]-[hash][extname]`
            : "assets/[name]-[hash][extname]",
      },
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [finish()],
});

/** Mends the WebAssembly, then writes sw.js and the compressed files when all others are there. */
function finish(): Plugin {
  let folder = "";
  return {
    name: "finish the app",
    apply: "build",
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    closeBundle: async () => {
      const names = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(folder.length + 1)
            .split(sep)
            .join("/"),
        )
        .filter((name) => name !== "sw.js" && !name.endsWith(".gz"))
        .sort();
      for (const name of names.filter((one) => one.endsWith(".wasm")))
        writeFileSync(join(folder, name), roundActivations(readFileSync(join(folder, name))));
      const hash = createHash("sha256");
      for (const name of names) hash.update(name).update(readFileSync(join(folder, name)));
      const isLater = (name: string) => name.startsWith(`${LATER}/`);
      const addresses = (some: readonly string[]) =>
        JSON.stringify(some.map((name) => (name === "index.html" ? "./" : `./${name}`)));
      await build({
        configFile: false,
        logLevel: "warn",
        root: at("app"),
        publicDir: false,
        define: {
          PRECACHE: addresses(names.filter((name) => !isLater(name))),
          LATER: addresses(names.filter(isLater)),
          VERSION: JSON.stringify(hash.digest("hex").slice(0, 16)),
        },
        build: {
          outDir: folder,
          emptyOutDir: false,
          target: "es2022",
          modulePreload: false,
          rollupOptions: { input: at("app/sw.ts"), output: { entryFileNames: "sw.js", format: "iife" } },
        },
      });
      for (const name of [...names, "sw.js"]) {
        if (zipped.test(name))
          writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(folder, name)), { level: 9 }));
      }
    },
  };
}
