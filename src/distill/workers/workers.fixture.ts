/** Stand-ins for the tests of shared runs: a real Redis on a port of its own, and workers and coordinators as processes. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { Redis } from "ioredis";
import { onTestFinished } from "vitest";
import { runInChild } from "../../../scripts/fixtures/child.ts";
import { compiled } from "../../../scripts/fixtures/compiled.ts";
import type { NamedEndpoints } from "./join.ts";
import type { Timing } from "./store.ts";

/** Whether the tests can run: they need Debian's redis-server. */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
if (!hasRedis) console.warn("skipped: tests of --workers need redis-server on the PATH");

/** A Redis that keeps nothing on disk. `restart` kills it and starts an empty one at the same place. */
export async function startRedis(...options: readonly string[]) {
  const port = await findPort();
  let child: ChildProcess = await launch();
  onTestFinished(() => void child.kill("SIGKILL"));

  async function launch(): Promise<ChildProcess> {
    const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", ...options];
    const started = spawn("redis-server", settings, { stdio: ["ignore", "pipe", "ignore"] });
    await new Promise<void>((resolve, reject) => {
      started.stdout!.on("data", (chunk) => String(chunk).includes("Ready to accept connections") && resolve());
      started.on("exit", () => reject(new Error("redis-server did not start")));
    });
    return started;
  }

  return {
    url: `redis://127.0.0.1:${port}/0`,
    /** A client of the test's own. */
    async client(): Promise<Redis> {
      const redis = new Redis(port, "127.0.0.1");
      redis.on("error", () => {});
      onTestFinished(() => redis.disconnect());
      return redis;
    },
    async restart(awayMs: number): Promise<void> {
      child.removeAllListeners("exit");
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      child = await launch();
    },
  };
}

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs `code` in a process of its own, which ends with the test at the latest. */
function runUntilTestEnds(code: string): ReturnType<typeof runInChild> {
  const child = runInChild(code);
  onTestFinished(child.kill);
  return child;
}

/** A worker as a process of its own. */
export function spawnWorker(crew: { url: string; name: string; timing?: Timing }, named: NamedEndpoints) {
  return runUntilTestEnds(
    `import { joinRun } from ${JSON.stringify(compiled("src/distill/workers/join.ts"))};
const { calls } = await joinRun({ ...${JSON.stringify(crew)}, named: ${JSON.stringify(named)}, signal: new AbortController().signal, onNotice: () => {} });
console.log(calls);`,
  );
}

/** A coordinator as a process of its own; `options` as for distillEmails. */
export function spawnCoordinator(options: object, workers: { url: string; name: string; timing?: Timing }) {
  return runUntilTestEnds(
    `import { distillEmails } from ${JSON.stringify(compiled("src/distill/distill.ts"))};
await distillEmails({ ...${JSON.stringify(options)}, workers: { ...${JSON.stringify(workers)}, onNotice: () => {} } });`,
  );
}
