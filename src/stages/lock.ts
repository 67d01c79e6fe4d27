/** One process at a time in a run folder: a lock file that names its holder; the lock of a dead process is taken over. */
import { readFileSync, unlinkSync } from "node:fs";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { explainWriteError, UserError } from "../errors.ts";

/** What the lock file says. `startTicks` is the process's start time on Linux (null elsewhere): a pid alone is used again. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly startTicks: string | null;
  readonly since: string;
  readonly command: string;
}

/** A lock file younger than this without readable content is one that its maker is just writing. */
const unreadableGraceMs = 5000;

/**
 * Takes the lock at `path` for this process, or throws UserError naming the live process that holds it.
 * The returned function gives it back; it is synchronous, so that it also works while the process exits.
 */
export async function takeLock(path: string, folder: string, command: string): Promise<() => void> {
  const mine = JSON.stringify({ ...thisProcess(), since: new Date().toISOString(), command } satisfies Holder);
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await createFile(path, mine)) return () => releaseLock(path, mine);
    await removeIfStale(path, folder);
  }
  throw new UserError(
    `The run folder ${folder} is being locked by other processes again and again. Wait and try once more.`,
  );
}

/** Creates `path` with `text`; false where it already exists. */
async function createFile(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(text);
    } catch (error) {
      await rm(path, { force: true }); // a full disk: an empty lock would be in the way of the next try
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw explainWriteError(error, path);
  }
}

/** Returns when the lock is gone (it was stale, or was just given back); throws UserError where a live process holds it. */
async function removeIfStale(path: string, folder: string): Promise<void> {
  const text = await readIfThere(path);
  if (text === undefined) return;
  const holder = parseHolder(text);
  if (holder === undefined) {
    const ageMs = Date.now() - (await stat(path).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
    if (ageMs < unreadableGraceMs)
      throw new UserError(`Another process is just starting in the run folder ${folder}. Wait and try once more.`);
  } else if (isAlive(holder)) {
    const where = holder.host === hostname() ? `process ${holder.pid}` : `process ${holder.pid} on ${holder.host}`;
    throw new UserError(
      `The run folder ${folder} is in use by ${where}, since ${holder.since}: ${holder.command}\n` +
        `Wait until it has finished, stop it, or choose another folder with --run. If you are sure that it no longer runs, delete ${path}.`,
    );
  }
  // Moved aside first, so that of two processes that see the same stale lock only one removes it.
  const aside = `${path}.${process.pid}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw explainWriteError(error, path);
  }
  const moved = await readIfThere(aside);
  if (moved !== undefined && moved !== text) await createFile(path, moved); // somebody's fresh lock: put it back
  await rm(aside, { force: true });
}

function releaseLock(path: string, mine: string): void {
  try {
    if (readFileSync(path, "utf8") === mine) unlinkSync(path);
  } catch {
    // Already gone: nothing to give back.
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Holder;
    return typeof value?.pid === "number" && typeof value.host === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the holder still runs. A process of another machine cannot be seen from here and counts as alive. */
function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  const ticks = startTicks(holder.pid);
  if (ticks !== null && holder.startTicks !== null) return ticks === holder.startTicks;
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function thisProcess(): Pick<Holder, "pid" | "host" | "startTicks"> {
  return { pid: process.pid, host: hostname(), startTicks: startTicks(process.pid) };
}

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)), counted after the command name's closing bracket; null where there is no /proc. */
function startTicks(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
