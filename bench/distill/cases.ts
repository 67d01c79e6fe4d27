/** The cases of bench/distill.ts and their thresholds. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILTIN_MODEL } from "../../src/builtin/index.ts";
import { answerSchemas, buildMessages } from "../../src/prompts/index.ts";
import { defaultRecipe } from "../../src/recipe.ts";
import type { ChildResult, ServerCounts, ServerOrder } from "./child.ts";
import { disturbed, interrupted, scale } from "./loop-cases.ts";
import { type Peer, runChild, withServer } from "./processes.ts";

/** One figure of a case. */
export interface Finding {
  readonly who: string;
  readonly figure: string;
  /** The threshold in words; absent where none applies (peers). */
  readonly must?: string;
  /** null where no threshold applies. */
  readonly met: boolean | null;
}

/** What a case is given. */
export interface CaseOptions {
  /** A folder for its files. */
  readonly folder: string;
  readonly peers: readonly Peer[];
  readonly runs: number;
  /** Of the mails of the cases that run the whole loop; 1 for the figures. */
  readonly share: number;
}

/** A case: what it is, and how to run it. */
export interface Case {
  readonly what: string;
  run(options: CaseOptions): Promise<Finding[]>;
}

export type CaseName = keyof typeof cases;

const OURS = "pocketreply";
const IN_FLIGHT = 50;

/** Every case, in the order in which they run. */
export const cases = {
  latency: { what: "3,000 rows at 200 ms, 50 in flight, against one by one", run: latency },
  limit: { what: "800 rows at a server's limit of 3,000 requests a minute with a burst of 50", run: limit },
  tokens: { what: "a token limit that binds: 600,000 a minute with a burst of 10,000, 1,200 rows", run: tokens },
  quota: { what: "every call meets an empty account, 100 rows", run: quota },
  overhead: { what: "2,000 rows at 5 ms, 50 in flight, against the fastest peer", run: overhead },
  scale: { what: "50,000 mails through the whole loop", run: scale },
  kill: { what: "SIGKILL at 20 random moments of a 2,000-mail run", run: interrupted },
  faults: { what: "faults of every kind, limits halved midway, 2,000 mails", run: disturbed },
} satisfies Record<string, Case>;

/** Requests as the loop makes them, in a file. */
function writeRequests(folder: string, count: number): string {
  const { maxReplyTokens, temperature, prompts } = defaultRecipe().distill;
  const rows = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      model: BUILTIN_MODEL,
      messages: buildMessages({ kind: "generate", email: mail(i) }, { set: prompts, redacted: false }),
      temperature,
      max_tokens: maxReplyTokens,
      seed: i,
      response_format: { type: "json_schema", json_schema: { strict: true, ...answerSchemas[prompts].generate } },
    }),
  );
  const path = join(folder, `requests-${count}.jsonl`);
  writeFileSync(path, `${rows.join("\n")}\n`);
  return path;
}

const mail = (i: number) =>
  `From: Ada Byron\nSubject: Report ${i}\n\nDear team,\n\ncould you send me report number ${i} by Friday? I would also like to know who wrote it, and when the next one is due.\n\nThanks, Ada`;

interface Measured {
  readonly result: ChildResult;
  readonly counts: ServerCounts;
}

/** One client against a fresh server. */
async function measure(
  server: ServerOrder,
  requests: string,
  peer: Peer | null,
  concurrency = IN_FLIGHT,
): Promise<Measured> {
  const { result, counts } = await withServer({ constant: true, ...server }, async ({ baseUrl }) => {
    const order = { baseUrl, requests, concurrency };
    return peer ? peer.run(order) : (await runChild("client", order))!;
  });
  return { result, counts };
}

/** All clients in turn, `runs` times over. */
async function measureAll(
  server: ServerOrder,
  requests: string,
  { peers, runs }: CaseOptions,
): Promise<Map<string, Measured[]>> {
  const clients = [null, ...peers];
  const all = new Map<string, Measured[]>(clients.map((peer) => [peer?.name ?? OURS, []]));
  for (let run = 0; run < runs; run++) {
    for (let i = 0; i < clients.length; i++) {
      const peer = clients[(i + run) % clients.length];
      all.get(peer?.name ?? OURS)!.push(await measure(server, requests, peer));
    }
  }
  return all;
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}

/** "12.3 (12.1–12.9)". */
function spread(list: readonly number[], digits = 1): string {
  const show = (value: number) => value.toFixed(digits);
  return `${show(median(list))}${list.length > 1 ? ` (${show(Math.min(...list))}–${show(Math.max(...list))})` : ""}`;
}

const seconds = (list: readonly Measured[]) => list.map(({ result }) => result.seconds);
const refusals = (list: readonly Measured[]) => list.map(({ counts }) => counts.byStatus[429] ?? 0);

async function latency(options: CaseOptions): Promise<Finding[]> {
  const [rows, sample] = [3000, 30];
  const server = { latencyMs: 200 };
  const few = writeRequests(options.folder, sample);
  const single = await measure(server, few, null, 1);
  const oneByOne = (single.result.seconds / sample) * rows;
  const all = await measureAll(server, writeRequests(options.folder, rows), options);
  return [...all].map(([who, list]) => {
    const saved = 1 - median(seconds(list)) / oneByOne;
    const figure = `${spread(seconds(list))} s, ${(saved * 100).toFixed(2)} % less than ${oneByOne.toFixed(0)} s one by one (${sample} rows scaled up), ${list[0].result.ok} kept`;
    if (who !== OURS) return { who, figure, met: null };
    return {
      who,
      figure,
      must: "≥ 97.5 % less",
      met: saved >= 0.975 && list.every(({ result }) => result.ok === rows),
    };
  });
}

async function limit(options: CaseOptions): Promise<Finding[]> {
  const rows = 800;
  const server = { requestLimit: { perMinute: 3000, burst: 50 } };
  const all = await measureAll(server, writeRequests(options.folder, rows), options);
  return [...all].map(([who, list]) => {
    const kept = list.map(({ result }) => result.ok);
    const figure = `${spread(kept, 0)} kept in ${spread(seconds(list))} s, ${spread(refusals(list), 0)} × 429`;
    if (who !== OURS) return { who, figure, met: null };
    const met = Math.min(...kept) === rows && median(seconds(list)) <= 16.5 && Math.max(...refusals(list)) <= 1;
    return { who, figure, must: "800 kept, ≤ 16.5 s, at most one 429", met };
  });
}

async function tokens({ folder, runs }: CaseOptions): Promise<Finding[]> {
  const rows = 1200;
  const [perMinute, burst] = [600_000, 10_000];
  const requests = writeRequests(folder, rows);
  const list: Measured[] = [];
  for (let run = 0; run < runs; run++)
    list.push(await measure({ latencyMs: 100, tokenLimit: { perMinute, burst } }, requests, null));
  const shares = list.map(({ result }) => result.tokens / (burst + (perMinute / 60) * result.seconds));
  const percent = shares.map((share) => share * 100);
  const figure = `${spread(percent)} % of the tokens of ${spread(seconds(list))} s used, ${list[0].result.ok} kept, ${spread(refusals(list), 0)} × 429`;
  const met =
    median(shares) >= 0.97 && Math.max(...refusals(list)) <= 1 && list.every(({ result }) => result.ok === rows);
  return [{ who: OURS, figure, must: "≥ 97 %, at most one 429", met }];
}

async function quota(options: CaseOptions): Promise<Finding[]> {
  const all = await measureAll({ quota: 0 }, writeRequests(options.folder, 100), { ...options, runs: 1 });
  return [...all].map(([who, [{ result, counts }]]) => {
    const figure = `${counts.total} calls in ${result.seconds.toFixed(1)} s${result.stopped ? `: "${result.stopped.slice(0, 60)}…"` : ""}`;
    return who === OURS ? { who, figure, must: "1 call", met: counts.total === 1 } : { who, figure, met: null };
  });
}

async function overhead(options: CaseOptions): Promise<Finding[]> {
  const rows = 2000;
  const all = await measureAll({ latencyMs: 5 }, writeRequests(options.folder, rows), options);
  const rates = (list: readonly Measured[]) => list.map(({ result }) => result.ok / result.seconds);
  const peers = [...all].filter(([who]) => who !== OURS);
  const fastest = Math.max(...peers.map(([, list]) => median(rates(list))));
  return [...all].map(([who, list]) => {
    const cpuMs = list.map(({ result }) => (result.cpuSeconds / rows) * 1000);
    const figure = `${spread(rates(list), 0)} rows/s, ${spread(cpuMs, 2)} ms of processor a row`;
    if (who !== OURS) return { who, figure, met: null };
    if (peers.length === 0) return { who, figure: `${figure}; no peer to compare with (--peers)`, met: null };
    const ratio = median(rates(list)) / fastest;
    return { who, figure: `${figure}, ${ratio.toFixed(2)} × the fastest peer`, must: "≥ 1.0 ×", met: ratio >= 1 };
  });
}
