import { Option } from "commander";
import type { FolderOptions } from "../../stages/index.ts";
import { type JobFlags, positive, withRecipe } from "../options.ts";
import type { Verb } from "./verb.ts";

export const jobVerb: Verb<FolderOptions & JobFlags> = {
  name: "job",
  summary: "the training as a folder for PyTorch on other machines: job/, and the command to launch it",
  description:
    "Writes the training of a run as a job folder: the sequences as token ids, which of them make up each step, the base, the state to start from, and a program of about 300 lines for PyTorch. It runs by itself (python train.py), under torchrun on many GPUs and nodes, and under the engines that --target names. The steps, losses and checkpoints are those of our own trainer, and a machine that is taken away loses nothing that was saved.",
  declare: (command) =>
    withRecipe(command)
      .addOption(
        new Option("--target <engine>", "what launches it")
          .choices(["torchrun", "skypilot", "kubeflow", "slurm"])
          .default("torchrun"),
      )
      .addOption(new Option("--nodes <n>", "machines").argParser(positive).default(1))
      .addOption(new Option("--gpus <n>", "GPUs in each").argParser(positive).default(1))
      .option("--gpu <name>", "the GPU, as the cluster names it", "H100")
      .option("--store <place>", "where checkpoints are kept: a bucket (skypilot) or a volume claim (kubeflow)")
      .option("--spot", "machines that may be taken away, at a lower price (skypilot)"),
  examples: [
    ["npx pocketreply job --run runs/mine --gpus 8", "eight GPUs of one machine, by torchrun"],
    [
      "npx pocketreply job --run runs/mine --target skypilot --gpu H100 --spot --store s3://my-bucket/mine",
      "a spot machine of whichever cloud is cheapest",
    ],
    [
      "npx pocketreply job --run runs/mine --target kubeflow --nodes 2 --gpus 8 --store pocketreply-data",
      "a Kubernetes cluster",
    ],
    ["npx pocketreply job --run runs/mine --target slurm --gpus 4 --gpu A100", "a Slurm cluster"],
  ],
  run: async (options, session) => (await import("../job.ts")).job(options, session),
};
