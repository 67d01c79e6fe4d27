import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { takeLock } from "./lock.ts";

function lockPath(): string {
  return join(mkdtempSync(join(tmpdir(), "lock-")), "lock.json");
}

function writeHolder(path: string, holder: object): void {
  writeFileSync(
    path,
    JSON.stringify({ host: hostname(), startTicks: null, since: "2026-01-02T03:04:05Z", command: "train", ...holder }),
  );
}

/** The pid of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

describe("takeLock", () => {
  it("writes who holds the folder, and gives it back", async () => {
    const path = lockPath();
    const release = await takeLock(path, "runs/x", "npx pocketreply train");
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
      pid: process.pid,
      command: "npx pocketreply train",
    });
    release();
    expect(existsSync(path)).toBe(false);
    release(); // twice does no harm
  });

  it("refuses while another process works there, naming it, the time and the command", async () => {
    const path = lockPath();
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore" });
    try {
      writeHolder(path, { pid: child.pid });
      const failed = takeLock(path, "runs/x", "again");
      await expect(failed).rejects.toMatchObject({ name: "UserError" });
      await expect(failed).rejects.toThrow(
        `The run folder runs/x is in use by process ${child.pid}, since 2026-01-02T03:04:05Z: train`,
      );
      await expect(failed).rejects.toThrow("choose another folder with --run");
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("refuses a second time in the same process", async () => {
    const path = lockPath();
    const release = await takeLock(path, "runs/x", "first");
    await expect(takeLock(path, "runs/x", "second")).rejects.toThrow("first");
    release();
  });

  it("takes over the lock of a process that is gone, and leaves nothing of it", async () => {
    const path = lockPath();
    writeHolder(path, { pid: deadPid() });
    const release = await takeLock(path, "runs/x", "next");
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid, command: "next" });
    expect(readdirSync(join(path, ".."))).toEqual(["lock.json"]);
    release();
  });

  it.runIf(process.platform === "linux")("knows a pid that was given to a new process by its start time", async () => {
    const path = lockPath();
    writeHolder(path, { pid: process.pid, startTicks: "1" });
    const release = await takeLock(path, "runs/x", "next");
    release();
  });

  it("cannot see the processes of another machine, and says what to do", async () => {
    const path = lockPath();
    writeHolder(path, { pid: deadPid(), host: "another-machine" });
    await expect(takeLock(path, "runs/x", "next")).rejects.toThrow(`on another-machine`);
    await expect(takeLock(path, "runs/x", "next")).rejects.toThrow(`delete ${path}`);
  });

  it("takes over an unreadable lock only when it is not just being written", async () => {
    const path = lockPath();
    writeFileSync(path, "");
    await expect(takeLock(path, "runs/x", "next")).rejects.toThrow("Another process is just starting");
    const minuteAgo = Date.now() / 1000 - 60;
    utimesSync(path, minuteAgo, minuteAgo);
    const release = await takeLock(path, "runs/x", "next");
    release();
  });

  it("lets one of many win a stale lock", async () => {
    const path = lockPath();
    writeHolder(path, { pid: deadPid() });
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => takeLock(path, "runs/x", `taker ${i}`)),
    );
    const winners = results.filter((result) => result.status === "fulfilled");
    expect(winners).toHaveLength(1);
    for (const { value } of winners) value();
    expect(existsSync(path)).toBe(false);
  });
});
