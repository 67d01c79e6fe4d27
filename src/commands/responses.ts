/** `pocketreply responses`: short replies that were given often, for instant answers: built from a run, shown, measured. */

import { pasteable, UserError } from "../errors.ts";
import { toResponseFile } from "../reply/index.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import { buildResponses, type ResponsesReport, readRecipe, readResponses } from "../stages/index.ts";
import type { FolderOptions, Session } from "./session.ts";

/** Options of the verb beside the common ones. */
export interface ResponsesOptions {
  readonly action: "build" | "show";
  readonly overwrite?: boolean;
  readonly model: boolean;
}

/** The verb. */
export async function responses(options: FolderOptions & ResponsesOptions, session: Session): Promise<void> {
  return options.action === "build" ? build(options, session) : show(options, session);
}

async function build(options: FolderOptions & ResponsesOptions, session: Session): Promise<void> {
  const { run, recipe: named, set, overwrite, model: withModel } = options;
  const paths = runPaths(run);
  const recipe = await readRecipe(paths, { recipe: named, overrides: set }, defaultRecipeName);
  session.progress.start("responses");
  const report = await buildResponses({
    ...{ paths, recipe, overwrite, withModel, signal: session.signal },
    onProgress: (done, total) => session.progress.update({ done, total, unit: "held-out mails" }),
  });
  session.progress.finish(`✓ responses: ${report.responses} of ${report.replies} replies in ${paths.responses}`);
  for (const line of describeReport(report)) session.print(line);
  session.printJson(report);
}

/** The figures as a table, a system a row. */
function describeReport({ responses, clusters, heldOut }: ResponsesReport): string[] {
  const head = `${responses} responses that mean ${clusters} things`;
  if (heldOut === null) return [head, "nothing is held out yet: train first, then build it again to have it measured"];
  const { mails, covered, systems } = heldOut;
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`.padStart(6);
  const width = Math.max(...Object.keys(systems).map((name) => name.length));
  return [
    `${head}; ${percent(covered).trim()} of the replies to ${mails} held-out mails hold one`,
    `${"".padEnd(width)}   P@1    P@3    MRR   R@3  intents@3`,
    ...Object.entries(systems).map(
      ([name, of]) =>
        `${name.padEnd(width)}${percent(of.precisionAt1)} ${percent(of.precisionAt3)}  ${of.meanReciprocalRank.toFixed(3)} ${percent(of.recallAt3)}   ${of.distinctIntentsAt3.toFixed(2)}`,
    ),
    "P@k: of the mails whose reply holds a response, those with it among the first k; R@3: of all mails",
  ];
}

async function show({ run }: FolderOptions, session: Session): Promise<void> {
  const paths = runPaths(run);
  const responses = await readResponses(paths);
  if (responses === undefined)
    throw new UserError(
      `${paths.responses} is not there. Build it: npx pocketreply responses build --run ${pasteable(run)}`,
    );
  const file = toResponseFile(responses.set);
  for (const { intent, replies } of file.clusters) {
    session.print(
      `${`${intent}:`.padEnd("acknowledge: ".length)}${replies.map(({ text, count }) => `${text} (${count})`).join(" | ")}`,
    );
  }
  session.printJson(file);
}
