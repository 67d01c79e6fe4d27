/**
 * Compiles quants-k.as.ts with AssemblyScript to src/formats/quants-k.wasm.ts.
 *
 *     npm install --no-save assemblyscript@0.28.20 && node scripts/wasm/make.mjs
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "wasm-"));
const compiled = join(work, "quants-k.wasm");
const options = ["--runtime", "stub", "--enable", "simd", "-O3", "--noAssert", "--importMemory", "--outFile", compiled];
const asc = process.env.ASC ?? join(root, "node_modules/assemblyscript/bin/asc.js");
execFileSync(process.execPath, [asc, join(root, "scripts/wasm/quants-k.as.ts"), ...options], { stdio: "inherit" });
const base64 = readFileSync(compiled).toString("base64");
rmSync(work, { recursive: true });
const lines = base64.match(/.{1,116}/g).map((line) => `  "${line}"`);
writeFileSync(
  join(root, "src/formats/quants-k.wasm.ts"),
  `/** Made by scripts/wasm/make.mjs (assemblyscript 0.28.20) from scripts/wasm/quants-k.as.ts: a WebAssembly module with SIMD, as base64. */
export const QUANTS_K_WASM =
${lines.join(" +\n")};
`,
);
