/** Signatures: how a score was made, on one line, so that anyone can make it again or see why two scores differ. */
import { readFileSync } from "node:fs";

/** The release of sacreBLEU whose numbers ours equal. */
export const SACREBLEU_VERSION = "2.6.0";

/** `key:value|…`, ending in our version and the version of the tool that the numbers equal. */
export function formatSignature(parts: Record<string, string>, compatible: string): string {
  const all = { ...parts, impl: `pocketreply-${packageVersion()}`, compat: compatible };
  return Object.entries(all)
    .map(([key, value]) => `${key}:${value}`)
    .join("|");
}

let version: string | undefined;

/** The version of this package. */
export function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string })
    .version;
  return version;
}
