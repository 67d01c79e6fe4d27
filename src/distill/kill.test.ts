import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import {
  distilInChild,
  makeEmail,
  makeRecipe,
  makeRun,
  readResults,
  readRows,
  startScripted,
} from "./distill.fixture.ts";
import { distillEmails } from "./distill.ts";
import type { DistillReport } from "./distill-report.ts";
import type { AttemptRow } from "./journal-rows.ts";

describe("SIGKILL", { timeout: 180_000 }, () => {
  it("at ten random moments: the same rows as undisturbed, and no finished call made twice", async () => {
    const mails = Array.from({ length: 60 }, (_, i) => makeEmail(i));
    const calm = await makeRun(mails);
    const first = await startScripted();
    const undisturbed = await distillEmails({ ...calm, recipe: makeRecipe(first.baseUrl) });
    const calls = undisturbed.outcomes.ok;

    const killed = await makeRun(mails);
    const random = createRandom("kill");
    let killAt = Number.POSITIVE_INFINITY;
    let kill = () => {};
    const teacher = await startScripted({
      latencyMs: 3,
      onAnswer: () => {
        if (teacher.requests.total >= killAt) kill();
      },
    });
    const recipe = makeRecipe(teacher.baseUrl, { concurrency: 8 });
    for (let i = 0; i < 10; i++) {
      const before = teacher.requests.total;
      const known = countRows(killed.paths.attempts);
      killAt = before + 1 + random.integer(Math.floor(calls / 11));
      const child = distilInChild({ ...killed, recipe });
      kill = child.kill;
      expect(await child.exit).toBe("SIGKILL");
      // What it had asked and not journalled was in flight or being written: at most one call for each of the 4 × 8 open mails.
      const lost = teacher.requests.total - before - (countRows(killed.paths.attempts) - known);
      expect(lost).toBeGreaterThanOrEqual(0);
      expect(lost).toBeLessThanOrEqual(32);
    }
    const before = teacher.requests.total;
    const known = countRows(killed.paths.attempts);
    killAt = Number.POSITIVE_INFINITY;
    const report: DistillReport = await distillEmails({ ...killed, recipe });
    expect(teacher.requests.total - before).toBe(calls - known); // only what was missing
    expect(report.outcomes.ok).toBe(calls);
    expect(report.sessions).toBe(11);
    expect(await readResults(killed.paths)).toEqual(await readResults(calm.paths));
    expect(existsSync(`${killed.paths.attempts}.reserve`)).toBe(false); // the killed ones left theirs

    const keys = (await readRows<AttemptRow>(killed.paths.attempts))
      .filter((row) => row.outcome)
      .map((row) => `${row.emailId}/${row.kind}/${row.round}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

/** Whole rows of calls; a last line without its end does not count. */
function countRows(path: string): number {
  if (!existsSync(path)) return 0;
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.filter((line) => line.includes('"outcome":"ok"')).length;
}
