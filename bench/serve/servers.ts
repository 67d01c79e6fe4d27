/** Starts the servers of bench/serve.ts, each in its own process: ours, llama.cpp's own, and that of llama-cpp-python. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** A server that answers at `url`/v1. */
export interface Running {
  readonly name: string;
  readonly url: string;
  /** Bytes of memory that are in use now. */
  rssBytes(): number;
  stop(): Promise<void>;
}

/** What all servers are started with. */
export interface Setting {
  readonly gguf: string;
  readonly threads: number;
  /** Replies that a server writes at once. */
  readonly lanes: number;
}

const CONTEXT = 1024;

/** pocketreply serve. */
export async function startOurs({ gguf, threads }: Setting): Promise<Running> {
  const script = fileURLToPath(new URL("ours.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify({ gguf, threads })], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.once("data", (line) => resolve(`${line}`.trim()));
    child.once("exit", (code) => reject(new Error(`our server ended with ${code}`)));
  });
  return running("pocketreply serve", url, child, () => child.stdin!.end());
}

/** llama-server, as llama.cpp builds it. */
export async function startLlamaServer(path: string, { gguf, threads, lanes }: Setting): Promise<Running> {
  const port = await freePort();
  const n = String(threads);
  const args = ["-m", gguf, "-t", n, "-tb", n, "-np", String(lanes), "-c", String(lanes * CONTEXT), "--no-ui"];
  const child = spawn(path, [...args, "--port", String(port)], { stdio: "ignore" });
  return ready(
    running("llama-server", `http://127.0.0.1:${port}`, child, () => child.kill("SIGTERM")),
    child,
  );
}

/** python -m llama_cpp.server; `library` is the folder of libllama.so where the package was installed without its own. */
export async function startLlamaCppPython(
  { python, library }: { python: string; library?: string },
  { gguf, threads }: Setting,
): Promise<Running> {
  const port = await freePort();
  const n = String(threads);
  const args = ["-m", "llama_cpp.server", "--model", gguf, "--n_threads", n, "--n_threads_batch", n];
  const child = spawn(python, [...args, "--n_ctx", String(CONTEXT), "--port", String(port), "--host", "127.0.0.1"], {
    stdio: "ignore",
    env: library === undefined ? process.env : { ...process.env, LLAMA_CPP_LIB_PATH: library },
  });
  return ready(
    running("llama-cpp-python", `http://127.0.0.1:${port}`, child, () => child.kill("SIGTERM")),
    child,
  );
}

function running(name: string, url: string, child: ChildProcess, end: () => void): Running {
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    name,
    url,
    rssBytes: () => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))![1]),
    async stop() {
      end();
      const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(late);
    },
  };
}

/** Waits until the model is loaded. */
async function ready(server: Running, child: ChildProcess): Promise<Running> {
  const startMs = performance.now();
  while (true) {
    if (child.exitCode !== null) throw new Error(`${server.name} ended with ${child.exitCode}`);
    const answer = await fetch(`${server.url}/v1/models`).catch(() => null);
    if (answer?.ok) return server;
    if (performance.now() - startMs > 120_000) throw new Error(`${server.name} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
