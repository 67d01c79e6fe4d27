/** Predictions are made once: resumed, never mixed, never made again; what is broken is said with its line. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { mountSmallDisk } from "../../scripts/fixtures/small-disk.ts";
import { quietSession, scratchFolder } from "../commands/tiny.fixture.ts";
import type { Reply } from "../distill/index.ts";
import { loadRecipe } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { pickReplies, predict, readPredictions, readTestReplies } from "./predict.ts";

const rows = Array.from({ length: 30 }, (_, i) => ({
  id: `mail-${i}`,
  threadId: `thread-${i}`,
  email: { from: { name: "Ann", address: "" }, to: [], cc: [], subject: `S${i}`, body: `Hi ${i}` },
  reply: `Yes ${i}.`,
})) as unknown as Reply[];

let asked: string[] = [];
let delayMs = (_subject: string) => 0;
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { messages } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  const subject = /Subject: (\S+)/.exec(messages[1].content)![1];
  asked.push(subject);
  await sleep(delayMs(subject));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ choices: [{ message: { content: `Re ${subject}` }, finish_reason: "stop" }] }));
});
let baseUrl = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => server.close());

async function answer(path: string, model = "m", overrides: string[] = []) {
  asked = [];
  const predictor = [`evaluate.predictor.baseUrl=${baseUrl}`, `evaluate.predictor.model=${model}`];
  const recipe = await loadRecipe(undefined, [...predictor, ...overrides]);
  const by = { endpoint: recipe.evaluate.predictor!, mailbox: async function* () {} };
  return predict({ session: quietSession(), name: "test", by, model, path, rows, recipe });
}
const fresh = () => join(scratchFolder(), "predictions.jsonl");

describe("predict", () => {
  it("answers each mail once; the second time none", async () => {
    const path = fresh();
    const first = await answer(path);
    expect(first.map(({ id, reply }) => [id, reply])).toEqual(rows.map(({ id }, i) => [id, `Re S${i}`]));
    expect(asked).toHaveLength(30);
    const text = readFileSync(path, "utf8");
    expect(await answer(path)).toEqual(first.map((row) => JSON.parse(JSON.stringify(row))));
    expect(asked).toEqual([]);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("goes on after a cut in the middle of a line: nothing lost, nothing twice", async () => {
    const whole = fresh();
    const all = await answer(whole);
    const bytes = readFileSync(whole);
    for (const size of [0, 10, bytes.length >> 1, bytes.length - 3]) {
      const path = fresh();
      writeFileSync(path, bytes.subarray(0, size));
      const kept = bytes.subarray(0, size).toString("utf8").split("\n").length - 1;
      expect((await answer(path)).map(({ id, reply }) => [id, reply])).toEqual(all.map(({ id, reply }) => [id, reply]));
      expect(asked.length).toBe(30 - kept);
      expect((await readPredictions(path)).size).toBe(30);
    }
  });

  it("puts the finished file in the order of the mails, whatever order the replies came in", async () => {
    const [path, calm] = [fresh(), fresh()];
    await answer(calm);
    delayMs = (subject) => (Number(subject.slice(1)) % 7) * 5;
    onTestFinished(() => {
      delayMs = () => 0;
    });
    await answer(path);
    const rowsOf = (file: string) => readFileSync(file, "utf8").replace(/"latencyMs":[\d.]+/g, "");
    expect(rowsOf(path)).toBe(rowsOf(calm));

    const [first, second, ...rest] = readFileSync(path, "utf8").trimEnd().split("\n");
    writeFileSync(path, [second, ...rest, first, ""].join("\n")); // as a kill leaves it, all replies there
    await answer(path);
    expect(asked).toEqual([]);
    expect(rowsOf(path)).toBe(rowsOf(calm));
  });

  it("keeps another model's replies until the first of its own", async () => {
    const path = fresh();
    await answer(path);
    const before = readFileSync(path, "utf8");
    const recipe = await loadRecipe(undefined, ["evaluate.predictor.baseUrl=nowhere", "evaluate.predictor.model=x"]);
    const by = { endpoint: recipe.evaluate.predictor!, mailbox: async function* () {} };
    const mistaken = predict({ session: quietSession(), name: "test", by, model: "other", path, rows, recipe });
    await expect(mistaken).rejects.toThrow('evaluate.predictor.baseUrl is "nowhere"');
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  it("does not mix in rows of another model", async () => {
    const path = fresh();
    await answer(path, "one");
    await answer(path, "two");
    expect(asked).toHaveLength(30);
    expect(new Set([...(await readPredictions(path)).values()].map(({ model }) => model))).toEqual(new Set(["two"]));
  });

  it("asks anew what has changed and nothing else, and knows again what it knew before", async () => {
    const path = fresh();
    const first = await answer(path, "one");
    await answer(path, "one", ["evaluate.temperature=1"]);
    expect(asked).toHaveLength(30);
    expect(await answer(path, "one")).toEqual(first.map((row) => JSON.parse(JSON.stringify(row))));
    expect(asked).toEqual([]);
    await answer(path, "two");
    await answer(path, "one", ["evaluate.temperature=1"]);
    expect(asked).toEqual([]);
    expect((await readPredictions(path)).size).toBe(30);
  });

  it("takes rows of an earlier version, which name no question, as it did", async () => {
    const path = fresh();
    await answer(path);
    const old = readFileSync(path, "utf8").replaceAll(/,"question":"[0-9a-f]{32}"/g, "");
    expect(old).not.toContain("question");
    writeFileSync(path, old);
    await answer(path);
    expect(asked).toEqual([]);
    expect(readFileSync(path, "utf8")).toBe(old);
    await answer(path, "two");
    expect(asked).toHaveLength(30);
  });

  it("says which line is broken, and touches nothing", async () => {
    const path = fresh();
    await answer(path);
    const first = readFileSync(path, "utf8").split("\n")[0];
    const refusals: [string | Buffer, string][] = [
      [`${first}\n`, "line 31: expected each mail once, got a second reply to the mail mail-0"],
      ['{"id":"x","reply":7,"model":"m"}\n', "line 31: expected a prediction with the strings id, reply and model"],
      ["nonsense\n", "line 31: expected one JSON value"],
      [Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), "line 31: expected one JSON value in UTF-8"],
    ];
    const good = readFileSync(path);
    for (const [line, message] of refusals) {
      writeFileSync(path, good);
      appendFileSync(path, line);
      await expect(answer(path)).rejects.toThrow(message);
      expect(asked).toEqual([]);
    }
  });
});

const disk = mountSmallDisk(4 << 20);
if (!disk) console.log("skipped: predictions on a disk that fills, for this process may not mount one");
afterAll(() => disk?.close());

describe.skipIf(!disk)("a full disk", () => {
  it("costs no reply that was paid for", async () => {
    const path = join(disk!.folder, "predictions.jsonl");
    const model = "m".repeat(1000); // rows of which a block of the disk holds three
    const few = ["distill.concurrency=6"];
    delayMs = () => {
      if (asked.length === 10) disk!.fill();
      return 20;
    };
    onTestFinished(() => {
      delayMs = () => 0;
    });
    await expect(answer(path, model, few)).rejects.toThrow(`The disk is full: ${path} could not be written.`);
    const paid = asked.length;
    expect(paid).toBeLessThan(30);
    expect((await readPredictions(path)).size).toBe(paid);
    await expect(answer(path, model, few)).rejects.toThrow(`The disk is full: ${path}.reserve could not be written.`);
    expect(asked).toEqual([]);
    disk!.free();
    delayMs = () => 0;
    expect(await answer(path, model, few)).toHaveLength(30);
    expect(asked).toHaveLength(30 - paid);
    expect(existsSync(`${path}.reserve`)).toBe(false);
  });
});

describe("readTestReplies", () => {
  it("refuses a replies file that lost held-out mails, or holds another row", async () => {
    const folder = join(scratchFolder(), "run");
    mkdirSync(folder);
    const paths = runPaths(folder);
    const recipe = await loadRecipe(undefined, []);
    writeFileSync(paths.split, JSON.stringify({ seed: 1, train: [], validation: [], test: ["mail-0", "mail-1"] }));
    const write = (list: unknown[]) =>
      writeFileSync(paths.replies, list.map((row) => `${JSON.stringify(row)}\n`).join(""));
    write(rows);
    expect((await readTestReplies(paths, recipe)).map(({ id }) => id)).toEqual(["mail-0", "mail-1"]);
    write(rows.slice(1));
    await expect(readTestReplies(paths, recipe)).rejects.toThrow(
      "expected the 2 held-out mails that split.json names, got 1 of them",
    );
    write([rows[0], { id: "x" }]);
    await expect(pickReplies(paths, () => true)).rejects.toThrow("line 2: expected an accepted reply");
    expect(existsSync(paths.predictions)).toBe(false);
  });
});
