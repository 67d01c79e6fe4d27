/** The key of a server that other machines may reach: kept in the run folder, so that a phone that knows it need not be told again. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { readTextFile, writeFileAtomic } from "../formats/index.ts";
import type { RunPaths } from "../run.ts";

const KEY_BYTES = 16;

/** The key of POCKETREPLY_KEY, else that of the run folder, made where it has none; without a run folder a new one each time. */
export async function readServeKey(paths: RunPaths): Promise<string> {
  const given = process.env.POCKETREPLY_KEY;
  if (given !== undefined && given !== "") return given;
  if (existsSync(paths.serveKey)) return (await readTextFile(paths.serveKey)).trim();
  const key = randomBytes(KEY_BYTES).toString("hex");
  if (existsSync(paths.folder)) {
    await writeFileAtomic(paths.serveKey, `${key}\n`);
    await chmod(paths.serveKey, 0o600);
  }
  return key;
}
