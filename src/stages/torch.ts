/** A training handed to PyTorch: on this machine in place of our own trainer, or as a job folder for another. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../formats/index.ts";
import {
  type JobTarget,
  jobName,
  type Launch,
  type LaunchOptions,
  launchOf,
  runTorch,
  writeJob,
} from "../jobs/index.ts";
import {
  checkExamples,
  fingerprintOf,
  finishTraining,
  prepareTraining,
  type TrainOptions,
  type TrainReport,
} from "../train/index.ts";

/** Trains with PyTorch what `trainModel` would train. `job` is where the job folder lies meanwhile, `out` the run folder. */
export async function trainWithTorch(
  options: TrainOptions,
  { job, out, python }: { job: string; out: string; python: string },
): Promise<TrainReport> {
  const prepared = await prepareTraining({ ...options, wantsFloat32: true });
  checkExamples(prepared.fit);
  await writeJob(job, { fit: prepared.fit, baseFolder: options.baseFolder });
  await runTorch({ folder: job, out, python, signal: options.signal, onProgress: options.onProgress });
  const report = await finishTraining(prepared, options);
  await rm(job, { recursive: true, force: true });
  return report;
}

/** Writes the job folder of a training and its specification for `target`; returns how to launch it. */
export async function writeTrainingJob(
  options: TrainOptions,
  { job, target, ...machines }: { job: string; target: JobTarget } & Omit<LaunchOptions, "name" | "folder">,
): Promise<Launch> {
  const { fit } = await prepareTraining({ ...options, wantsFloat32: true });
  checkExamples(fit);
  const launch = launchOf(target, { ...machines, name: jobName(fingerprintOf(fit)), folder: job });
  await writeJob(job, { fit, baseFolder: options.baseFolder });
  if (launch.file) await writeFileAtomic(join(job, launch.file.name), launch.file.text);
  return launch;
}
