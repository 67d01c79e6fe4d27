/** `pocketreply distill --join`: a machine that works for a run led elsewhere. */
import { joinRun } from "../distill/index.ts";
import type { Session } from "../stages/index.ts";
import type { WorkerFlags } from "./options.ts";

/** The verb, without a run folder. */
export async function joinDistill({ workers, join }: Required<WorkerFlags>, session: Session): Promise<void> {
  const { progress, signal } = session;
  progress.start("distill");
  const report = await joinRun({
    url: workers,
    name: join,
    signal,
    onNotice: (text) => progress.line(`  ${text}`),
    onProgress: (calls) => progress.update({ done: calls, unit: "calls", data: { run: join, calls } }),
  });
  progress.finish(`✓ distill: sent ${report.calls} calls for ${report.run}, which is complete`);
  session.printJson(report);
}
