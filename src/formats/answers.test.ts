import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { collectAnswers, digestQuestion, earlierAnswers, type Question } from "./answers.ts";

interface Row {
  readonly id: string;
  readonly said: string;
  readonly by: string;
  readonly question?: string;
}

const folder = mkdtempSync(join(tmpdir(), "answers-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `${files++}.jsonl`);

const ask = (by: string, ...texts: string[]): Question[] =>
  texts.map((text) => ({ id: text[0], digest: digestQuestion(by, text) }));

/** Collects with a source that answers until `stopAfter`; says what it was asked. */
async function collect(path: string, by: string, questions: Question[], stopAfter = Number.POSITIVE_INFINITY) {
  const asked: string[] = [];
  const rows = await collectAnswers<Row>({
    path,
    questions,
    readRow: (value) => value as Row,
    isAnswerTo: (row) => row.by === by,
    belongs: (row) => row.by === by,
    async *make(missing) {
      for (const [i, { id, digest }] of missing.entries()) {
        if (i >= stopAfter) throw new Error("cut");
        asked.push(id);
        yield { id, said: `${by} ${digest.slice(0, 4)}`, by };
      }
    },
  }).catch((error: Error) => error.message);
  return { asked, rows };
}
const idsIn = (path: string) =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as Row).id)
    .join("");

describe("collectAnswers", () => {
  it("asks each question once, goes on after a cut and a torn line, and puts the file in order", async () => {
    const path = newPath();
    const questions = ask("m", "c", "a", "b", "d");
    expect(await collect(path, "m", questions.slice(1), 2)).toEqual({ asked: ["a", "b"], rows: "cut" });
    appendFileSync(path, '{"id":"torn');
    const { asked, rows } = await collect(path, "m", questions);
    expect(asked).toEqual(["c", "d"]);
    expect([...(rows as Map<string, Row>).keys()].join("")).toBe("cabd");
    expect(idsIn(path)).toBe("cabd");
    expect((await collect(path, "m", questions)).asked).toEqual([]);
    expect(existsSync(earlierAnswers(path))).toBe(false);
    expect((await collect(path, "m", questions.slice(0, 2))).asked).toEqual([]);
    expect(idsIn(path)).toBe("cabd"); // rows that are not asked for stay
  });

  it("asks a changed question anew, keeps the former answer beside, and takes it up where it is asked again", async () => {
    const path = newPath();
    const former = ask("m", "a1", "b1", "c1");
    const changed = ask("m", "a1", "b2", "c1");
    const first = await collect(path, "m", former);
    expect((await collect(path, "m", changed)).asked).toEqual(["b"]);
    expect(idsIn(earlierAnswers(path))).toBe("b");
    expect(await collect(path, "m", former)).toEqual({ asked: [], rows: first.rows });
    expect([idsIn(path), idsIn(earlierAnswers(path))]).toEqual(["abc", "b"]);
    expect((await collect(path, "m", changed)).asked).toEqual([]);
  });

  it("mixes no sources: another's rows stay until there is something in their place, then all go aside", async () => {
    const path = newPath();
    await collect(path, "m", ask("m", "a", "b", "c"));
    const text = readFileSync(path, "utf8");
    expect((await collect(path, "n", ask("n", "a", "b"), 0)).rows).toBe("cut");
    expect(readFileSync(path, "utf8")).toBe(text);
    expect((await collect(path, "n", ask("n", "a", "b"), 1)).rows).toBe("cut");
    expect(idsIn(path)).toBe("a");
    expect(readFileSync(earlierAnswers(path), "utf8")).toBe(text);
    expect((await collect(path, "n", ask("n", "a", "b"))).asked).toEqual(["b"]);
    expect((await collect(path, "m", ask("m", "a", "b", "c"))).asked).toEqual([]);
    expect([idsIn(path), idsIn(earlierAnswers(path))]).toEqual(["abc", "ab"]);
  });

  it("loses nothing where a crash came between the two files, and doubles nothing", async () => {
    const path = newPath();
    await collect(path, "m", ask("m", "a", "b"));
    writeFileSync(earlierAnswers(path), readFileSync(path)); // put aside, and not yet gone from here
    await collect(path, "n", ask("n", "a", "b"));
    expect([idsIn(path), idsIn(earlierAnswers(path))]).toEqual(["ab", "ab"]);
    writeFileSync(path, readFileSync(path, "utf8") + readFileSync(earlierAnswers(path), "utf8"));
    expect((await collect(path, "m", ask("m", "a", "b"))).asked).toEqual([]);
  });

  it("lets the old rule decide about rows without a digest", async () => {
    const path = newPath();
    writeFileSync(path, '{"id":"a","said":"x","by":"m"}\n{"id":"b","said":"y","by":"n"}\n');
    expect((await collect(path, "m", ask("m", "a", "b"))).asked).toEqual(["b"]);
    expect(idsIn(path)).toBe("ab");
  });
});
