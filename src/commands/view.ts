/** `pocketreply view`: the dataset of a run in a browser on this machine, until it is stopped. */

import { once } from "node:events";
import { basename, resolve } from "node:path";
import { pasteable } from "../errors.ts";
import { isLoopback } from "../loopback.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName, packagePath } from "../shipped.ts";
import { hasBegun, readRecipe, requireStage } from "../stages/index.ts";
import { startView } from "../view/index.ts";
import type { ViewFlags } from "./options.ts";
import { drawCode, reachableAddresses } from "./serve-address.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. Takes no lock: distill may be at work in the folder. */
export async function view(options: FolderOptions & ViewFlags, session: Session): Promise<void> {
  const { progress, signal } = session;
  const paths = runPaths(options.run);
  const example = `npx pocketreply import --mail PATH --run ${pasteable(paths.folder)}`;
  requireStage(paths.importReport, { before: "import", now: "view", run: paths.folder, example });
  const recipe = await readRecipe(paths, { recipe: options.recipe, overrides: options.set }, defaultRecipeName);
  progress.start("view");
  const server = await startView({
    paths,
    recipe,
    name: basename(resolve(paths.folder)),
    webFolder: packagePath("dist", "web", "view"),
    training: () => {
      const trained = hasBegun(paths, "train");
      return {
        trained,
        takeIn: `npx pocketreply run ${trained ? "--from distill " : ""}--run ${pasteable(options.run)}`,
      };
    },
    port: options.port,
    host: options.host,
    signal,
    onProgress: (done, total) => progress.update({ done, total, unit: "mails" }),
  });
  try {
    progress.finish(`✓ view: ${server.total.toLocaleString("en-US")} mails`);
    if (server.isTorn)
      progress.line(
        `! the last decision in ${paths.reviews} was cut when its program ended, and is lost; all others are there`,
      );
    const isOpen = !isLoopback(options.host);
    const { pathname } = new URL(server.url);
    const urls = isOpen ? reachableAddresses(server.url, []).map((at) => `${at}${pathname}`) : [server.url];
    session.print(
      isOpen
        ? `${urls.join("\n")}\n\n${drawCode(urls[0])}\n\nOpen one of these in a browser on the same network, or scan the code with the phone. Who has the address can read this mail and decide; it goes over the network unencrypted. Ctrl-C stops it.`
        : `${server.url}\nOpen this address in a browser of this machine. Ctrl-C stops it.`,
    );
    session.printJson({ url: server.url, urls, mails: server.total });
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await server.close();
  }
}
