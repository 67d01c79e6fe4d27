/** A training's steps for the programs that draw curves. */
import { readJsonl } from "../formats/index.ts";
import type { StepRow } from "./fit.ts";

/** What was logged at each step, under the names that such programs group by, and how long the steps took. */
export interface History {
  readonly rows: readonly {
    readonly step: number;
    readonly seconds: number;
    readonly values: Record<string, number>;
  }[];
  readonly runtimeSeconds: number;
}

/** Reads steps.jsonl; `seconds` is the time from the start to the end of a step. */
export async function readHistory(path: string): Promise<History> {
  const rows = new Map<number, { seconds: number; values: Record<string, number> }>();
  let runtimeSeconds = 0;
  for await (const { value } of readJsonl(path)) {
    const { step, seconds = 0, loss, validationLoss, skipped, ...rest } = value as StepRow; // our own file
    runtimeSeconds += seconds;
    const named = {
      ...(skipped === undefined ? {} : { "train/skipped": 1 }),
      ...(typeof loss !== "number" ? {} : { "train/loss": loss }),
      ...(validationLoss === undefined ? {} : { "eval/loss": validationLoss }),
    };
    rows.set(step, { seconds: runtimeSeconds, values: { ...rows.get(step)?.values, ...named, ...rest } });
  }
  return { rows: [...rows].map(([step, row]) => ({ step, ...row })), runtimeSeconds };
}
