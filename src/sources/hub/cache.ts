/** The folder of caches: downloads and results that can be made again. */
import { homedir } from "node:os";
import { join } from "node:path";

/** POCKETREPLY_CACHE, else pocketreply in the user's cache folder. */
export function cacheFolder(): string {
  const { POCKETREPLY_CACHE, XDG_CACHE_HOME } = process.env;
  return POCKETREPLY_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "pocketreply");
}
