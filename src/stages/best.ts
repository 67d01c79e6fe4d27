/** The checkpoint that training chose. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { readJsonFile } from "../formats/index.ts";
import type { RunPaths } from "../run.ts";

/** best.json, as train writes it. */
export interface BestCheckpoint {
  readonly step: number;
  /** Relative to the run folder. */
  readonly checkpoint: string;
  readonly validationLoss: number;
}

/** best.json of a run folder. Throws UserError where it is gone or damaged. */
export async function readBest({ best, trainReport }: RunPaths): Promise<BestCheckpoint> {
  try {
    return (await readJsonFile(best)) as BestCheckpoint; // written by train
  } catch (error) {
    if (!(error instanceof UserError) || !existsSync(trainReport)) throw error;
    throw new UserError(
      `${best}, which names the checkpoint that training chose, is missing or damaged. Delete ${trainReport} and run train again: it is written anew from the checkpoints, and no step is trained twice.`,
    );
  }
}
