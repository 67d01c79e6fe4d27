/** A training as a job folder for PyTorch: written, run on this machine, or described to a cluster. */
export { jobName, writeJob } from "./job.ts";
export { type JobTarget, jobTargets, type Launch, type LaunchOptions, launchOf } from "./launch.ts";
export { runTorch } from "./torch.ts";
