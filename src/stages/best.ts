/** The checkpoint that training chose. */
import { readJsonFile } from "../formats/index.ts";
import type { RunPaths } from "../run.ts";

/** best.json, as train writes it. */
export interface BestCheckpoint {
  readonly step: number;
  /** Relative to the run folder. */
  readonly checkpoint: string;
  readonly validationLoss: number;
}

/** best.json of a run folder. */
export async function readBest({ best }: RunPaths): Promise<BestCheckpoint> {
  return (await readJsonFile(best)) as BestCheckpoint; // written by train
}
