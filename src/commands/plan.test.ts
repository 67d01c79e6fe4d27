import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { BUILTIN_MODEL, startBuiltinTeacher } from "../builtin/index.ts";
import { datasetFormats } from "../distill/export.ts";
import { createProgress } from "../progress.ts";
import { dataset } from "./dataset.ts";
import { distill } from "./distill.ts";
import { importMailbox } from "./import.ts";
import { plan } from "./plan.ts";
import { rehearse } from "./rehearse.ts";
import type { FolderOptions, Session } from "./session.ts";
import { runHere, scratchFolder, writeMailbox } from "./tiny.fixture.ts";
import { datasetFormatNames } from "./verbs/dataset.ts";

const scratch = scratchFolder();
const run = join(scratch, "run");
const mail = join(scratch, "mail.mbox");

/** A verb in this process, with what it would have written. */
async function call<T extends object>(
  verb: (options: T & FolderOptions, session: Session) => Promise<void>,
  options: T & { run?: string; recipe?: string },
  ...set: string[]
): Promise<{ stdout: string; stderr: string; json: unknown }> {
  const out: string[] = [];
  const err: string[] = [];
  let json: unknown;
  await verb(
    { run, set, ...options },
    {
      progress: createProgress({ stream: { write: (text) => err.push(text) } }),
      signal: new AbortController().signal,
      command: "test",
      print: (text) => void out.push(text),
      allowToEnd: () => {},
      printJson: (value) => {
        json = value;
      },
      stream: () => {},
    },
  );
  return { stdout: out.join("\n"), stderr: err.join(""), json };
}

beforeAll(async () => {
  writeMailbox(mail, 30);
  await call(importMailbox, { mail });
}, 60_000);

const snapshot = () => readdirSync(run).map((name) => [name, readFileSync(join(run, name), "utf8")]);

describe("plan, rehearse, distill, dataset", { timeout: 120_000 }, () => {
  it("plan says what a paid run would take, in words and as JSON, and changes nothing", async () => {
    const before = snapshot();
    const limits = ["distill.requestsPerMinute=20", "distill.budgetUsd=0.01"];
    const { stdout, json } = await call(plan, { recipe: "paper" }, ...limits);
    for (const part of [
      ...["gpt-4o-2024-08-06", "Money: $0.", "list price, read 2026", "The budget of $0.01", "pays for about"],
      ...["what binds is requests a minute", "Batch: $0.", "assumed (plan.latencyMs)"],
    ])
      expect(stdout).toContain(part);
    expect(json).toMatchObject({
      time: { binds: "requests a minute" },
      money: { prices: { teacher: { input: 2.5 } } },
    });
    expect(snapshot()).toEqual(before);
    await expect(call(plan, { run: join(scratch, "nowhere") })).rejects.toThrow("There is no run folder");
  });

  it("plan --json tells its progress as events", async () => {
    const { code, stdout, stderr } = await runHere(["plan", "--run", run, "--json"]);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ money: { usd: 0 } });
    const events = stderr.split("\n").filter((line) => line.startsWith("{"));
    expect(events.map((line) => JSON.parse(line).event)).toEqual(
      expect.arrayContaining(["start", "progress", "finish"]),
    );
  });

  it("rehearse runs it in a folder of its own and sets what happened beside the plan", async () => {
    const before = snapshot();
    const again = () => call(rehearse, { recipe: "paper", speed: 100 }, "distill.sample=20");
    const { stdout } = await again();
    expect(stdout).toMatch(/mails decided +20 +20/);
    expect(stdout).toMatch(/money +\$0\.\d+ +\$0\.\d+/);
    expect(stdout).toContain("stands in for gpt-4o-2024-08-06");
    expect(snapshot()).toEqual(before);
    const into = `${run}-rehearsal`;
    expect(JSON.parse(readFileSync(join(into, "rehearsal.json"), "utf8")).comparison[0].rehearsed).toBe(20);
    writeFileSync(join(into, "thesis.txt"), "mine");
    await expect(again()).rejects.toThrow("thesis.txt, which no rehearsal wrote");
    expect(readFileSync(join(into, "thesis.txt"), "utf8")).toBe("mine");
  });

  it("distill warns by date of a model that its endpoint will shut down, and advises none that goes itself", async () => {
    const ends = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const teacher = await startBuiltinTeacher({ shutdownDate: ends });
    onTestFinished(() => teacher.close());
    const into = { run: join(scratch, "ends") };
    await call(importMailbox, { mail, ...into });
    const at = [`teacher.baseUrl=${teacher.baseUrl}`, `teacher.model=${BUILTIN_MODEL}`];
    const { stderr } = await call(distill, into, ...at, "distill.accept=1");
    expect(stderr).toMatch(
      new RegExp(`! The teacher's model "${BUILTIN_MODEL}" is shut down on ${ends}, in (29|30) days\\. Choose another`),
    );
    const own = { run: join(scratch, "rules") };
    await call(importMailbox, { mail, ...own });
    const byRules = await call(distill, own, "distill.accept=1");
    expect(byRules.stderr).toMatch(/For those name a teacher, as in teacher\.baseUrl=/);
    expect(byRules.stderr).not.toMatch(/gpt-4/); // announced to be shut down in January 2027
  });

  it("a stop rule is told with how to go on, and raising it goes on; then the dataset leaves for other programs", async () => {
    await expect(call(dataset, { format: ["trl"] })).rejects.toThrow("dataset needs the output of distill");
    const stopped = await call(distill, {}, "distill.accept=5");
    expect(stopped.stderr).toMatch(
      /stopped by distill.accept: 5 replies are accepted; \d+ mails are undecided\. Raise distill.accept/,
    );
    expect(stopped.stdout).toContain("5 rows in");
    const raised = await call(distill, {}, "distill.accept=7");
    expect(raised.stdout).toContain("7 rows in");
    const out = join(scratch, "out");
    await call(dataset, { format: ["trl", "parquet"], out });
    expect(
      readFileSync(join(out, "trl", "replies.jsonl"), "utf8")
        .trim()
        .split("\n"),
    ).toHaveLength(7);
    expect(readFileSync(join(out, "parquet", "README.md"), "utf8")).toContain("replies.parquet");
    expect(existsSync(join(run, "dataset"))).toBe(false);
  });
});

describe("--format", () => {
  it("knows its names", () => {
    expect(datasetFormatNames("trl, parquet")).toEqual(["trl", "parquet"]);
    expect(datasetFormatNames("all")).toEqual([...datasetFormats]);
    expect(() => datasetFormatNames("csv")).toThrow('"csv" is none of parquet, openai');
  });
});
