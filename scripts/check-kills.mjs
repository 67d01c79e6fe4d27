/**
 * Kills the quickstart at random moments until it has died ten times, lets it finish, and compares rows, weights and scores with a
 * run that was left alone. Exit code 1 where anything differs. About three quickstarts long; smaller with numbers of your own:
 *
 *   node scripts/check-kills.mjs [--kills 10] [--seed 1] distill.sample=300 train.epochs=1 evaluate.samples=20
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values, positionals: overrides } = parseArgs({
  options: { kills: { type: "string", default: "10" }, seed: { type: "string", default: "1" } },
  allowPositionals: true,
});
const cli = join(dirname(fileURLToPath(import.meta.url)), "..", "dist", "cli.js");
const scratch = mkdtempSync(join(tmpdir(), "pocketreply-kills-"));
const random = lehmer(Number(values.seed));

try {
  const calm = join(scratch, "calm");
  const killed = join(scratch, "killed");
  const { seconds } = await quickstart(calm);
  console.log(`left alone: ${seconds.toFixed(0)} s`);
  const wanted = Number(values.kills);
  let kills = 0;
  for (;;) {
    // Spread over the whole run, however much of it is done already.
    const killAfterMs = kills < wanted ? 500 + (random() * 2000 * seconds) / wanted : null;
    const { signal, stage } = await quickstart(killed, killAfterMs);
    if (signal === null) break;
    kills++;
    console.log(`killed ${kills}: ${stage}`);
  }
  const [one, other] = [outcome(calm), outcome(killed)];
  const differing = Object.keys(one).filter((name) => one[name] !== other[name]);
  console.log(
    differing.length === 0
      ? `same after ${kills} kills: ${Object.keys(one).join(", ")}`
      : `DIFFERENT after ${kills} kills: ${differing.join(", ")}`,
  );
  process.exitCode = differing.length === 0 && kills > 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Runs the quickstart in `folder`; with `killAfterMs` sends SIGKILL then. Throws where it fails by itself. */
async function quickstart(folder, killAfterMs = null) {
  const started = performance.now();
  const child = spawn(process.execPath, [cli, "quickstart", "--run", folder, ...overrides], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors = (errors + text).slice(-4000);
  });
  const timer = killAfterMs === null ? null : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const [code, signal] = await new Promise((resolve) => child.on("close", (code, signal) => resolve([code, signal])));
  clearTimeout(timer);
  if (code !== 0 && signal !== "SIGKILL") throw new Error(`the quickstart failed by itself (${code}):\n${errors}`);
  const stage = errors.trim().split("\n").at(-1)?.slice(0, 60) ?? "";
  return { signal, stage, seconds: (performance.now() - started) / 1000 };
}

/** Hashes of what must not depend on kills: rows, weights, predictions, scores. */
function outcome(folder) {
  const best = JSON.parse(readFileSync(join(folder, "best.json"), "utf8"));
  const weights = join(best.checkpoint, "adapter_model.safetensors");
  const files = ["emails.jsonl", "replies.jsonl", "rejected.jsonl", "preferences.jsonl", "best.json", weights];
  const hashes = Object.fromEntries(files.map((name) => [name, hash(readFileSync(join(folder, name)))]));
  const { systems } = JSON.parse(readFileSync(join(folder, "evaluation.json"), "utf8"));
  const ggufs = readdirSync(join(folder, "export")).filter((name) => name.endsWith(".gguf"));
  for (const name of ggufs) hashes[name] = hash(readFileSync(join(folder, "export", name)));
  return { ...hashes, scores: hash(JSON.stringify(systems)) };
}

function hash(data) {
  return createHash("sha256").update(data).digest("hex").slice(0, 16);
}

/** A small seeded generator (Lehmer), 0 ≤ x < 1. */
function lehmer(seed) {
  let state = seed % 2147483647 || 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
