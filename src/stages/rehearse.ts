/** The stage rehearse: the run against the built-in teacher with the limits, latency and faults of the paid one, in a folder of its own. */
import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename } from "node:path";
import {
  compareRehearsal,
  type DistillPlan,
  type DistillReport,
  distillEmails,
  type RehearsedFigure,
  rehearsalOf,
} from "../distill/index.ts";
import { UserError } from "../errors.ts";
import { writeJsonFile } from "../formats/index.ts";
import { formatDuration } from "../progress.ts";
import type { Recipe } from "../recipe.ts";
import { type RunPaths, runPaths } from "../run.ts";
import { describeDistillation, showProgress } from "./distill-lines.ts";
import { planStage } from "./plan.ts";
import { type FolderOptions, fillSession, type Session } from "./session.ts";

/** What came of a rehearsal, beside the plan; rehearsal.json. */
export interface RehearsalReport {
  readonly plan: DistillPlan;
  readonly speed: number;
  readonly rehearsed: DistillReport;
  readonly comparison: readonly RehearsedFigure[];
}

/** Rehearses with the clock `speed` times as fast, in `into` (default: beside the run folder, which is only read). */
export async function rehearseStage(
  options: FolderOptions & { into?: string; speed: number },
  session: Partial<Session> = {},
): Promise<{ recipe: Recipe; report: RehearsalReport }> {
  const { run, speed } = options;
  const { progress, signal } = fillSession(session);
  const into = runPaths(options.into ?? `${run.replace(/(?<![/\\])[/\\]+$/, "")}-rehearsal`);
  const { plan, recipe, paths } = await planStage(options, session);
  await clearRehearsal(into);
  const rehearsed = rehearsalOf(recipe, plan, speed);
  const expected = formatDuration((plan.time.minutes * 60) / speed);
  progress.line(
    `Rehearsing in ${into.folder} with the built-in teacher${speed === 1 ? "" : `, ${speed} times as fast`}: about ${expected}. ${plan.time.minutes / speed > 10 ? "--speed 20, or distill.sample=200, makes it shorter." : ""}`.trim(),
  );
  progress.start("rehearse");
  const startedMs = performance.now();
  const report = await distillEmails({
    emails: paths.emails,
    paths: { ...distillPaths(into), report: into.distillReport },
    ...rehearsed,
    signal,
    onProgress: showProgress(progress, rehearsed.recipe),
  });
  const comparison = compareRehearsal(plan, report, performance.now() - startedMs, speed);
  progress.finish(`✓ rehearse: ${describeDistillation(report)}`);
  const result = { plan, speed, rehearsed: report, comparison };
  await writeJsonFile(into.rehearsal, result);
  return { recipe, report: result };
}

function distillPaths({ attempts, replies, rejected, preferences }: RunPaths) {
  return { attempts, replies, rejected, preferences };
}

/** Makes the folder, or empties that of an earlier rehearsal. Throws UserError where anything else lies in it. */
async function clearRehearsal(into: RunPaths): Promise<void> {
  const { folder } = into;
  const ours = [...Object.values(distillPaths(into)), into.distillReport, into.rehearsal];
  const names = new Set(ours.flatMap((path) => [basename(path), `${basename(path)}.partial`]));
  if (existsSync(folder)) {
    const others = (await readdir(folder)).filter((name) => !names.has(name));
    if (others.length > 0)
      throw new UserError(
        `${folder} holds ${others.slice(0, 3).join(", ")}, which no rehearsal wrote. Choose another folder with --into.`,
      );
  }
  await mkdir(folder, { recursive: true });
  for (const path of ours) await rm(path, { force: true });
}
