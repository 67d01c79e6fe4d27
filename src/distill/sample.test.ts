import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeEmail, makeFolder } from "./distill.fixture.ts";
import { sampleEmails } from "./sample.ts";

async function sampleIds(count: number, seed: number, mails = 200): Promise<string[]> {
  const path = join(await makeFolder(), "emails.jsonl");
  await writeFile(path, Array.from({ length: mails }, (_, i) => `${JSON.stringify(makeEmail(i))}\n`).join(""));
  const sample = await sampleEmails({ path, count, seed });
  const ids = [];
  for await (const email of sample.read()) ids.push(email.id);
  expect(ids).toHaveLength(sample.size);
  return ids;
}

describe("the sample", () => {
  it("is the same for the same seed, in the order of the file, and another for another seed", async () => {
    const ids = await sampleIds(50, 1);
    expect(ids).toEqual(await sampleIds(50, 1));
    expect(ids).toEqual([...ids].sort());
    expect(ids).not.toEqual(await sampleIds(50, 2));
  });

  it("is all there is where more is asked for", async () => {
    expect(await sampleIds(500, 1, 12)).toHaveLength(12);
  });

  it("draws every mail about equally often", async () => {
    const drawn = new Map<string, number>();
    for (let seed = 0; seed < 100; seed++)
      for (const id of await sampleIds(10, seed, 20)) drawn.set(id, (drawn.get(id) ?? 0) + 1);
    // Each mail is drawn with p = 1/2 a hundred times: 50 ± 5; five standard deviations leave nothing to chance.
    for (const count of drawn.values()) expect(Math.abs(count - 50)).toBeLessThan(25);
    expect(drawn.size).toBe(20);
  });

  it("leaves out and counts what the mailbox's owner wrote, and says so where nothing else is there", async () => {
    const path = join(await makeFolder(), "emails.jsonl");
    const rows = Array.from({ length: 20 }, (_, i) => ({
      ...makeEmail(i),
      ...(i % 4 === 0 ? { fromOwner: true } : {}),
    }));
    const write = (some: readonly object[]) => writeFile(path, some.map((row) => `${JSON.stringify(row)}\n`).join(""));
    await write(rows);
    const sample = await sampleEmails({ path, count: 100, seed: 1 });
    expect(sample).toMatchObject({ total: 20, duplicates: 0, fromOwner: 5, size: 15 });
    for await (const email of sample.read()) expect(email.fromOwner).toBeUndefined();
    await write([rows[0]]);
    await expect(sampleEmails({ path, count: 5, seed: 1 })).rejects.toThrow(
      /All 1 mails of .*emails\.jsonl are written by the mailbox's owner, .*correct import\.owner/,
    );
  });

  it("names the line that is no mail", async () => {
    const path = join(await makeFolder(), "emails.jsonl");
    await writeFile(path, `${JSON.stringify(makeEmail(1))}\n{"id":"x"}\n`);
    await expect(sampleEmails({ path, count: 5, seed: 1 })).rejects.toThrow(
      /line 2: expected a mail with id, from, subject and body/,
    );
  });
});
