/** The stage gate: does a run reach what a gates file asks for? */
import { UserError } from "../errors.ts";
import { decideGates, formatJunit, type GateReport, lookUp, parseGates } from "../evaluate/index.ts";
import { writeFileAtomic } from "../formats/index.ts";
import { readYaml } from "../recipe.ts";
import { type RunPaths, runPaths } from "../run.ts";
import { compareRuns } from "./gate-pairs.ts";
import { readReport, reportPath } from "./gate-reports.ts";
import { requireRun } from "./known-runs.ts";

/** A gates file, the run it is about, the run to compare with, and where results go as JUnit XML. */
export interface GateOptions {
  readonly file: string;
  readonly run: string;
  readonly baseline?: string;
  readonly junit?: string;
}

/** Decides the gates of a file for a run, and for its differences to a baseline run; writes JUnit XML to `junit`. */
export async function gateStage({ file, run, baseline, junit }: GateOptions): Promise<GateReport> {
  const gates = parseGates(await readYaml(file, "gates file"), file);
  const paths = openRun(run);
  const base = baseline === undefined ? null : openRun(baseline);
  const report = await decideGates(gates, {
    readValue: (metric) => readValue(paths, metric),
    comparePairs: async (metric) => {
      if (base !== null) return compareRuns(paths, base, metric);
      throw new UserError("there is no baseline to compare with: give one with --baseline RUN");
    },
  });
  if (junit !== undefined) {
    const properties = { run, ...(baseline === undefined ? {} : { baseline }), gates: file };
    await writeFileAtomic(junit, formatJunit(report, { properties, at: new Date() }));
  }
  return report;
}

function openRun(folder: string): RunPaths {
  requireRun(folder);
  return runPaths(folder);
}

async function readValue(paths: RunPaths, metric: string): Promise<unknown> {
  const [name, ...path] = metric.split(".");
  const content = await readReport(paths, name);
  return lookUp(content, path, reportPath(paths, name));
}
