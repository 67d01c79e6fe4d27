/**
 * Speed of our reply path against node-llama-cpp used directly, on the same file with the same tokens, in one process;
 * of many mails answered together against one after the other; and of those against llama.cpp's own batched decoding
 * (raw-batch.ts: what llama-batched-bench does) of as many tokens.
 *
 *   npx tsx bench/reply.ts --model runs/quickstart/export/model-q8_0.gguf
 *   npx tsx bench/reply.ts --model model.gguf --reply-tokens 64 --runs 5 --threads 1
 *   npx tsx bench/reply.ts --model model.gguf --loaded 4      # beside four busy processes: one thread, all, and as many as are chosen
 *
 * Runs of both are interleaved; figures are medians, with the slowest and fastest run in brackets.
 */
import { parseArgs } from "node:util";
import { getLlama, LlamaChatSession, LlamaCompletion, LlamaLogLevel, type Token } from "node-llama-cpp";
import { generateReplies, openReplier, type Replier, type ReplyResult } from "../src/reply/index.ts";
import { openRawBatch } from "./raw-batch.ts";
import { measureLoaded } from "./reply-loaded.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    "reply-tokens": { type: "string", default: "64" },
    runs: { type: "string", default: "5" },
    threads: { type: "string", default: "1" },
    mails: { type: "string", default: "96" },
    loaded: { type: "string" },
  },
});
if (values.model === undefined) {
  process.stderr.write(
    "usage: npx tsx bench/reply.ts --model FILE.gguf [--reply-tokens N] [--runs N] [--threads N] [--mails N] [--loaded N]\n",
  );
  process.exit(1);
}
const gguf = values.model;
const [maxTokens, runs, threads, mailCount] = [values["reply-tokens"], values.runs, values.threads, values.mails].map(
  Number,
);

const email = (i: number) =>
  `From: Ann Smith\nSubject: Meeting ${i}\n\nHi,\n\nI would like to go over the figures of the third quarter before the board meets. Could we meet on Thursday at ${1 + (i % 9)} pm, or would Friday suit you better? Please also send me the latest version of the report, and tell Bob that the room has changed.\n\nThanks,\nAnn`;

/** Tokens a second of the prompt, from its start to the first new token, and of the tokens after that. */
interface Speed {
  readonly prefill: number;
  readonly decode: number;
}

/** With the processor time of the whole reply, which other programs on the machine disturb less than the clock. */
type Measured = Speed & { readonly cpuMs: number };

function ours({ promptTokens, firstTokenMs, tokensPerSecond }: ReplyResult): Speed {
  return { prefill: promptTokens / (firstTokenMs! / 1000), decode: tokensPerSecond! };
}

/** Runs `generate`, which calls back at each token, on a prompt of `promptTokens`. */
async function timed(
  promptTokens: number,
  generate: (onToken: (tokens: Token[]) => void) => Promise<unknown>,
): Promise<Speed> {
  const startMs = performance.now();
  let firstMs = Number.NaN;
  let lastMs = Number.NaN;
  let tokens = 0;
  await generate((some) => {
    lastMs = performance.now();
    if (Number.isNaN(firstMs)) firstMs = lastMs;
    else tokens += some.length;
  });
  return { prefill: promptTokens / ((firstMs - startMs) / 1000), decode: tokens / ((lastMs - firstMs) / 1000) };
}

async function measure(replier: Replier) {
  const llama = await getLlama({
    gpu: false,
    build: "never",
    progressLogs: false,
    maxThreads: 0,
    logLevel: LlamaLogLevel.error,
  });
  const model = await llama.loadModel({ modelPath: gguf });
  const context = await model.createContext({ contextSize: replier.contextTokens, threads, sequences: 2 });
  const sequence = context.getSequence();
  const chatSequence = context.getSequence();
  const completion = new LlamaCompletion({ contextSequence: sequence });
  const speeds: { [name: string]: Measured[] } = { pocketreply: [], LlamaCompletion: [], LlamaChatSession: [] };
  const options = { maxTokens, temperature: 0 };
  for (let run = -1; run < runs; run++) {
    const text = email(run + 1);
    const { ids } = replier.prepare({ messages: [{ role: "user", content: text }], maxTokens });
    const ways: [string, () => Promise<Speed>][] = [
      ["pocketreply", async () => ours(await replier.reply({ email: text, ...options }))],
      [
        "LlamaCompletion",
        async () => {
          await sequence.clearHistory();
          return timed(ids.length, (onToken) =>
            completion.generateCompletion([...ids] as Token[], { ...options, onToken }),
          );
        },
      ],
      [
        "LlamaChatSession",
        async () => {
          await chatSequence.clearHistory();
          const session = new LlamaChatSession({ contextSequence: chatSequence, systemPrompt: replier.systemPrompt });
          const speed = await timed(ids.length, (onToken) => session.prompt(text, { ...options, onToken }));
          session.dispose({ disposeSequence: false });
          return speed;
        },
      ],
    ];
    for (let i = 0; i < ways.length; i++) {
      const [name, measureOnce] = ways[(i + run + ways.length) % ways.length]; // each goes first in turn
      const before = process.cpuUsage();
      const speed = await measureOnce();
      const { user, system } = process.cpuUsage(before);
      if (run >= 0) speeds[name].push({ ...speed, cpuMs: (user + system) / 1000 }); // the first run warms up
    }
  }
  await model.dispose();
  return speeds;
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}

function show(list: readonly number[]): string {
  const whole = (value: number) => value.toFixed(0);
  return `${whole(median(list)).padStart(7)} (${whole(Math.min(...list))}–${whole(Math.max(...list))})`;
}

/** Tokens of many mails answered with so many sequences, and what they took, after loading and the first replies. */
async function together(sequences: number) {
  const mails = Array.from({ length: mailCount + sequences }, (_, i) => ({ id: `${i}`, email: email(i) }));
  const sums = { replies: 0, promptTokens: 0, replyTokens: 0, seconds: 0, cpuSeconds: 0 };
  let [startMs, before] = [Number.NaN, process.cpuUsage()];
  let warm = 0;
  for await (const { promptTokens, replyTokens, stopped } of generateReplies({
    mostContextTokens: 1024,
    gguf,
    mails,
    maxTokens,
    temperature: 0,
    seed: 1,
    sequences,
    threads,
  })) {
    if (warm++ < sequences) [startMs, before] = [performance.now(), process.cpuUsage()];
    else {
      sums.replies++;
      sums.promptTokens += promptTokens;
      sums.replyTokens += replyTokens + (stopped === "end" ? 1 : 0); // the token that ends it is decoded too
    }
  }
  const { user, system } = process.cpuUsage(before);
  return { ...sums, seconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6 };
}

type Together = Awaited<ReturnType<typeof together>>;

/** As many tokens by the peer. */
async function peer(
  { replies, promptTokens, replyTokens }: Together,
  how: { sample: boolean; flashAttention: boolean },
) {
  const size = { promptTokens: Math.round(promptTokens / replies), replyTokens: Math.round(replyTokens / replies) };
  const raw = await openRawBatch({ gguf, threads, sequences: SEQUENCES, ...size, ...how });
  await raw.round(); // warms up
  const rounds = Math.max(1, Math.round(replies / SEQUENCES));
  let [seconds, cpuSeconds] = [0, 0];
  for (let i = 0; i < rounds; i++) {
    const time = await raw.round();
    seconds += time.seconds;
    cpuSeconds += time.cpuSeconds;
  }
  await raw.close();
  const tokens = rounds * SEQUENCES * (size.promptTokens + size.replyTokens);
  return { perSecond: tokens / seconds, perCpuSecond: tokens / cpuSeconds };
}

if (values.loaded !== undefined) {
  await measureLoaded({ gguf, busy: Number(values.loaded), runs, maxTokens, email });
  process.exit(0);
}

const SEQUENCES = 8;

const replier = await openReplier(gguf, { threads, mostContextTokens: 1024 });
const speeds = await measure(replier);
await replier.close();
console.log(`${gguf}: ${threads} threads, at most ${maxTokens} new tokens, ${runs} runs; tokens/s`);
for (const [name, list] of Object.entries(speeds)) {
  const prefill = list.map((speed) => speed.prefill);
  const decode = list.map((speed) => speed.decode);
  const cpuMs = list.map((speed) => speed.cpuMs);
  console.log(`${name.padEnd(17)} prompt ${show(prefill)}   reply ${show(decode)}   processor ms ${show(cpuMs)}`);
}
for (const name of ["LlamaCompletion", "LlamaChatSession"]) {
  const ratio = (of: keyof Measured) =>
    median(speeds.pocketreply.map((speed) => speed[of])) / median(speeds[name].map((speed) => speed[of]));
  console.log(
    `ours / ${name}: prompt ${ratio("prefill").toFixed(2)}, reply ${ratio("decode").toFixed(2)}, processor time ${ratio("cpuMs").toFixed(2)}`,
  );
}
const alone = await together(1);
const eight = await together(SEQUENCES);
const rate = ({ replyTokens, cpuSeconds }: Together) => replyTokens / cpuSeconds;
console.log(
  `${eight.replies} mails: one after the other ${rate(alone).toFixed(0)} reply tokens a processor second, up to eight together ${rate(eight).toFixed(0)} (${(rate(eight) / rate(alone)).toFixed(2)} times)`,
);
const tokens = eight.promptTokens + eight.replyTokens;
const batched = { perSecond: tokens / eight.seconds, perCpuSecond: tokens / eight.cpuSeconds };
console.log("batched, prompt and reply tokens together; by the clock, and by processor time");
const line = (name: string, { perSecond, perCpuSecond }: typeof batched) =>
  console.log(
    `${name.padEnd(52)} ${perSecond.toFixed(0).padStart(7)}/s (ours ${(batched.perSecond / perSecond).toFixed(2)})  ${perCpuSecond.toFixed(0).padStart(7)}/cpu s (ours ${(batched.perCpuSecond / perCpuSecond).toFixed(2)})`,
  );
line("pocketreply", batched);
line("llama.cpp, nothing sampled", await peer(eight, { sample: false, flashAttention: false }));
line("llama.cpp, greedy", await peer(eight, { sample: true, flashAttention: false }));
line("llama.cpp, nothing sampled, flash attention", await peer(eight, { sample: false, flashAttention: true }));
