/** The cases of bench/distill.ts that run the whole loop on run folders. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { createRandom } from "../../src/random.ts";
import { runPaths } from "../../src/run.ts";
import type { CaseOptions, Finding } from "./cases.ts";
import type { ChildResult, ServerOrder } from "./child.ts";
import { runChild, withServer } from "./processes.ts";

/** A run folder with so many mails; no two are alike. */
async function makeFolder(parent: string, name: string, mails: number): Promise<string> {
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true });
  const file = createWriteStream(runPaths(folder).emails);
  const asks = [
    "send me the report",
    "confirm the meeting",
    "tell me the price",
    "check the attached draft",
    "call me back",
  ];
  for (let i = 0; i < mails; i++) {
    const ask = asks[i % asks.length];
    const person = (word: string) => ({
      name: `${word} ${i % 97}`,
      address: `${word.toLowerCase()}${i % 97}@example.org`,
    });
    const row = {
      id: `mail-${String(i).padStart(6, "0")}`,
      threadId: `thread-${i}`,
      messageId: null,
      inReplyTo: null,
      from: person("Ada"),
      to: [person("Bob")],
      cc: [],
      date: null,
      subject: `Project ${i}`,
      body: `Dear Bob,\n\ncould you ${ask} about project ${i} by Friday? I would like to finish it before the ${1 + (i % 28)}th.\n\nThanks,\nAda`,
      answers: null,
      source: `bench:${i}`,
    };
    if (!file.write(`${JSON.stringify(row)}\n`))
      await new Promise<void>((resolve) => file.once("drain", () => resolve()));
  }
  file.end();
  await finished(file);
  return folder;
}

/** The rows of a finished folder: their ids in order, and a digest of the files. */
async function readRows(folder: string): Promise<{ ids: string[]; ordered: boolean; digest: string }> {
  const { replies, rejected, preferences } = runPaths(folder);
  const hash = createHash("sha256");
  const ids: string[] = [];
  let ordered = true;
  for (const path of [replies, rejected, preferences]) {
    let last = "";
    for await (const line of createInterface({ input: createReadStream(path) })) {
      hash.update(line).update("\n");
      if (path === preferences) continue;
      const { id } = JSON.parse(line) as { id: string };
      ordered &&= id > last;
      last = id;
      ids.push(id);
    }
  }
  return { ids, ordered, digest: hash.digest("hex") };
}

async function distil(
  server: ServerOrder,
  folder: string,
  distill: object,
): Promise<{ result: ChildResult; calls: number }> {
  const { result, counts } = await withServer(
    server,
    async ({ baseUrl }) => (await runChild("run", { folder, baseUrl, distill }))!,
  );
  return { result, calls: counts.total };
}

/** 50,000 mails: memory, completeness, order; and the same rows from other concurrency, on the first 1,000. */
export async function scale({ folder, share }: CaseOptions): Promise<Finding[]> {
  const mails = Math.round(50_000 * share);
  const large = await makeFolder(folder, "scale", mails);
  const { result, calls } = await distil({}, large, { sample: mails });
  const { ids, ordered } = await readRows(large);
  rmSync(large, { recursive: true });
  const complete = ids.length === mails && new Set(ids).size === mails;
  const digests = [];
  for (const concurrency of [50, 7]) {
    const small = await makeFolder(folder, `scale-${concurrency}`, 1000);
    await distil({}, small, { concurrency });
    digests.push((await readRows(small)).digest);
  }
  const reproducible = digests[0] === digests[1];
  const figure = `${result.mostMemoryMb.toFixed(0)} MB at most, ${result.seconds.toFixed(0)} s, ${calls} calls; ${ids.length} rows (${result.ok} accepted), ${complete ? "complete" : "NOT COMPLETE"}, ${ordered ? "in order" : "NOT IN ORDER"}, ${reproducible ? "the same" : "NOT THE SAME"} with 50 and 7 in flight`;
  const met = result.mostMemoryMb < 500 && complete && ordered && reproducible;
  return [{ who: "pocketreply", figure, must: "< 500 MB, complete, ordered, reproducible", met }];
}

/** A run killed again and again against one that is left alone: the same rows, and no finished call made twice. */
export async function interrupted({ folder, share }: CaseOptions): Promise<Finding[]> {
  const [mails, kills] = [Math.round(2000 * share), Math.max(3, Math.round(20 * share))];
  const random = createRandom("kill");
  const calm = await makeFolder(folder, "calm", mails);
  const { calls } = await distil({}, calm, {});
  const killed = await makeFolder(folder, "killed", mails);
  const { result, counts } = await withServer({}, async ({ baseUrl, counts }) => {
    let count = 0;
    for (; count < kills; ) {
      const before = (await counts()).total;
      const most = before + 1 + random.integer(Math.floor((1.6 * calls) / kills));
      let kill = () => {};
      const child = runChild("run", { folder: killed, baseUrl, distill: {} }, (end) => {
        kill = end;
      });
      let done = false;
      void child.finally(() => {
        done = true;
      });
      while (!done && (await counts()).total < most) await new Promise((resolve) => setTimeout(resolve, 5));
      kill();
      if ((await child) !== null) break; // it was done before
      count++;
    }
    await runChild("run", { folder: killed, baseUrl, distill: {} });
    return count;
  });
  const same = (await readRows(calm)).digest === (await readRows(killed)).digest;
  const twice = countRepeated(killed);
  const figure = `${result} kills, ${same ? "the same rows" : "OTHER ROWS"}, ${twice} finished calls repeated, ${counts.total - calls} calls in flight when killed (of ${calls})`;
  return [{ who: "pocketreply", figure, must: "same rows, none repeated", met: same && twice === 0 && result > 0 }];
}

/** Calls that stand in the journal as answered more than once. */
function countRepeated(folder: string): number {
  const { attempts } = runPaths(folder);
  const keys = readFileSync(attempts, "utf8")
    .split("\n")
    .filter((line) => line.includes('"outcome":"ok"'))
    .map((line) => JSON.parse(line) as { emailId: string; kind: string; round: number })
    .map(({ emailId, kind, round }) => `${emailId}/${kind}/${round}`);
  return keys.length - new Set(keys).size;
}

/** Every kind of fault, and half the limit from the middle on: no row lost, no row twice. */
export async function disturbed({ folder, share }: CaseOptions): Promise<Finding[]> {
  const mails = Math.round(2000 * share);
  const calm = await makeFolder(folder, "undisturbed", mails);
  const { calls } = await distil({}, calm, {});
  const rough = await makeFolder(folder, "disturbed", mails);
  const faults = { serverError: 0.05, hang: 0.05, cutBody: 0.02, notJson: 0.02 };
  const limit = (perMinute: number) => ({ requestLimit: { perMinute, burst: perMinute / 60 } });
  const then = { after: Math.floor(calls / 2), ...limit(9000) };
  const { result } = await distil({ latencyMs: 20, faults, ...limit(18_000), then }, rough, { timeoutMs: 2000 });
  const { ids, digest } = await readRows(rough);
  const twice = ids.length - new Set(ids).size;
  const same = digest === (await readRows(calm)).digest;
  const figure = `${ids.length} rows of ${mails}, ${twice} twice, ${same ? "the same as undisturbed" : "OTHERS than undisturbed"}, ${result.retries} retries, ${result.seconds.toFixed(0)} s`;
  const met = existsSync(runPaths(rough).distillReport) && ids.length === mails && twice === 0 && same;
  return [{ who: "pocketreply", figure, must: "no row lost, none twice", met }];
}
