/**
 * Builds the Thunderbird add-on into dist/clients/thunderbird, and packs it as pocketreply-thunderbird.xpi beside that folder, which is a zip with the
 * manifest at its top. Entries carry one fixed date, so that the same sources make the same bytes.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { defineConfig, type Plugin } from "vite";

const at = (path: string) => new URL(path, import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(at("../../package.json"), "utf8"));

export default defineConfig({
  root: at("."),
  base: "./",
  build: {
    outDir: at("../../dist/clients/thunderbird"),
    emptyOutDir: true,
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: false,
    target: "firefox128",
    rollupOptions: {
      input: { panel: at("panel.html"), background: at("src/background.ts") },
      output: { entryFileNames: "[name].js" },
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [pack()],
});

/** Gives the manifest the package's version, and packs all files. */
function pack(): Plugin {
  let folder = "";
  return {
    name: "pack the add-on",
    apply: "build",
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    closeBundle: () => {
      const manifest = join(folder, "manifest.json");
      const fields = { ...JSON.parse(readFileSync(manifest, "utf8")), version };
      writeFileSync(manifest, `${JSON.stringify(fields, null, 2)}\n`);
      const files: Zippable = {};
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        files[path.slice(folder.length + 1).replaceAll("\\", "/")] = readFileSync(path);
      }
      const packed = zipSync(files, { level: 9, mtime: new Date(2000, 0, 1) });
      writeFileSync(join(dirname(folder), "pocketreply-thunderbird.xpi"), packed);
    },
  };
}
