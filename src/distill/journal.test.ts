import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder } from "./distill.fixture.ts";
import { hasCalls, openJournal } from "./journal.ts";
import { createJournalIndex } from "./journal-index.ts";
import type { AttemptRow } from "./journal-rows.ts";

const settings = { seed: 1, "teacher.model": "gpt-4o" };
const row = (emailId: string, i: number, reply = `reply ${i} — naïve 😀`): AttemptRow => ({
  emailId,
  emailDigest: "d",
  kind: "generate",
  round: i,
  repeat: 0,
  promptVersion: "p",
  model: "gpt-4o",
  outcome: "ok",
  reply,
  usage: { promptTokens: 10, completionTokens: 2 },
  latencyMs: 5,
  costUsd: 0.001,
  retries: 1,
  at: "2026-01-01T00:00:07.000Z",
});
const open = async (path: string) => openJournal({ path, settings, now: () => new Date("2026-01-01T00:00:00Z") });

describe("the journal", () => {
  it("gives back each mail's rows in order, in the session that wrote them and in the next", async () => {
    const path = join(await makeFolder(), "attempts.jsonl");
    const first = await open(path);
    await Promise.all(Array.from({ length: 300 }, (_, i) => first.append(row(`mail-${i % 7}`, i))));
    const expected = Array.from({ length: 300 }, (_, i) => row(`mail-${i % 7}`, i)).filter(
      (r) => r.emailId === "mail-3",
    );
    expect(await first.read("mail-3")).toEqual(expected);
    await first.close();
    const second = await open(path);
    expect(await second.read("mail-3")).toEqual(expected);
    expect(await second.read("nobody")).toEqual([]);
    await second.append(row("mail-3", 300));
    expect((await second.read("mail-3")).at(-1)).toEqual(row("mail-3", 300));
    expect(second.totals).toMatchObject({
      calls: { generate: 301, judge: 0, refine: 0 },
      promptTokens: 3010,
      completionTokens: 602,
      retries: 301,
      sessions: 2,
      wallMs: 14_000,
    });
    await second.close();
  });

  it("cuts off a torn last line and passes over blank ones", async () => {
    const path = join(await makeFolder(), "attempts.jsonl");
    const first = await open(path);
    await first.append(row("a", 0));
    await first.close();
    await appendFile(
      path,
      `\n{ "emailId":"a",  "kind":"generate","outcome":"ok","retries":0, "round":1 }\n{"emailId":"a","kind":"gen`,
    );
    const second = await open(path);
    expect((await second.read("a")).map((r) => r.round)).toEqual([0, 1]);
    await second.append(row("a", 2));
    expect((await second.read("a")).map((r) => r.round)).toEqual([0, 1, 2]);
    await second.close();
    expect((await readFile(path, "utf8")).endsWith("\n")).toBe(true);
  });

  it("refuses a line in the middle that is broken, by its number", async () => {
    const path = join(await makeFolder(), "attempts.jsonl");
    await (await open(path)).close();
    await appendFile(path, 'not json\n{"x":1}\n');
    await expect(open(path)).rejects.toThrow(/attempts.jsonl, line 2: expected a journal row \(JSON\)/);
    await writeFile(path, `${JSON.stringify(row("a", 0))}\n`);
    await expect(open(path)).rejects.toThrow(/line 1: expected the header of a journal of calls/);
  });

  it("binds nobody to settings under which no call was made, nor to what calls do not depend on", async () => {
    const path = join(await makeFolder(), "attempts.jsonl");
    await (await openJournal({ path, settings: { seed: 9, "teacher.model": "a typo" } })).close();
    expect(await hasCalls(path)).toBe(false);
    const moved = await openJournal({ path, settings: { seed: 1, "teacher.baseUrl": "http://old/v1" } });
    await moved.append(row("a", 0));
    await moved.close();
    expect(await hasCalls(path)).toBe(true);
    const again = await openJournal({ path, settings: { seed: 1 } });
    expect(await again.read("a")).toHaveLength(1);
    await again.close();
  });

  it("names every setting that differs", async () => {
    const path = join(await makeFolder(), "attempts.jsonl");
    const first = await open(path);
    await first.append(row("a", 0));
    await first.close();
    await expect(openJournal({ path, settings: { seed: 2, "prompts.judge": "abc" } })).rejects.toThrow(
      /other settings:\n {2}seed: 1 there, 2 now\n {2}teacher.model: gpt-4o there, \(none\) now\n {2}prompts.judge: \(none\) there, abc now\n.*version of pocketreply that began it/,
    );
  });
});

describe("the index", () => {
  it("grows past its first size and keeps offsets beyond 4 GB", () => {
    const index = createJournalIndex();
    for (let i = 0; i < 3000; i++) index.add(`m${i % 2}`, { offset: i * 5e9, sizeBytes: i });
    const places = index.places("m1");
    expect(places).toHaveLength(1500);
    expect(places[1499]).toEqual({ offset: 2999 * 5e9, sizeBytes: 2999 });
    expect(index.rows).toBe(3000);
  });
});
