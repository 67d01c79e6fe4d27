/** Where an endpoint's parts lie, and how a request shows who sends it. */
import { UserError } from "../errors.ts";

/** The URL of a part such as `/models`: behind the path of the base URL, before its query (Azure: `…?api-version=2024-10-21`). */
export function endpointUrl(baseUrl: string, part: string): string {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/(?<!\/)\/+$/, "")}${part}`;
  return url.href;
}

/** The headers of every request; Azure takes a key under a name of its own. `extra` stands above them. */
export function requestHeaders(
  baseUrl: string,
  apiKey: string | null | undefined,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const isAzure = URL.canParse(baseUrl) && new URL(baseUrl).searchParams.has("api-version");
  const key = !apiKey ? {} : isAzure ? { "api-key": apiKey } : { authorization: `Bearer ${apiKey}` };
  const lower = Object.entries(extra).map(([name, value]) => [name.toLowerCase(), value]);
  return { "user-agent": "pocketreply", ...key, ...Object.fromEntries(lower) };
}

/** The key in an environment variable, null where it is not set. Throws UserError for one that no header can carry. */
export function readApiKey(variable: string): string | null {
  const key = process.env[variable] || null;
  const bad = key === null ? null : /[^\x21-\x7e]/.exec(key);
  if (key === null || bad === null) return key;
  const what = /[\r\n]/.test(bad[0]) ? "a line end" : /\s/.test(bad[0]) ? "a space" : `the character "${bad[0]}"`;
  const why = bad[0] === "…" ? ", as from a key that was shortened for display" : "";
  throw new UserError(
    `The key in the environment variable ${variable} holds ${what} at place ${bad.index + 1} of ${key.length}${why}: no key does. Set ${variable} anew, for example with export ${variable}="$(tr -d '[:space:]' < key.txt)".`,
  );
}
