/** Two bench reports compared: which items failed stands in each, so the pairs can be told without the replies. */
import { UserError } from "../errors.ts";
import { type PairedDifference, pairedDifference } from "./gate-pairs.ts";

/** What of bench.json is read here. */
export interface BenchReportFile {
  readonly set: { readonly sha256: string };
  readonly slice: readonly string[];
  readonly items: number;
  readonly checks: Readonly<Record<string, { readonly of: number } | undefined>>;
  readonly failures: readonly { readonly id: string; readonly check: string }[];
}

/** The difference in the share of items that pass `check`, or every check where it is null. Throws UserError where the reports are not of the same items. */
export function benchDifference(
  run: BenchReportFile,
  baseline: BenchReportFile,
  check: string | null,
): PairedDifference {
  if (run.set.sha256 !== baseline.set.sha256 || run.slice.join() !== baseline.slice.join())
    throw new UserError(
      "the two bench reports are of different items: run `pocketreply bench` on both with the same set and slice",
    );
  const [ours, theirs] = [run, baseline].map((report) => {
    const tried = check === null ? report.items : report.checks[check]?.of;
    if (tried === undefined)
      throw new UserError(`the bench report has no check "${check}"; it has ${Object.keys(report.checks).join(", ")}`);
    const failures = report.failures.filter((failure) => check === null || failure.check === check);
    return { tried, failed: new Set(failures.map(({ id }) => id)) };
  });
  if (ours.tried !== theirs.tried)
    throw new UserError(
      `${check} applied to ${ours.tried} replies of the run and ${theirs.tried} of the baseline, so they cannot be paired`,
    );
  const ids = [...new Set([...ours.failed, ...theirs.failed])];
  const failing = ids.map((id) => ({
    threadId: id,
    run: Number(!ours.failed.has(id)),
    baseline: Number(!theirs.failed.has(id)),
  }));
  const passing = Array.from({ length: ours.tried - ids.length }, (_, i) => ({
    threadId: `passing ${i}`,
    run: 1,
    baseline: 1,
  }));
  return pairedDifference([...failing, ...passing]);
}
