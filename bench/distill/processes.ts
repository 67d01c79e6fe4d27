/** Starts the processes of bench/distill.ts: the server, our client, the loop, the peers. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ChildResult, ServerCounts, ServerOrder } from "./child.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const childPath = join(root, "bench/distill/child.ts");
const peersFolder = join(root, ".cache/bench-peers");

function spawnChild(mode: string, order: object): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", childPath, mode, JSON.stringify(order)], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** A server in its own process while `use` works with it; returns what it counted too. */
export async function withServer<T>(
  order: ServerOrder,
  use: (server: { baseUrl: string; counts(): Promise<ServerCounts> }) => Promise<T>,
): Promise<{ result: T; counts: ServerCounts }> {
  const child = spawnChild("server", order);
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const readLine = async () => JSON.parse((await lines.next()).value as string);
  const counts = async (): Promise<ServerCounts> => {
    child.stdin!.write("counts\n");
    return readLine();
  };
  try {
    const { baseUrl } = await readLine();
    const result = await use({ baseUrl, counts });
    return { result, counts: await counts() };
  } finally {
    child.kill("SIGKILL");
  }
}

/** Our client, or the loop, in its own process. `onSpawn` gets the process, to kill it; the result is then null. */
export async function runChild(
  mode: "client" | "run",
  order: object,
  onSpawn?: (kill: () => void) => void,
): Promise<ChildResult | null> {
  const child = spawnChild(mode, order);
  onSpawn?.(() => child.kill("SIGKILL"));
  return readResult(child, mode);
}

async function readResult(child: ChildProcess, name: string): Promise<ChildResult | null> {
  let output = "";
  child.stdout!.on("data", (chunk) => {
    output += chunk;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on("close", (code, signal) => resolve([code, signal])),
  );
  if (signal !== null) return null;
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  return JSON.parse(output.trim().split("\n").at(-1)!);
}

/** Another client: its name and how to run it. */
export interface Peer {
  readonly name: string;
  run(order: { baseUrl: string; requests: string; concurrency: number }): Promise<ChildResult>;
}

/** Installs the peers beside the project (not into it) and returns those that work here, and why the others do not. */
export function installPeers(): { peers: Peer[]; missing: string[] } {
  mkdirSync(peersFolder, { recursive: true });
  cpSync(join(root, "bench/peers"), peersFolder, { recursive: true });
  const missing: string[] = [];
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { cwd: peersFolder, encoding: "utf8" }).status === 0;
  const hasNode =
    existsSync(join(peersFolder, "node_modules/openai")) ||
    run("npm", "install", "--no-audit", "--no-fund", "--no-package-lock");
  const python = join(peersFolder, "venv/bin/python");
  const hasPython =
    run(python, "-c", "import openai") ||
    (run("python3", "-m", "venv", "venv") && run(python, "-m", "pip", "install", "-q", "-r", "requirements.txt"));
  if (!hasNode) missing.push("openai, ai, @langchain/openai: npm could not install them");
  if (!hasPython) missing.push("openai for Python: python3 -m venv or pip could not install it");
  const start = (name: string, command: string, script: string): Peer => ({
    name,
    async run(order) {
      const child = spawn(command, [script, JSON.stringify(order)], {
        cwd: peersFolder,
        stdio: ["ignore", "pipe", "ignore"],
      });
      return (await readResult(child, name))!;
    },
  });
  const peers = [
    ...(hasNode
      ? [
          start("openai 4.104.0", process.execPath, "openai.mjs"),
          start("ai 5.0.277", process.execPath, "ai-sdk.mjs"),
          start("@langchain/openai 0.6.17", process.execPath, "langchain.mjs"),
        ]
      : []),
    ...(hasPython ? [start("Python openai 3.54.0", python, "python_openai.py")] : []),
  ];
  return { peers, missing };
}
