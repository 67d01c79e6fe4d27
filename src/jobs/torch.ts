/** A job folder run on this machine by PyTorch: one process, progress as our own trainer shows it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { UserError } from "../errors.ts";
import type { FitProgress } from "../train/index.ts";

/** Exit code of train.py for a training that was told to stop and saved. */
const STOPPED = 3;

/** Looks for the packages without loading them, which takes many seconds. */
const FIND_PACKAGES = `
import importlib.util, sys
missing = [name for name in ("numpy", "safetensors", "torch", "transformers", "peft") if importlib.util.find_spec(name) is None]
sys.exit(", ".join(missing) or 0)`;

/** The last lines of a failed program that are shown. */
const shownLines = 6;

/**
 * Runs `folder/train.py` with `python`, results into `out`. On abort it saves and the signal's reason is thrown. Throws UserError where
 * Python or a package is missing, and with what the program said where it failed.
 */
export async function runTorch(options: {
  folder: string;
  out: string;
  python: string;
  signal?: AbortSignal;
  onProgress?: (progress: FitProgress) => void;
}): Promise<void> {
  const { folder, out, python, signal, onProgress } = options;
  signal?.throwIfAborted();
  await requirePackages(python, folder);
  const child = spawn(python, [join(folder, "train.py"), "--out", out, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HF_HUB_OFFLINE: "1", TRANSFORMERS_VERBOSITY: "error" }, // the base is in the folder
  });
  const stop = () => child.kill("SIGTERM");
  signal?.addEventListener("abort", stop, { once: true });
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    errors.push(line);
    if (errors.length > 50) errors.shift();
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const progress = readProgress(line);
    if (progress) onProgress?.(progress);
  });
  try {
    const [code, killedBy] = (await once(child, "close")) as [number | null, string | null];
    if (code === 0) return;
    if (code === STOPPED) signal?.throwIfAborted();
    const said = errors.slice(-shownLines).join("\n");
    throw new UserError(
      `PyTorch stopped the training (${code === null ? `signal ${killedBy}` : `exit code ${code}`}):\n${said}\nWhat was saved is kept; the same command goes on from there.`,
    );
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function readProgress(line: string): FitProgress | null {
  if (!line.startsWith("{")) return null; // a remark of a library
  const event = JSON.parse(line) as { event: string; secondsLeft: number | null } & Omit<FitProgress, "secondsLeft">; // written by train.py
  if (event.event !== "progress") return null;
  return { ...event, part: 0, secondsLeft: event.secondsLeft ?? Number.NaN };
}

/** Throws UserError, with what to install, where `python` cannot load what train.py needs. */
async function requirePackages(python: string, folder: string): Promise<void> {
  const requirements = join(folder, "requirements.txt");
  const install = `python3 -m venv .venv && .venv/bin/pip install -r ${requirements}`;
  const advice = `Install it (about 2 minutes) and name it: ${install}, then --python .venv/bin/python. Or leave --engine torch out: our own trainer needs no Python.`;
  const child = spawn(python, ["-c", FIND_PACKAGES], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = (await once(child, "close").catch((error: Error) => {
    throw new UserError(`--engine torch needs Python, and "${python}" cannot be started (${error.message}). ${advice}`);
  })) as [number];
  if (code === 0) return;
  const packages = (await readFile(requirements, "utf8")).trim().split("\n").join(", ");
  throw new UserError(
    `--engine torch needs the Python packages ${packages}, and ${python} lacks: ${said.trim()}. ${advice}`,
  );
}
