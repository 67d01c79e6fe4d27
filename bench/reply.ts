/**
 * Speed of our reply path against node-llama-cpp used directly, on the same file with the same tokens, in one process;
 * and of many mails answered together against one after the other.
 *
 *   npx tsx bench/reply.ts --model runs/quickstart/export/model-q8_0.gguf
 *   npx tsx bench/reply.ts --model model.gguf --reply-tokens 64 --runs 5 --threads 1
 *
 * Runs of both are interleaved; figures are medians, with the slowest and fastest run in brackets.
 */
import { parseArgs } from "node:util";
import { getLlama, LlamaChatSession, LlamaCompletion, LlamaLogLevel, type Token } from "node-llama-cpp";
import { generateReplies, openReplier, type Replier, type ReplyResult } from "../src/reply/index.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    "reply-tokens": { type: "string", default: "64" },
    runs: { type: "string", default: "5" },
    threads: { type: "string", default: "1" },
    mails: { type: "string", default: "24" },
  },
});
if (values.model === undefined) {
  process.stderr.write(
    "usage: npx tsx bench/reply.ts --model FILE.gguf [--reply-tokens N] [--runs N] [--threads N] [--mails N]\n",
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

async function together(sequences: number): Promise<number> {
  const mails = Array.from({ length: mailCount }, (_, i) => ({ id: `${i}`, email: email(i) }));
  let tokens = 0;
  let startMs = Number.NaN;
  for await (const { replyTokens } of generateReplies({
    gguf,
    mails,
    maxTokens,
    temperature: 0,
    seed: 1,
    sequences,
    threads,
  })) {
    if (Number.isNaN(startMs))
      startMs = performance.now(); // after loading and the first reply
    else tokens += replyTokens;
  }
  return tokens / ((performance.now() - startMs) / 1000);
}

const replier = await openReplier(gguf, { threads });
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
const eight = await together(8);
console.log(
  `${mailCount} mails: one after the other ${alone.toFixed(0)} tokens/s, up to eight together ${eight.toFixed(0)} (${(eight / alone).toFixed(2)} times)`,
);
