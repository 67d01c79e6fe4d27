import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeEmail, makeRecipe, makeRun, readRows, scriptedAnswer, startScripted } from "../distill.fixture.ts";
import { distillEmails } from "../distill.ts";
import type { Reply } from "../results.ts";

describe("a wave of 4,000 requests", { timeout: 180_000 }, () => {
  it("goes out in files within the limits, and comes back whole and in order", async () => {
    const mails = Array.from({ length: 4000 }, (_, i) => makeEmail(i));
    const teacher = await startScripted({
      batches: { requestsPerFile: 1200 },
      answer(data) {
        if (data.kind === "generate" && /number \d*[1-4] by/.test(data.email)) throw new Error("no rule for it"); // a 422
        return scriptedAnswer(data);
      },
    });
    const run = await makeRun(mails);
    const folder = dirname(run.emails);
    const paths = { ...run.paths, batches: join(folder, "batches.json"), batchFiles: join(folder, "batches") };
    const recipe = makeRecipe(teacher.baseUrl, { mode: "batch", threshold: 0, refinements: 0 });
    Object.assign(recipe.distill.batch, { pollSeconds: 0.2, requestsPerFile: 1200, bytesPerFile: 2_400_000 });
    const report = await distillEmails({ ...run, paths, recipe });
    expect(report).toMatchObject({ accepted: 2400, rejected: 1600, rejectedByReason: { refused: 1600 } });
    expect(report.batch).toMatchObject({ waves: 2, requests: 6400, answered: 4800, failed: 1600 });
    expect(report.batch!.batches).toBeGreaterThanOrEqual(4 + 2);
    const ids = async (path: string) => (await readRows<Reply>(path)).map(({ id }) => id);
    const expected = mails.map(({ id }) => id);
    expect(await ids(run.paths.replies)).toEqual(expected.filter((id) => !/[1-4]$/.test(id)));
    expect(await ids(run.paths.rejected)).toEqual(expected.filter((id) => /[1-4]$/.test(id)));
  });
});
