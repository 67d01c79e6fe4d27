/** The stage distill: mail in, accepted replies out. */

import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type CrewOptions, type DistillReport, distillEmails, readReviews } from "../distill/index.ts";
import { checkModels, endpointsOf } from "../endpoint/index.ts";
import { pasteable } from "../errors.ts";
import type { Progress } from "../progress.ts";
import type { Recipe } from "../recipe.ts";
import type { RunPaths } from "../run.ts";
import { describeDistillation, showProgress, warnings } from "./distill-lines.ts";
import { hasBegun } from "./folder.ts";
import { requireStage, type StageContext } from "./stage.ts";

/** Writes, judges and refines until every mail is accepted or rejected, or a stop rule is met; whether it is complete the room itself decides, by distill.json. */
export async function distillStage({ folder, session }: StageContext, workers?: string): Promise<DistillReport> {
  const { paths, recipe } = folder;
  const { progress, signal } = session;
  const example = `npx pocketreply import --mail PATH --run ${pasteable(paths.folder)}`;
  requireStage(paths.importReport, { before: "import", now: "distill", run: paths.folder, example });
  signal.throwIfAborted();
  progress.start("distill");
  if (!existsSync(paths.distillReport))
    for (const warning of await checkModels(recipe, signal)) progress.line(`! ${warning}`);
  const keepFinished = hasBegun(paths, "train");
  const report = await distillEmails({
    keepFinished,
    emails: paths.emails,
    paths: { ...paths, report: paths.distillReport },
    recipe,
    signal,
    onProgress: showProgress(progress, recipe),
    workers: workers === undefined ? undefined : leadWorkers(workers, { folder: paths.folder, progress, recipe }),
  });
  progress.finish(`✓ distill: ${describeDistillation(report)}`);
  for (const line of warnings(report)) progress.line(line);
  if (keepFinished && (await hasNewReviews(paths, report)))
    progress.line(
      `! ${paths.reviews} has changed since training began: its newer decisions are not in the model yet. Run: npx pocketreply run --from distill --run ${pasteable(paths.folder)} (the present results are kept in ${paths.earlier}, and nothing is paid for twice)`,
    );
  return report;
}

/** Whether a person has decided something since the dataset was written. */
export async function hasNewReviews({ reviews }: RunPaths, { reviewsDigest }: DistillReport): Promise<boolean> {
  return (await readReviews(reviews)).digest !== reviewsDigest;
}

/** The run's name for its workers is its folder's. */
function leadWorkers(
  url: string,
  { folder, progress, recipe }: { folder: string; progress: Progress; recipe: Recipe },
): CrewOptions {
  const name = basename(resolve(folder));
  const shown = url.replace(/\/\/[^@/]*@/, "//"); // no password on a screen
  progress.line(
    `  other machines join with: npx pocketreply distill --workers ${shown} --join ${name}${nameEndpoints(recipe)}`,
  );
  return { url, name, onNotice: (text) => progress.line(`  ${text}`) };
}

/** What a worker's command line says of the endpoints; nothing for the built-in teacher. */
function nameEndpoints(recipe: Recipe): string {
  const { teacher, judge, isSame } = endpointsOf(recipe);
  const name = (role: string, { baseUrl, apiKeyEnv }: Recipe["teacher"]) =>
    baseUrl === "builtin" ? "" : ` ${role}.baseUrl=${baseUrl} ${role}.apiKeyEnv=${apiKeyEnv}`;
  return name("teacher", teacher) + (isSame ? "" : name("judge", judge));
}
