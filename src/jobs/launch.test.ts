import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type LaunchOptions, launchOf } from "./launch.ts";
import { runTorch } from "./torch.ts";

const options: LaunchOptions = {
  name: "pocketreply-0a1b2c3d",
  folder: "runs/mine/job",
  nodes: 2,
  gpusPerNode: 8,
  gpu: "H100",
  store: null,
  spot: false,
};
const golden = (name: string) => readFile(fileURLToPath(new URL(`../../golden/jobs/${name}`, import.meta.url)), "utf8");

test.each([
  ["skypilot", { store: "s3://my-bucket/mine", spot: true }, "sky jobs launch runs/mine/job/skypilot.yaml"],
  ["kubeflow", { store: "pocketreply-data" }, "kubectl apply -f runs/mine/job/trainjob.yaml"],
  ["slurm", {}, "cd runs/mine/job && sbatch job.slurm"],
] as const)("%s: the specification that its own schema or client accepted", async (target, more, command) => {
  const launch = launchOf(target, { ...options, ...more });
  expect(launch.file?.text).toBe(await golden(launch.file!.name));
  expect(launch.command).toBe(command);
});

test("torchrun needs a rendezvous for more than one machine", () => {
  const one = launchOf("torchrun", { ...options, nodes: 1 });
  expect(one.command).toContain("torchrun --standalone --nproc-per-node 8 runs/mine/job/train.py");
  expect(launchOf("torchrun", options).command).toContain("--nnodes 2 --rdzv-backend c10d");
});

test("a spot machine without a bucket, and a TrainJob without a volume, are refused", () => {
  expect(() => launchOf("skypilot", { ...options, spot: true })).toThrow(/--store s3/);
  expect(() => launchOf("kubeflow", options)).toThrow(/--store/);
});

test("without a Python that starts, says what to install, and that none is needed", async () => {
  const python = "/nowhere/python";
  await expect(runTorch({ folder: "runs/mine/job", out: "runs/mine", python })).rejects.toThrow(
    /^--engine torch needs Python, and "\/nowhere\/python" cannot be started \(spawn .* ENOENT\)\. Install it .*needs no Python\.$/,
  );
});
