/**
 * Compiles each NAME.as.ts here with AssemblyScript to NAME.wasm.ts in its room under src/.
 *
 *     npm install --no-save assemblyscript@0.28.20 && node scripts/wasm/make.mjs
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const rooms = {
  "onnx-blocks": "formats",
  "pte-quants": "formats",
  "quants-k": "formats",
  "quants-weighted": "formats",
  quants: "formats",
  rotate: "export",
};
const options = ["--runtime", "stub", "--enable", "simd", "-O3", "--noAssert", "--importMemory"];
const asc = process.env.ASC ?? join(root, "node_modules/assemblyscript/bin/asc.js");
const work = mkdtempSync(join(tmpdir(), "wasm-"));
for (const [name, room] of Object.entries(rooms)) {
  const source = `${name}.as.ts`;
  const compiled = join(work, `${name}.wasm`);
  const args = [asc, join(root, "scripts/wasm", source), ...options, "--outFile", compiled];
  execFileSync(process.execPath, args, { stdio: "inherit" });
  const lines = readFileSync(compiled)
    .toString("base64")
    .match(/.{1,116}/g)
    .map((line) => `  "${line}"`);
  writeFileSync(
    join(root, `src/${room}/${name}.wasm.ts`),
    `/** Made by scripts/wasm/make.mjs (assemblyscript 0.28.20) from scripts/wasm/${source}: a WebAssembly module with SIMD, as base64. */
export const ${name.replaceAll("-", "_").toUpperCase()}_WASM =
${lines.join(" +\n")};
`,
  );
}
rmSync(work, { recursive: true });
