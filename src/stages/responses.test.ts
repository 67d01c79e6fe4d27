import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultRecipe } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { buildResponses, readResponses } from "./responses.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pocketreply-responses-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const recipe = defaultRecipe();
const row = (i: number, reply: string, body: string) => ({
  ...{ id: `m${i}`, threadId: `t${i}`, reply },
  email: {
    id: `m${i}`,
    threadId: `t${i}`,
    from: { name: "Ann", address: "ann@x.example" },
    to: [],
    cc: [],
    subject: "Plan",
    body,
  },
});
const MEET = "Hi Ben,\n\nCould we meet on Tuesday at 10:30?\n\nAnn";
const THANKS = "Hi Ben,\n\nThank you so much for your help last week.\n\nAnn";
const ROWS = [
  ...[1, 2, 3, 4, 5].map((i) => row(i, "Hi Ann, thank you for your mail. That works well for me.", MEET)),
  ...[6, 7, 8, 9].map((i) => row(i, "Hi Ann, I am glad to hear that.", THANKS)),
];

async function makeRun(name: string, test: readonly string[] | null = ["m5", "m9"]) {
  const paths = runPaths(join(folder, name));
  const { mkdir } = await import("node:fs/promises");
  await mkdir(paths.folder);
  await writeFile(paths.replies, ROWS.map((one) => `${JSON.stringify(one)}\n`).join(""));
  const train = ROWS.map(({ id }) => id).filter((id) => test?.includes(id) !== true);
  if (test !== null) await writeFile(paths.split, JSON.stringify({ seed: 1, train, validation: [], test }));
  return paths;
}

describe("the response set of a run", () => {
  it("is mined from what training saw, and measured on what it did not see", async () => {
    const paths = await makeRun("whole");
    const report = await buildResponses({ paths, recipe });
    expect(report).toMatchObject({ responses: 2, clusters: 2, replies: 7, heldOut: { mails: 2, covered: 1 } });
    const { systems } = report.heldOut!;
    expect(systems["by frequency"]).toMatchObject({ precisionAt1: 0.5, precisionAt3: 1, meanReciprocalRank: 0.75 });
    expect(systems["by the mail's signs"]).toMatchObject({ precisionAt1: 1, meanReciprocalRank: 1 });
    const set = await readResponses(paths);
    expect(set!.set.responses.map(({ text, count }) => [text, count])).toEqual([
      ["That works well for me.", 4],
      ["I am glad to hear that.", 3],
    ]);
    expect(await readFile(paths.responses, "utf8")).toMatch(/^# Short replies that were given often/);
  });

  it("is not measured where nothing is held out, and does not exist where nothing is said three times", async () => {
    const paths = await makeRun("untrained", null);
    expect((await buildResponses({ paths, recipe })).heldOut).toBeNull();
    await writeFile(paths.replies, `${JSON.stringify(ROWS[0])}\n`);
    await expect(buildResponses({ paths, recipe })).rejects.toThrow("no sentence that stands in three conversations");
    expect(await readResponses(runPaths(join(folder, "nowhere")))).toBeUndefined();
    await expect(buildResponses({ paths: runPaths(join(folder, "nowhere")), recipe })).rejects.toThrow("distill first");
  });

  it("keeps what a person edited, and says where an edit is nonsense", async () => {
    const paths = await makeRun("edited");
    await buildResponses({ paths, recipe });
    const written = await readFile(paths.responses, "utf8");
    await writeFile(paths.responses, written.replace("That works well for me.", "Fine with me!"));
    expect((await readResponses(paths))!.set.responses[0].text).toBe("Fine with me!");
    await expect(buildResponses({ paths, recipe })).rejects.toThrow("was edited. Keep it, or build it anew");
    await buildResponses({ paths, recipe, overwrite: true });
    expect(await readFile(paths.responses, "utf8")).toBe(written);
    for (const [text, message] of [
      ["clusters: [", /is no YAML: .*line 1/],
      ["", /format: it must be/],
      [written.replace("intent: accept", "intent: yes"), /clusters\[0\].intent: "yes" is none of/],
      ["a: &a [1]\nb: [*a, *a]", /is no YAML|format: it must be/],
    ] as const) {
      await writeFile(paths.responses, text);
      await expect(readResponses(paths)).rejects.toThrow(message);
      await expect(readResponses(paths)).rejects.toThrow(/Mend|build it anew/);
    }
  });
});
