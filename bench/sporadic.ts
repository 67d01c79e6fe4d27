/**
 * Sporadic refusals that name no limit: 600 answers at 200 ms, of which some come as a 429 without a header, by our client and by a
 * plain pool of 50 calls with the retry rule of OpenAI's client (two retries, half a second doubled, a quarter of it by chance).
 *
 *   npx tsx bench/sporadic.ts                        # 1, 3 and 10 %, three runs each, by turns: about two minutes
 *   npx tsx bench/sporadic.ts --runs 1 --share 0.03
 *
 * The server is a process of its own. Figures are medians. Exit code 1 where ours takes more than 1.5 times the pool.
 * That strict limits still see no refusal, `npx tsx bench/distill.ts --case limit` shows.
 */
import { fork } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createClient, createPacer, openConnections } from "../src/endpoint/index.ts";
import { createRandom } from "../src/random.ts";
import { defaultRecipe } from "../src/recipe.ts";

const ANSWERS = 600;
const LATENCY_MS = 200;
const POOL = 50;
const MOST_RATIO = 1.5;
const answer = JSON.stringify({ choices: [{ message: { content: "Thank you." }, finish_reason: "stop" }] });
const request = { messages: [{ role: "user", content: "Hi" }], temperature: 0, maxTokens: 20, seed: 1 } as const;

if (process.send) serve(Number(process.argv[2]), process.argv[3]);
else await measureAll();

/** Answers after LATENCY_MS, and with a 429 in `share` of the cases, drawn by `seed`. */
function serve(share: number, seed: string): void {
  const random = createRandom(seed);
  const server = createServer(async (incoming, response) => {
    incoming.resume();
    const isRefused = random.next() < share;
    await sleep(LATENCY_MS);
    if (isRefused) response.writeHead(429).end('{"error":{"message":"Too Many Requests"}}');
    else response.writeHead(200, { "content-type": "application/json" }).end(answer);
  });
  server.listen(0, "127.0.0.1", () => process.send!((server.address() as AddressInfo).port));
  process.on("disconnect", () => process.exit(0));
}

async function withServer<T>(share: number, seed: string, use: (baseUrl: string) => Promise<T>): Promise<T> {
  const child = fork(fileURLToPath(import.meta.url), [String(share), seed], { execArgv: process.execArgv });
  try {
    const port = await new Promise((resolve) => child.once("message", resolve));
    return await use(`http://127.0.0.1:${port}/v1`);
  } finally {
    child.disconnect();
  }
}

/** Seconds for all answers by our client, as a run makes one. */
async function measureOurs(baseUrl: string): Promise<number> {
  const { distill } = defaultRecipe();
  const client = createClient({
    endpoint: { role: "teacher", baseUrl, model: "m", apiKeyEnv: "NO_KEY", hasKey: false },
    ...distill,
    ...{ apiKey: null, pacer: createPacer({ ...distill, concurrency: POOL }) },
  });
  const startMs = performance.now();
  await Promise.all(Array.from({ length: ANSWERS }, () => client.complete(request)));
  client.close();
  return (performance.now() - startMs) / 1000;
}

/** The same by a pool that knows nothing but retries. */
async function measurePool(baseUrl: string, seed: string): Promise<number> {
  const connections = openConnections(`${baseUrl}/chat/completions`);
  const body = JSON.stringify({ model: "m", ...request });
  const random = createRandom(seed);
  let left = ANSWERS;
  async function callOnce(): Promise<boolean> {
    for (let retry = 0; retry <= 2; retry++) {
      const { status } = await connections.post({ body, headers: {}, timeoutMs: 60_000, maxBytes: 1 << 20 });
      if (status === 200) return true;
      if (retry < 2) await sleep(Math.min(8000, 500 * 2 ** retry) * (1 - 0.25 * random.next()));
    }
    return false; // its caller asks once more
  }
  const work = async () => {
    while (left > 0) {
      left--;
      while (!(await callOnce()));
    }
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: POOL }, work));
  connections.close();
  return (performance.now() - startMs) / 1000;
}

async function measureAll(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: "string", default: "3" }, share: { type: "string", multiple: true } },
  });
  const shares = (values.share ?? ["0.01", "0.03", "0.1"]).map(Number);
  for (const share of shares) {
    const ours: number[] = [];
    const pool: number[] = [];
    for (let run = 1; run <= Number(values.runs); run++) {
      const seed = `${share}/${run}`;
      ours.push(await withServer(share, seed, measureOurs));
      pool.push(await withServer(share, seed, (baseUrl) => measurePool(baseUrl, seed)));
    }
    const [mine, plain] = [median(ours), median(pool)];
    const isMet = mine <= MOST_RATIO * plain;
    if (!isMet) process.exitCode = 1;
    process.stdout.write(
      `${(100 * share).toFixed(0).padStart(3)} % refused: ours ${mine.toFixed(1)} s, a plain pool ${plain.toFixed(1)} s, ${(mine / plain).toFixed(2)} × (must: ≤ ${MOST_RATIO})${isMet ? "" : "  NOT MET"}\n`,
    );
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
