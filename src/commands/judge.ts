/** `pocketreply judge`: the replies of a run judged one by one, or against another system's in both orders. */

import { inRunFolder, judgeAgainstStage, judgeStage, planJudging, renewReport } from "../stages/index.ts";
import { printPairs, printPlan, printReport } from "./judge-print.ts";
import type { FolderOptions, Session } from "./session.ts";

/** Options of `judge` beside the common ones. */
export interface JudgeFlags {
  /** Another run folder, "base" or "teacher". */
  readonly against?: string;
  readonly dryRun?: boolean;
}

/** The verb. */
export async function judge(options: FolderOptions & JudgeFlags, session: Session): Promise<void> {
  const { against, dryRun = false } = options;
  await inRunFolder(options, session, async (context) => {
    const { paths } = context.folder;
    if (dryRun) return printPlan(await planJudging(context, against), session);
    if (against === undefined) {
      const report = await judgeStage(context);
      await renewReport(context);
      printReport(report, session);
      session.print(`\n${paths.judged} holds the evidence for every reply.`);
      return session.printJson(report);
    }
    const report = await judgeAgainstStage(context, against);
    await renewReport(context);
    printPairs(report, session);
    session.print(`\n${paths.judgedPairs} holds every pair.`);
    session.printJson(report);
  });
}
