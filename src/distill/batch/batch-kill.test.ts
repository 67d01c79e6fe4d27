import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  distilInChild,
  makeEmail,
  makeRecipe,
  makeRun,
  readResults,
  readRows,
  scriptedAnswer,
  startScripted,
} from "../distill.fixture.ts";
import { distillEmails } from "../distill.ts";
import type { AttemptRow } from "../journal-rows.ts";

/** Where a process is killed: when the server has done this, `afterMs` later, its answer under way or not. */
const killPoints = [
  { what: /^POST \/v1\/files$/, afterMs: 0 }, //            the file is there, its id is not known here
  { what: /^POST \/v1\/batches$/, afterMs: 0 }, //          the batch is made, its id is not known here
  { what: /^GET \/v1\/batches\/batch/, afterMs: 0 }, //     while it waits
  { what: /^GET \/v1\/files\/.*\/content$/, afterMs: 0 }, // finished, nothing taken in
  { what: /^GET \/v1\/files\/.*\/content$/, afterMs: 25 }, // while it is taken in, or soon after
  { what: /^DELETE \/v1\/files\//, afterMs: 0 }, //         taken in
  { what: /^POST \/v1\/batches$/, afterMs: 3 }, //          about when its id is saved
];

describe("SIGKILL of a run in batches", { timeout: 180_000 }, () => {
  it("at every kind of moment: the same rows, no batch made twice, no request worked on twice", async () => {
    const mails = Array.from({ length: 150 }, (_, i) => makeEmail(i));
    const calm = await makeRun(mails);
    const first = await startScripted();
    const undisturbed = await distillEmails({ ...calm, recipe: makeRecipe(first.baseUrl) });

    let asked = 0;
    let created = 0;
    let point: (typeof killPoints)[number] | null = null;
    let kill = () => {};
    const teacher = await startScripted({
      answer(data) {
        asked++;
        return scriptedAnswer(data);
      },
      batches: {
        latencyMs: 30,
        async onRequest(what) {
          if (what === "POST /v1/batches") created++;
          if (!point?.what.test(what)) return undefined;
          const { afterMs } = point;
          point = null;
          if (afterMs > 0) setTimeout(kill, afterMs);
          else {
            kill();
            await new Promise((resolve) => setTimeout(resolve, 50)); // it is gone before an answer could reach it
          }
          return undefined;
        },
      },
    });
    const run = await makeRun(mails);
    const folder = dirname(run.emails);
    const paths = { ...run.paths, batches: join(folder, "batches.json"), batchFiles: join(folder, "batches") };
    const recipe = makeRecipe(teacher.baseUrl, { mode: "batch" });
    Object.assign(recipe.distill.batch, { pollSeconds: 0.02, requestsPerFile: 100 });
    for (const next of killPoints) {
      point = next;
      const child = distilInChild({ ...run, paths, recipe });
      kill = child.kill;
      expect(await child.exit, String(next.what)).toBe("SIGKILL");
    }
    point = null;
    const report = await distillEmails({ ...run, paths, recipe });
    expect(await readResults(run.paths)).toEqual(await readResults(calm.paths));
    expect(asked).toBe(undisturbed.outcomes.ok);
    expect(report.outcomes.ok).toBe(undisturbed.outcomes.ok);
    expect(report.batch!.batches).toBe(created);
    const keys = (await readRows<AttemptRow>(run.paths.attempts))
      .filter((row) => row.outcome)
      .map((row) => `${row.emailId}/${row.kind}/${row.round}`);
    expect(new Set(keys).size).toBe(keys.length);
    const files = (await (await fetch(`${teacher.baseUrl}/files`)).json()) as { data: { purpose: string }[] };
    expect(files.data.filter(({ purpose }) => purpose === "batch").length).toBeLessThanOrEqual(1); // the one being deleted
  });
});
