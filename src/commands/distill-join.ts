/** `pocketreply distill --join`: a machine that works for a run led elsewhere. */

import { joinRun, type NamedEndpoints } from "../distill/index.ts";
import type { WorkerFlags } from "./options.ts";
import type { Session } from "./session.ts";

/** The overrides that a worker takes: where it sends, and the variable with its key. */
const OWN = /^(teacher|judge)\.(baseUrl|apiKeyEnv)=(\S+)$/;

/** The endpoints that the overrides name; one without an address is none. */
function readNamed(set: readonly string[]): NamedEndpoints {
  const values = new Map(set.map((text) => OWN.exec(text)!).map(([, role, key, value]) => [`${role}.${key}`, value]));
  const read = (role: "teacher" | "judge") => {
    const baseUrl = values.get(`${role}.baseUrl`);
    return baseUrl === undefined ? {} : { [role]: { baseUrl, apiKeyEnv: values.get(`${role}.apiKeyEnv`) ?? null } };
  };
  return { ...read("teacher"), ...read("judge") };
}

/** The verb, without a run folder. */
export async function joinDistill(
  { workers, join, set }: Required<WorkerFlags> & { set: readonly string[] },
  session: Session,
): Promise<void> {
  const { progress, signal } = session;
  progress.start("distill");
  const report = await joinRun({
    url: workers,
    name: join,
    named: readNamed(set),
    signal,
    onNotice: (text) => progress.line(`  ${text}`),
    onProgress: (calls) => progress.update({ done: calls, unit: "calls", data: { run: join, calls } }),
  });
  progress.finish(`✓ distill: sent ${report.calls} calls for ${report.run}, which is complete`);
  session.printJson(report);
}
