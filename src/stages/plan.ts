/** The stage plan: what distill will take, before a call is made. */

import { existsSync } from "node:fs";
import { type DistillPlan, type DistillReport, type PlanEvidence, planDistill } from "../distill/index.ts";
import { endpointsOf, warnOfEnds } from "../endpoint/index.ts";
import { pasteable } from "../errors.ts";
import { readJsonFile } from "../formats/index.ts";
import type { Recipe } from "../recipe.ts";
import { type RunPaths, runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import { readRecipe } from "./folder.ts";
import { type FolderOptions, fillSession, type Session } from "./session.ts";
import { requireStage } from "./stage.ts";

/** The plan of a run folder with the recipe that distill would use, overrides on top. Reads the folder and changes nothing in it. */
export async function planStage(
  { run, recipe: named, set = [] }: FolderOptions,
  session: Partial<Session> = {},
): Promise<{ recipe: Recipe; plan: DistillPlan; paths: RunPaths }> {
  const { progress, signal } = fillSession(session);
  const paths = runPaths(run);
  const example = `npx pocketreply import --mail PATH --run ${pasteable(run)}`;
  requireStage(paths.importReport, { before: "import", now: "plan", run, example });
  const recipe = await readRecipe(paths, { recipe: named, overrides: set }, defaultRecipeName);
  for (const warning of warnOfEnds(recipe)) progress.line(`! ${warning}`);
  progress.start("plan");
  const plan = await planDistill({
    emails: paths.emails,
    recipe,
    evidence: await readEvidence(paths, recipe),
    signal,
    onProgress: (done, total) => progress.update({ done, total, unit: "mails", note: "counting tokens" }),
  });
  progress.finish(`✓ plan: ${plan.mails.sampled.toLocaleString("en-US")} mails counted`);
  return { recipe, plan, paths };
}

/** What an earlier run of the same teacher and judge has measured. */
async function readEvidence(paths: RunPaths, recipe: Recipe): Promise<PlanEvidence | null> {
  if (!existsSync(paths.distillReport)) return null;
  const report = (await readJsonFile(paths.distillReport)) as DistillReport; // written by distill
  const { teacher, judge } = endpointsOf(recipe);
  const isSame = report.teacher?.model === teacher.model && report.judge?.model === judge.model;
  return isSame && report.okCompletionTokens ? report : null;
}
