/** `pocketreply improve`: one round on the model's own drafts, and what the gate says of it. */
import { pasteable } from "../errors.ts";
import { type ImproveReport, improveStage, inRunFolder } from "../stages/index.ts";
import { table } from "./layout.ts";
import { chooseEngine, type ImproveFlags } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. */
export async function improve(options: FolderOptions & ImproveFlags, session: Session): Promise<void> {
  const { method, set, run } = options;
  const report = await inRunFolder({ ...options, set: [] }, session, (context) =>
    improveStage(context, { method, overrides: set, engine: chooseEngine(options) }),
  );
  session.print(gateTable(report).join("\n"));
  if (report.gate.passed) {
    session.print(`The run now replies with ${report.run}. Score it: npx pocketreply evaluate --run ${pasteable(run)}`);
    if (report.earlier !== null)
      session.print(
        `and beside the model before: npx pocketreply compare ${pasteable(report.earlier)} ${pasteable(run)}`,
      );
  } else session.print(`Rolled back: ${run} stays as it was. The round's model is in ${report.run}.`);
  session.printJson(report);
}

function gateTable({ gate: { lines, pairs } }: ImproveReport): string[] {
  const number = (value: number) => (Number.isInteger(value) ? `${value}` : value.toFixed(3));
  const rows = lines.map(({ name, before, after, asks, passed }) => [
    `${passed ? "✓" : "✗"} ${name}`,
    `${number(before)} → ${number(after)}`,
    asks,
  ]);
  const share =
    pairs.share === null
      ? "no reply differs"
      : `${pairs.wins} won, ${pairs.losses} lost, ${pairs.ties} as good: ${(100 * pairs.share).toFixed(0)} % (95 %: ${(100 * pairs.low!).toFixed(0)} to ${(100 * pairs.high!).toFixed(0)})`;
  return [
    table(["gate, on the validation mails", "before → after", "asked"], rows),
    `pair by pair, by ${pairs.by}: ${share}`,
  ];
}
