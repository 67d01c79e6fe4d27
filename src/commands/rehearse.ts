/** `pocketreply rehearse`: the run against the built-in teacher with the limits, latency and faults of the paid one, in a folder of its own. */
import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename } from "node:path";
import { type Comparison, compareRehearsal, distillEmails, rehearsalOf } from "../distill/index.ts";
import { UserError } from "../errors.ts";
import { writeJsonFile } from "../formats/index.ts";
import { formatDuration } from "../progress.ts";
import { type RunPaths, runPaths } from "../run.ts";
import type { FolderOptions, Session } from "../stages/index.ts";
import { formatUsd, table } from "../stages/index.ts";
import { describeDistillation, showProgress } from "./distill.ts";
import { planRun } from "./plan.ts";

/** Options of the verb beside the common ones. */
export interface RehearseOptions {
  readonly into?: string;
  readonly speed: number;
}

/** The verb. The run folder is only read. */
export async function rehearse(options: FolderOptions & RehearseOptions, session: Session): Promise<void> {
  const { run, speed } = options;
  const { progress, signal } = session;
  const into = runPaths(options.into ?? `${run.replace(/[/\\]+$/, "")}-rehearsal`);
  const { plan, recipe, paths } = await planRun(options, session);
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
  for (const line of describeComparison(comparison)) session.print(line);
  session.print(
    `\nThe built-in teacher stands in for ${recipe.teacher.model}: time, limits, faults and files are real, the replies are rules.`,
  );
  session.printJson(result);
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

function describeComparison(comparison: readonly Comparison[]): string[] {
  const show = (value: number | null, unit: Comparison["unit"]) => {
    if (value === null) return "-";
    if (unit === "usd") return formatUsd(value);
    if (unit === "minutes") return formatDuration(value * 60);
    if (unit === "share") return `${(100 * value).toFixed(1)} %`;
    return Math.round(value).toLocaleString("en-US");
  };
  const rows = comparison.map(({ figure, planned, rehearsed, unit }) => [
    figure,
    show(planned, unit),
    show(rehearsed, unit),
  ]);
  return ["", table(["", "planned", "rehearsed"], rows)];
}
