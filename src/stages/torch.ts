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
  type FitOptions,
  fingerprintOf,
  finishTraining,
  prepareTraining,
  type TrainOptions,
  type TrainReport,
} from "../train/index.ts";

/** Where a job folder lies meanwhile, the folder of its results, and the Python that runs it. */
export interface TorchPlaces {
  readonly job: string;
  readonly out: string;
  readonly python: string;
}

/** Trains with PyTorch what `trainModel` would train. */
export async function trainWithTorch(options: TrainOptions, places: TorchPlaces): Promise<TrainReport> {
  const prepared = await prepareTraining({ ...options, wantsFloat32: true });
  await takeStepsWithTorch(prepared.fit, options.baseFolder, places);
  return finishTraining(prepared, options);
}

/** Takes the steps of `fit` that are left, over the base in `baseFolder`. */
export async function takeStepsWithTorch(
  fit: FitOptions,
  baseFolder: string,
  { job, out, python }: TorchPlaces,
): Promise<void> {
  checkExamples(fit);
  await writeJob(job, { fit, baseFolder });
  await runTorch({ folder: job, out, python, signal: fit.signal, onProgress: fit.onProgress });
  await rm(job, { recursive: true, force: true });
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
