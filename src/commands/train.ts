/** `pocketreply train`: accepted replies and a base in, checkpoints and the best one out. */

import { join } from "node:path";
import { type FolderOptions, inRunFolder, type Session, trainStage } from "../stages/index.ts";
import type { TrainFlags } from "./options.ts";

/** The verb. */
export async function train(options: FolderOptions & TrainFlags, session: Session): Promise<void> {
  const { engine, python = process.env.POCKETREPLY_PYTHON ?? "python3" } = options;
  const chosen = engine === "torch" ? ({ name: "torch", python } as const) : ({ name: "onnx" } as const);
  const report = await inRunFolder(options, session, (context) => trainStage(context, chosen));
  session.print(`The best checkpoint is ${join(options.run, report.best.checkpoint)}`);
  session.printJson(report);
}
