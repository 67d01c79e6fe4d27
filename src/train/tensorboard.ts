/** The finished training as a TensorBoard run, made from steps.jsonl: `tensorboard --logdir FOLDER`. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { encodeScalarEvents, writeFileAtomic } from "../formats/index.ts";
import { readHistory } from "./history.ts";

/** Writes `folder/events.out.tfevents.SECONDS.pocketreply` in place of an older one. */
export async function writeTensorboardRun({ folder, steps }: { folder: string; steps: string }): Promise<void> {
  const { rows, runtimeSeconds } = await readHistory(steps);
  const start = Date.now() / 1000 - runtimeSeconds;
  const events = rows.map(({ step, seconds, values }) => ({ step, wallSeconds: start + seconds, values }));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const file = `events.out.tfevents.${Math.floor(start)}.pocketreply`;
  await writeFileAtomic(join(folder, file), encodeScalarEvents(start, events));
}
