/**
 * `pocketreply serve` under load beside llama.cpp's own server and llama-cpp-python's, on one file with the same threads: 32 clients, each of
 * which asks again as soon as it is answered, in turns of a few seconds a server. With --requests, our memory over so many short requests of
 * every kind, and of clients who go away.
 *
 *   npx tsx bench/serve.ts MODEL.gguf [--llama-server FILE] [--python FILE [--library FOLDER]] [--threads 1] [--clients 32] [--seconds 60] [--turns 3]
 *   npx tsx bench/serve.ts MODEL.gguf --requests 10000
 */
import { parseArgs } from "node:util";
import { openGguf } from "../src/formats/index.ts";
import { type Answered, drive, type Load, post, quantile } from "./serve/load.ts";
import { type Running, startLlamaCppPython, startLlamaServer, startOurs } from "./serve/servers.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: "string", default: "1" },
    clients: { type: "string", default: "32" },
    lanes: { type: "string", default: "8" },
    seconds: { type: "string", default: "60" },
    turns: { type: "string", default: "3" },
    "reply-tokens": { type: "string", default: "48" },
    "llama-server": { type: "string" },
    python: { type: "string" },
    library: { type: "string" },
    requests: { type: "string" },
  },
});
const [gguf] = positionals;
const [clients, seconds, turns, replyTokens] = [
  values.clients,
  values.seconds,
  values.turns,
  values["reply-tokens"],
].map(Number);
const setting = { gguf, threads: Number(values.threads), lanes: Number(values.lanes) };
const system = await readSystemPrompt();

if (values.requests === undefined) await compare();
else await watchMemory(Number(values.requests));

async function compare(): Promise<void> {
  const llamaServer = values["llama-server"];
  const servers: Running[] = [await startOurs(setting)];
  if (llamaServer !== undefined) servers.push(await startLlamaServer(llamaServer, setting));
  if (values.python !== undefined)
    servers.push(await startLlamaCppPython({ python: values.python, library: values.library }, setting));
  console.log(`${gguf}, ${setting.threads} threads, ${clients} clients, ${turns} turns of ${seconds / turns} s each`);
  const loads = new Map<Running, Load[]>(servers.map((server) => [server, []]));
  let from = 0;
  for (const server of servers)
    await drive(
      clients,
      (n) => chat(server, n),
      (n) => n >= clients,
    ); // warm
  for (let turn = 0; turn < turns; turn++) {
    for (const server of servers) {
      const endMs = performance.now() + (1000 * seconds) / turns;
      const load = await drive(
        clients,
        (n) => chat(server, from + n),
        () => performance.now() > endMs,
      );
      loads.get(server)!.push(load);
    }
    from += 100_000; // no mail twice
  }
  const ours = speed(loads.get(servers[0])!);
  for (const [server, list] of loads) {
    const all = list.flatMap(({ answers }) => answers);
    const errors = list.flatMap((load) => load.errors);
    const { tokens, replies } = speed(list);
    const ms = all.map((one) => one.ms);
    const mean = (pick: (one: Answered) => number) => all.reduce((sum, one) => sum + pick(one), 0) / all.length;
    const beside =
      server === servers[0]
        ? ""
        : `; ours ${(ours.tokens / tokens).toFixed(2)} × (replies ${(ours.replies / replies).toFixed(2)} ×)`;
    console.log(
      `${server.name}: ${tokens.toFixed(0)} tokens/s, ${replies.toFixed(1)} replies/s of ${mean((one) => one.promptTokens).toFixed(0)} + ` +
        `${mean((one) => one.replyTokens).toFixed(0)} tokens, p50 ${quantile(ms, 0.5).toFixed(0)} ms, p90 ${quantile(ms, 0.9).toFixed(0)} ms, ` +
        `${all.length} answers, ${errors.length} errors${errors.length > 0 ? ` (${errors[0]})` : ""}${beside}`,
    );
  }
  for (const server of servers) await server.stop();
}

/** Tokens written and replies a second over all turns. */
function speed(loads: readonly Load[]): { tokens: number; replies: number } {
  const all = loads.flatMap(({ answers }) => answers);
  const time = loads.reduce((sum, load) => sum + load.seconds, 0);
  return { tokens: all.reduce((sum, { replyTokens }) => sum + replyTokens, 0) / time, replies: all.length / time };
}

async function watchMemory(requests: number): Promise<void> {
  const server = await startOurs(setting);
  const step = requests / 10;
  const marks: { requests: number; mb: number }[] = [];
  const errors: string[] = [];
  console.log(`${gguf}, ${requests} requests of every kind, one in 25 left by its client, ${clients} clients`);
  for (let done = 0; done < requests; done += step) {
    const load = await drive(
      clients,
      (n) => anything(server, done + n),
      (n) => n >= step,
    );
    errors.push(...load.errors);
    marks.push({ requests: done + step, mb: server.rssBytes() / 1e6 });
    console.log(`${done + step} requests, ${load.seconds.toFixed(0)} s: ${marks.at(-1)!.mb.toFixed(0)} MB`);
  }
  const { busy, waiting } = (await (await fetch(`${server.url}/health`)).json()) as { busy: boolean; waiting: number };
  const later = marks.slice(1);
  console.log(
    `from the 2nd tenth to the last ${growth(later).toFixed(2)} MB more a thousand requests (least squares); ${errors.length} errors` +
      `${errors.length > 0 ? ` (${errors[0]})` : ""}; afterwards busy: ${busy}, waiting: ${waiting}`,
  );
  await server.stop();
}

/** MB a thousand requests. */
function growth(marks: readonly { requests: number; mb: number }[]): number {
  const mean = (of: (mark: { requests: number; mb: number }) => number) =>
    marks.reduce((sum, mark) => sum + of(mark), 0) / marks.length;
  const [x, y] = [mean(({ requests }) => requests), mean(({ mb }) => mb)];
  const slope = (mark: { requests: number; mb: number }) => (mark.requests - x) * (mark.mb - y);
  return (1000 * mean(slope)) / mean(({ requests }) => (requests - x) ** 2);
}

/** One request of several kinds, by its number. */
async function anything(server: Running, n: number): Promise<Answered> {
  const from = { name: `Ann ${n}`, address: `ann${n}@firm.example` };
  const mail = { from, text: `Hi,\n\ncould we meet on day ${n} at 10:30?\n\nAnn` };
  const startMs = performance.now();
  const nothing = () => ({ ms: performance.now() - startMs, promptTokens: 0, replyTokens: 0 });
  if (n % 25 === 0) {
    await post(`${server.url}/v1/chat/completions`, { ...question(n), stream: n % 2 === 0, max_tokens: 200 }, 20);
    return nothing();
  }
  if (n % 50 === 1) {
    await post(`${server.url}/v1/replies`, { mail, include: ["suggestions", "draft"] });
    return nothing();
  }
  if (n % 10 === 2) {
    await post(`${server.url}/v1/complete`, { mail, typed: "Hi Ann, thank you for" });
    return nothing();
  }
  if (n % 10 === 3) {
    await post(`${server.url}/v1/chat/completions`, { ...question(n), stream: true, max_tokens: 8 });
    return nothing();
  }
  return chat(server, n, 8);
}

async function chat(server: Running, n: number, most = replyTokens): Promise<Answered> {
  const startMs = performance.now();
  const answer = JSON.parse(await post(`${server.url}/v1/chat/completions`, { ...question(n), max_tokens: most }));
  const { usage } = answer as { usage: { prompt_tokens: number; completion_tokens: number } };
  return {
    ms: performance.now() - startMs,
    promptTokens: usage.prompt_tokens,
    replyTokens: usage.completion_tokens,
  };
}

/** A mail that no other request has, behind the system prompt that the model was trained with. */
function question(n: number): { messages: object[]; temperature: number } {
  const content = `From: Ann Smith\nSubject: Meeting ${n}\n\nHi,\n\nI would like to go over the figures of quarter ${n} before the board meets. Could we meet on Thursday at ${1 + (n % 9)} pm, or would Friday suit you better? Please also send me the latest version of report ${n}, and tell Bob that the room has changed.\n\nThanks,\nAnn`;
  return {
    messages: [...(system === null ? [] : [{ role: "system", content: system }]), { role: "user", content }],
    temperature: 0,
  };
}

async function readSystemPrompt(): Promise<string | null> {
  const file = await openGguf(gguf);
  const { metadata } = file;
  await file.close();
  const value = metadata.get("pocketreply.system_prompt");
  return value?.type === "string" ? value.value : null;
}
