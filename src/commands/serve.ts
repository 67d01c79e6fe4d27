/** `pocketreply serve`: the app and the reply model over HTTP, until it is stopped. */

import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTextFile } from "../formats/index.ts";
import { isLoopback } from "../loopback.ts";
import { runPaths } from "../run.ts";
import { startServer } from "../serve/index.ts";
import { defaultRecipeName, packagePath } from "../shipped.ts";
import {
  findModelFiles,
  findModels,
  findStyle,
  findStyleModels,
  mostContextTokens,
  openEdits,
  readCompletion,
  readRecipe,
  readResponses,
  readTrigger,
} from "../stages/index.ts";
import type { ServeOptions } from "./options.ts";
import { drawCode, reachableAddresses } from "./serve-address.ts";
import { readServeKey } from "./serve-key.ts";
import type { FolderOptions, Session } from "./session.ts";

/** How long answers in progress may take to end after Ctrl-C. */
const GRACE_MS = 20_000;

/** The verb. */
export async function serve(options: FolderOptions & ServeOptions, session: Session): Promise<void> {
  const { port, host, allowHost = [], run, recipe, set } = options;
  const paths = runPaths(run);
  const { evaluate, reply, student } = await readRecipe(paths, { recipe, overrides: set }, defaultRecipeName);
  const { model: gguf, adapter } = await findModelFiles(paths, options);
  const isOpen = !isLoopback(host);
  const addOnKey = await readServeKey(paths);
  const key = isOpen ? addOnKey : undefined;
  const webFolder = packagePath("dist", "web", "app");
  const hasApp = existsSync(join(webFolder, "index.html"));
  const server = await startServer({
    ...{ gguf, adapter, port, host, key, addOnKey, allowedHosts: allowHost, graceMs: GRACE_MS },
    models: offeredModels(options, adapter),
    ...(options.model === undefined &&
      adapter === undefined && { findStyle: () => findStyle(paths), keepEdits: openEdits(paths) }),
    webFolder: hasApp ? webFolder : undefined,
    tls: await readTls(options),
    maxReplyTokens: evaluate.maxReplyTokens,
    mostContextTokens: mostContextTokens(),
    loopBan: reply.loopBan,
    responses: await readResponses(paths),
    ...(await readTrigger(paths, reply.triggerRate)),
    ...(await readCompletion(paths, reply.completionRate)),
    frame: student,
    log: (line) => session.progress.line(line),
  });
  session.allowToEnd(GRACE_MS + 3000);
  try {
    const urls = reachableAddresses(server.url, allowHost).map((url) =>
      key === undefined ? `${url}/` : `${url}/#key=${key}`,
    );
    session.print(
      describeServer({
        name: server.model,
        gguf: adapter === undefined ? gguf : `${gguf} with ${adapter}`,
        urls,
        isOpen,
        isSecure: options.cert !== undefined,
        hasApp,
        addOnKey,
      }),
    );
    session.printJson({ url: server.url, urls, model: server.model, file: gguf, ...(adapter && { adapter }) });
    if (!session.signal.aborted) await once(session.signal, "abort");
    session.progress.line("No new requests; answers in progress may end. Ctrl-C once more breaks them off.");
  } finally {
    await server.close();
  }
}

/** What the app may load into the browser, which lays no adapter over a base. */
function offeredModels({ run, model }: FolderOptions & ServeOptions, adapter: string | undefined): string[] {
  if (adapter !== undefined) return [];
  const paths = runPaths(run);
  return model === undefined ? [...findModels(paths), ...findStyleModels(paths)] : [model];
}

interface Served {
  readonly name: string;
  readonly gguf: string;
  readonly urls: readonly string[];
  readonly isOpen: boolean;
  readonly isSecure: boolean;
  readonly hasApp: boolean;
  readonly addOnKey: string;
}

function describeServer({ name, gguf, urls, isOpen, isSecure, hasApp, addOnKey }: Served): string {
  const lines = [`${name} (${gguf}) answers at`, ...urls.map((url) => `  ${url}`)];
  if (!hasApp) lines.push("The app is not built (npm run build): there is the API alone, below /v1.");
  else if (isOpen)
    lines.push(
      "",
      drawCode(urls[0]),
      "",
      "Scan it with the phone. Who has this address has the key: the model, and its answers.",
    );
  if (hasApp && isOpen && !isSecure) {
    lines.push(
      "Over http a phone's browser neither installs the app nor keeps the model. Give --cert and --key, or with an Android phone on a cable: adb reverse tcp:8642 tcp:8642, then http://localhost:8642 on the phone.",
    );
  }
  lines.push(`In Thunderbird (npx pocketreply clients thunderbird) the key is ${addOnKey}`, "Ctrl-C stops it.");
  return lines.join("\n");
}

async function readTls({ cert, key }: ServeOptions): Promise<{ cert: string; key: string } | undefined> {
  if (cert === undefined || key === undefined) return undefined;
  const [certText, keyText] = await Promise.all([cert, key].map(readTextFile));
  return { cert: certText, key: keyText };
}
