import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chrf, sentenceBleu } from "../metrics/index.ts";
import { evaluateFixture, fixtureItems } from "./evaluated.fixture.ts";
import { readItems, testSetDigest, writeItems } from "./items.ts";

const { items } = await evaluateFixture();
const path = () => join(mkdtempSync(join(tmpdir(), "pocketreply-items-")), "evaluated.jsonl");

describe("describeItems", () => {
  it("gives each reply the sentence scores of sacreBLEU and what the checks found", () => {
    const [{ student, base, ceiling, reference, likeness, threadId }] = items;
    expect(student.bleu).toBeCloseTo(sentenceBleu(student.text, [reference]).score, 10);
    expect(student.chrf).toBeCloseTo(chrf([student.text], [[reference]], { wordOrder: 2 }).score, 10);
    expect(base!.findings.map(({ check }) => check)).toEqual(expect.arrayContaining(["subject", "unfinished"]));
    expect(ceiling!.chrf).toBeGreaterThan(base!.chrf);
    expect(likeness.nearest!.email).toContain("board meets on Monday");
    expect(threadId).toBe("thread-0");
  });
});

describe("the lock of evaluated.jsonl", () => {
  it("holds for what was written", async () => {
    const file = path();
    const lock = await writeItems(file, items);
    expect(lock).toMatch(/^[0-9a-f]{64}$/);
    expect(await readItems(file, lock)).toEqual(JSON.parse(JSON.stringify(items)));
    expect(await writeItems(path(), items)).toBe(lock);
  });

  it("holds for halves of characters, none of which reaches the file", async () => {
    const file = path();
    const [first] = items;
    const torn = { ...first, email: "Hi \ud83d Ann", student: { ...first.student, text: "\ude00\\ud83d" } };
    const lock = await writeItems(file, [torn]);
    expect(readFileSync(file, "utf8")).not.toMatch(/(?<!\\)(?:\\\\)*\\ud[89a-f]/i);
    const [{ email, student }] = await readItems(file, lock);
    expect([email, student.text]).toEqual(["Hi \ufffd Ann", "\ufffd\\ud83d"]);
  });

  it("breaks for a changed word, a missing row and a row that is none", async () => {
    const file = path();
    const lock = await writeItems(file, items);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("by Friday", "by Monday"));
    await expect(readItems(file, lock)).rejects.toThrow(
      /evaluated\.jsonl, the whole file: expected the content that the scores were made of/,
    );
    writeFileSync(file, text.slice(0, text.trimEnd().lastIndexOf("\n") + 1));
    await expect(readItems(file, lock)).rejects.toThrow("--rescore");
    writeFileSync(file, '{"id":1}\n');
    await expect(readItems(file, lock)).rejects.toThrow("line 1: expected an evaluated mail");
  });
});

describe("testSetDigest", () => {
  it("tells mails and references, not replies", () => {
    const digest = testSetDigest(fixtureItems());
    expect(testSetDigest(fixtureItems(() => "another reply"))).toBe(digest);
    expect(testSetDigest(fixtureItems(undefined, "!"))).not.toBe(digest);
    expect(testSetDigest([...fixtureItems()].reverse())).not.toBe(digest);
  });
});
