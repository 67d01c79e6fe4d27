/**
 * How existing engines launch a job folder: one specification each, as text, and the command that hands it over. Nothing here starts
 * anything. Schemas: SkyPilot 0.14 (its task YAML), Kubeflow Trainer 2.3 (TrainJob, trainer.kubeflow.org/v1alpha1), Slurm's sbatch.
 */
import { stringify } from "yaml";
import { UserError } from "../errors.ts";

export const jobTargets = ["torchrun", "skypilot", "kubeflow", "slurm"] as const;
export type JobTarget = (typeof jobTargets)[number];

/** What a person chooses of the machines. */
export interface LaunchOptions {
  /** Name of the job in lists. */
  readonly name: string;
  /** The job folder, as typed. */
  readonly folder: string;
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** A GPU as the cluster names it, such as H100. */
  readonly gpu: string;
  /** A bucket (s3://…, gs://…) for skypilot, a volume claim for kubeflow: where results are kept when a machine goes away. */
  readonly store: string | null;
  /** Cheaper machines that may be taken away. */
  readonly spot: boolean;
}

/** A specification to write into the job folder (none where a command says all), and the command that launches it. */
export interface Launch {
  readonly file: { readonly name: string; readonly text: string } | null;
  readonly command: string;
  /** How the results come into the run folder. */
  readonly fetch: string;
}

const port = 29500;
const image = "pytorch/pytorch:2.15.0-cuda13.2-cudnn9-runtime";

/** Throws UserError for a choice that the target cannot keep. */
export function launchOf(target: JobTarget, options: LaunchOptions): Launch {
  switch (target) {
    case "torchrun":
      return torchrun(options);
    case "skypilot":
      return skypilot(options);
    case "kubeflow":
      return kubeflow(options);
    case "slurm":
      return slurm(options);
    default:
      return target satisfies never;
  }
}

function torchrun({ folder, nodes, gpusPerNode, name }: LaunchOptions): Launch {
  const rendezvous =
    nodes === 1
      ? "--standalone"
      : `--nnodes ${nodes} --rdzv-backend c10d --rdzv-id ${name} --rdzv-endpoint FIRST_NODE:${port}`;
  return {
    file: null,
    command: `pip install -r ${folder}/requirements.txt && torchrun ${rendezvous} --nproc-per-node ${gpusPerNode} ${folder}/train.py`,
    fetch: `${folder}/out`,
  };
}

function skypilot({ name, folder, nodes, gpusPerNode, gpu, store, spot }: LaunchOptions): Launch {
  if (spot && store === null)
    throw new UserError(
      "A spot machine takes its disk with it: name a bucket for the checkpoints, such as --store s3://my-bucket/mine, or leave --spot out.",
    );
  const out = store === null ? "out" : "/results";
  const task = {
    name,
    resources: { accelerators: `${gpu}:${gpusPerNode}`, use_spot: spot },
    num_nodes: nodes,
    workdir: folder,
    ...(store === null ? {} : { file_mounts: { [out]: { source: store, mode: "MOUNT" } } }),
    setup: "pip install -r requirements.txt",
    run: [
      `torchrun --nnodes $SKYPILOT_NUM_NODES --node-rank $SKYPILOT_NODE_RANK --nproc-per-node $SKYPILOT_NUM_GPUS_PER_NODE \\`,
      `  --master-addr $(echo "$SKYPILOT_NODE_IPS" | head -n1) --master-port ${port} train.py --out ${out}`,
      "",
    ].join("\n"),
  };
  const file = "skypilot.yaml";
  return {
    file: { name: file, text: stringify(task) },
    command: spot ? `sky jobs launch ${folder}/${file}` : `sky launch -c ${name} ${folder}/${file}`,
    fetch: store ?? `${name}:sky_workdir/out (rsync -r ${name}:sky_workdir/out/ …)`,
  };
}

function kubeflow({ name, nodes, gpusPerNode, store, folder }: LaunchOptions): Launch {
  if (store === null)
    throw new UserError(
      "A TrainJob reads the job folder from a volume and writes its results there: name the claim, such as --store pocketreply-data, and copy the folder into it.",
    );
  const mount = { name: "job", mountPath: "/job" };
  const job = {
    apiVersion: "trainer.kubeflow.org/v1alpha1",
    kind: "TrainJob",
    metadata: { name },
    spec: {
      runtimeRef: { name: "torch-distributed" },
      trainer: {
        image,
        numNodes: nodes,
        numProcPerNode: gpusPerNode,
        command: ["bash", "-c"],
        args: ["pip install -r /job/requirements.txt && torchrun /job/train.py"], // the runtime sets PET_* for torchrun
        resourcesPerNode: { limits: { "nvidia.com/gpu": String(gpusPerNode) } },
      },
      runtimePatches: [
        {
          manager: "pocketreply.org/job",
          trainingRuntimeSpec: {
            template: {
              spec: {
                replicatedJobs: [
                  {
                    name: "node",
                    template: {
                      spec: {
                        template: {
                          spec: {
                            volumes: [{ name: mount.name, persistentVolumeClaim: { claimName: store } }],
                            containers: [{ name: "node", volumeMounts: [mount] }],
                          },
                        },
                      },
                    },
                  },
                ],
              },
            },
          },
        },
      ],
    },
  };
  const file = "trainjob.yaml";
  return {
    file: { name: file, text: stringify(job) },
    command: `kubectl apply -f ${folder}/${file}`,
    fetch: `out/ on the volume ${store}`,
  };
}

function slurm({ name, folder, nodes, gpusPerNode, gpu }: LaunchOptions): Launch {
  const text = `#!/bin/bash
#SBATCH --job-name=${name}
#SBATCH --nodes=${nodes}
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=${gpu.toLowerCase()}:${gpusPerNode}
#SBATCH --requeue
#SBATCH --signal=TERM@120
#SBATCH --output=%x-%j.log
# Before: python -m venv .venv && .venv/bin/pip install -r requirements.txt
source .venv/bin/activate
first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n1)
srun torchrun --nnodes "$SLURM_NNODES" --nproc-per-node ${gpusPerNode} --rdzv-backend c10d --rdzv-id "$SLURM_JOB_ID" \\
  --rdzv-endpoint "$first:${port}" train.py
`;
  const file = "job.slurm";
  return { file: { name: file, text }, command: `cd ${folder} && sbatch ${file}`, fetch: `${folder}/out` };
}
