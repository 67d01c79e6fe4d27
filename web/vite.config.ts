/** Builds the pages of `pocketreply view` into dist/web/view: no source maps, nothing inline, addresses relative to the page. */
import { defineConfig } from "vite";

export default defineConfig({
  root: new URL("view", import.meta.url).pathname,
  base: "./",
  build: {
    outDir: new URL("../dist/web/view", import.meta.url).pathname,
    emptyOutDir: true,
    sourcemap: false,
    assetsInlineLimit: 0, // the page's Content-Security-Policy takes no data: addresses
    modulePreload: false,
    target: "es2022",
    rolldownOptions: {
      input: ["index.html", "training.html"].map((page) => new URL(`view/${page}`, import.meta.url).pathname),
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
