import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FormatError } from "../errors.ts";
import { readJsonFile, writeFileAtomic, writeJsonFile } from "./files.ts";
import { arrangeJsonlFile, openJsonlAppender, readJsonl, writeJsonlFile } from "./jsonl.ts";

const folder = mkdtempSync(join(tmpdir(), "jsonl-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `${files++}.jsonl`);

async function readAll(path: string): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const { value } of readJsonl(path)) values.push(value);
  return values;
}

async function countLines(path: string): Promise<number> {
  let count = 0;
  for await (const _ of readJsonl(path)) count++;
  return count;
}

describe("JSONL", () => {
  it("round trips line separators, characters across chunk borders and lines longer than a chunk", async () => {
    const values = [
      "",
      "\u2028\u2029\u0085\r\n",
      "é".repeat(262143),
      "👋".repeat(200_000),
      { a: [1, null] },
      "x".repeat(262144),
      5,
    ];
    const path = newPath();
    await writeJsonlFile(path, values);
    expect(await readAll(path)).toEqual(values);
    expect(await countLines(path)).toBe(values.length);
  });

  it("passes over blank lines, counts them in line numbers, reads CRLF and a last line without an end", async () => {
    const path = newPath();
    writeFileSync(path, "\n1\r\n  \t\n{}\n\n3");
    const lines: unknown[] = [];
    for await (const row of readJsonl(path)) lines.push([row.line, row.value]);
    expect(lines).toEqual([
      [2, 1],
      [4, {}],
      [6, 3],
    ]);
    expect(await countLines(path)).toBe(3);
    writeFileSync(path, "");
    expect(await readAll(path)).toEqual([]);
    expect(await countLines(path)).toBe(0);
  });

  it("names the bad line", async () => {
    const path = newPath();
    writeFileSync(path, "1\n{bad\n");
    const error = await readAll(path).catch((e) => e);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(`${path}, line 2: expected one JSON value in UTF-8, got`);
    writeFileSync(path, Buffer.from([0x22, 0xff, 0x22, 0x0a]));
    await expect(readAll(path)).rejects.toThrow("line 1");
    await expect(readAll(join(folder, "none"))).rejects.toThrow("does not exist");
  });

  it("appends in the order of the calls, over a file that exists", async () => {
    const path = newPath();
    const first = await openJsonlAppender(path);
    await Promise.all(Array.from({ length: 500 }, (_, i) => first.append(i)));
    await first.close();
    const second = await openJsonlAppender(path);
    const late = second.append(500);
    await second.append(501);
    expect(await countLines(path)).toBe(502);
    await late;
    await second.close();
    expect(await readAll(path)).toEqual(Array.from({ length: 502 }, (_, i) => i));
    await expect((await openJsonlAppender(newPath())).append(undefined)).rejects.toThrow("cannot hold undefined");
  });

  it("repairs a line cut at any byte", async () => {
    const path = newPath();
    const line = '{"text":"é{}"}';
    const bytes = Buffer.from(line);
    for (let cut = 0; cut <= bytes.length; cut++) {
      writeFileSync(path, Buffer.concat([Buffer.from("1\n"), bytes.subarray(0, cut)]));
      const appender = await openJsonlAppender(path);
      await appender.append(2);
      await appender.close();
      const whole = cut === bytes.length;
      expect(readFileSync(path, "utf8")).toBe(whole ? `1\n${line}\n2\n` : "1\n2\n");
    }
  });

  it("repairs a cut number, a file that is one cut line, and a cut line longer than a chunk", async () => {
    const path = newPath();
    for (const [before, after] of [
      ["12\n34", "12\n"],
      ["34", ""],
      [`1\n"${"x".repeat(600_000)}`, "1\n"],
    ]) {
      writeFileSync(path, before);
      await (await openJsonlAppender(path)).close();
      expect(readFileSync(path, "utf8")).toBe(after);
    }
  });

  it("is put in order once, rows of other ids after the others", async () => {
    const path = newPath();
    const rowsOf = (...ids: string[]) => ids.map((id) => ({ id }));
    const mapOf = (...ids: string[]) => new Map(rowsOf(...ids).map((row) => [row.id, row]));
    await writeJsonlFile(path, rowsOf("c", "x", "a", "b"));
    await arrangeJsonlFile(path, mapOf("c", "x", "a", "b"), ["a", "b", "c", "d"]);
    expect(await readAll(path)).toEqual(rowsOf("a", "b", "c", "x"));
    const { ino } = statSync(path);
    await arrangeJsonlFile(path, mapOf("a", "b", "c", "x"), ["a", "b", "c", "d"]);
    expect(statSync(path).ino).toBe(ino); // not written anew
    await arrangeJsonlFile(newPath(), new Map(), ["a"]); // no rows, no file
  });

  it("leaves the old file when the new one fails", async () => {
    const path = newPath();
    await writeJsonlFile(path, [1]);
    async function* failing() {
      yield 2;
      throw new Error("source broke");
    }
    await expect(writeJsonlFile(path, failing())).rejects.toThrow("source broke");
    expect(await readAll(path)).toEqual([1]);
    expect(existsSync(`${path}.partial`)).toBe(false);
  });
});

describe("whole files", () => {
  it("are replaced at once, and folders are made", async () => {
    const path = join(folder, "deep", "er", "value.json");
    await writeJsonFile(path, { b: 1 });
    await writeJsonFile(path, [2]);
    expect(readFileSync(path, "utf8")).toBe("[\n  2\n]\n");
    expect(readdirSync(join(folder, "deep", "er"))).toEqual(["value.json"]);
    expect(await readJsonFile(path)).toEqual([2]);
  });

  it("say what is wrong", async () => {
    const path = join(folder, "bad.json");
    await writeFileAtomic(path, "{");
    appendFileSync(path, "x");
    await expect(readJsonFile(path)).rejects.toThrow(`${path}, the whole file: expected JSON, got`);
    await expect(readJsonFile(join(folder, "none.json"))).rejects.toThrow("none.json does not exist.");
    await expect(readJsonFile(folder)).rejects.toThrow("is a folder");
    await expect(writeFileAtomic(join(path, "below.json"), "x")).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});
