/** `pocketreply bench`: a model's replies to the hand-written mails, made once, and what the checks say of them. */

import { type BenchOptions, benchStage } from "../stages/index.ts";
import { printBench } from "./bench-print.ts";
import type { Session } from "./session.ts";

/** The verb. */
export async function bench(options: BenchOptions, session: Session): Promise<void> {
  const { report, path } = await benchStage(options, session);
  printBench(report, path, session);
  session.printJson(report);
}
