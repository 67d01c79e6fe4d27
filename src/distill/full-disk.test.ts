/** A disk that fills while calls are in flight: no answer that was paid for is lost. Needs the right to mount a small disk. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { mountSmallDisk } from "../../scripts/fixtures/small-disk.ts";
import { UserError } from "../errors.ts";
import { makeEmail, makeRecipe, makeRun, readResults, scriptedAnswer, startScripted } from "./distill.fixture.ts";
import { distillEmails } from "./distill.ts";

const disk = mountSmallDisk(8 << 20);
if (!disk) console.log("skipped: a disk that fills, for this process may not mount one");
afterAll(() => disk?.close());

describe.skipIf(!disk)("a full disk", { timeout: 60_000 }, () => {
  const mails = Array.from({ length: 120 }, (_, i) => makeEmail(i));

  /** What a run that nothing disturbs makes of the mails, on another disk. */
  let calm: { calls: number; results: string[] };
  it("is compared with a run on a disk with room", async () => {
    const run = await makeRun(mails);
    const teacher = await startScripted();
    await distillEmails({ ...run, recipe: makeRecipe(teacher.baseUrl) });
    calm = { calls: teacher.requests.total, results: await readResults(run.paths) };
    expect(calm.calls).toBeGreaterThan(2 * mails.length);
  });

  /** A run whose journal lies on the small disk. */
  const prepare = async (name: string) => ({ run: await makeRun(mails), attempts: join(disk!.folder, name) });
  const countOk = async (path: string) =>
    (await readFile(path, "utf8"))
      .split("\n")
      .slice(0, -1) // whole lines
      .filter((line) => line.includes('"outcome":"ok"')).length;

  it.each([0, 37, 150])("that fills after %i of the calls costs none of them twice", async (fillAt) => {
    disk!.free();
    const { run, attempts } = await prepare(`full-${fillAt}.jsonl`);
    const paths = { ...run.paths, attempts };
    const teacher = await startScripted({
      latencyMs: 20,
      onAnswer: () => {
        if (teacher.requests.total < fillAt) return;
        disk!.fill();
        fillAt = Number.POSITIVE_INFINITY; // once: what the reserve frees is for the answers
      },
    });
    const recipe = makeRecipe(teacher.baseUrl, { concurrency: 20, openPerRequest: 2 });
    const failure = await distillEmails({ ...run, paths, recipe }).catch((error) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toBe(
      `The disk is full: ${attempts} could not be written. Free some space and run the same command again; it continues where it stopped.`,
    );
    const paid = teacher.requests.total;
    expect(paid).toBeLessThan(calm.calls);
    expect(await countOk(attempts)).toBe(paid); // without a reserve fewer: those in flight
    expect((await readFile(attempts, "utf8")).endsWith("}\n")).toBe(true);
    expect(existsSync(`${attempts}.reserve`)).toBe(false);

    disk!.fill();
    await expect(distillEmails({ ...run, paths, recipe })).rejects.toThrow(/The disk is full: .*\.reserve could not/);
    expect(teacher.requests.total).toBe(paid); // no call before there is room for its answer

    disk!.free();
    await distillEmails({ ...run, paths, recipe });
    expect(teacher.requests.total).toBe(calm.calls);
    expect(await readResults(paths)).toEqual(calm.results);
    expect(existsSync(`${attempts}.reserve`)).toBe(false);
  });

  it.each(["journal", "run folder"])(
    "that fills while a batch is taken in costs no request twice: the %s on it",
    async (what) => {
      disk!.free();
      const { run, attempts } = await prepare(`batch-${what}.jsonl`);
      const folder = what === "journal" ? dirname(run.emails) : join(disk!.folder, "batch");
      let asked = 0;
      let fillAt = 2; // of the downloads
      const teacher = await startScripted({
        answer(data) {
          asked++;
          return scriptedAnswer(data);
        },
        batches: {
          async onRequest(request) {
            if (/^GET .*content$/.test(request) && --fillAt === 0) disk!.fill();
            return undefined;
          },
        },
      });
      const recipe = makeRecipe(teacher.baseUrl, { mode: "batch" });
      Object.assign(recipe.distill.batch, { pollSeconds: 0.01 });
      const paths = {
        ...run.paths,
        attempts,
        batches: join(folder, "batches.json"),
        batchFiles: join(folder, "batches"),
      };
      await expect(distillEmails({ ...run, paths, recipe })).rejects.toThrow("The disk is full: ");
      expect(asked).toBeGreaterThan(mails.length); // the second wave was answered
      disk!.free();
      await distillEmails({ ...run, paths, recipe });
      expect(asked).toBe(calm.calls);
      expect(await readResults(paths)).toEqual(calm.results);
    },
  );
});
