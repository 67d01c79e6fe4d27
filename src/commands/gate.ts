/** `pocketreply gate`: does a run reach what a gates file asks for? For CI: exit code, JUnit XML, JSON. */
import { CommanderError } from "commander";
import { UserError } from "../errors.ts";
import type { GateReport } from "../evaluate/index.ts";
import { type GateOptions, gateStage } from "../stages/index.ts";
import type { Session } from "./session.ts";

/** The verb. Ends with exit code 0, 1 (a gate failed) or 2 (one could not be decided). */
export async function gate(options: GateOptions, session: Session): Promise<void> {
  let report: GateReport;
  try {
    report = await gateStage(options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    session.progress.line(error.message);
    throw new CommanderError(2, "gate.undecided", error.message);
  }
  printGates(report, session);
  session.printJson(report);
  if (report.exitCode !== 0) throw new CommanderError(report.exitCode, "gate.closed", "a gate did not pass");
}

function printGates({ name, results, passed, failed, errors }: GateReport, session: Session): void {
  const marks = { passed: "✓", failed: "✗", error: "?" };
  session.print(name);
  for (const { status, metric, condition, found, why } of results) {
    session.print(`${marks[status]} ${metric}: ${condition}; ${found}`);
    if (status !== "passed" && why !== null) session.print(`    ${why}`);
  }
  session.print(`\n${passed} passed, ${failed} failed, ${errors} could not be decided`);
}
