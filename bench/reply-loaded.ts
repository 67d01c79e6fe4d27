/** A reply beside busy processes: with one thread, with all, and with as many as are chosen by what the passes tell. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { openReplier } from "../src/reply/index.ts";

/** Prints the time to the first token, tokens a second after it, and processor time, of each way; medians of `runs`, in turns. */
export async function measureLoaded(options: {
  gguf: string;
  busy: number;
  runs: number;
  maxTokens: number;
  email: (i: number) => string;
}): Promise<void> {
  const { gguf, busy, runs, maxTokens, email } = options;
  const others = Array.from({ length: busy }, () => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
  try {
    const ways = { "1 thread": 1, [`${availableParallelism()} threads`]: availableParallelism(), chosen: undefined };
    const found = new Map<string, { firstMs: number; perSecond: number; cpuShare: number }[]>();
    for (let run = 0; run < runs; run++)
      for (const [name, threads] of Object.entries(ways)) {
        const replier = await openReplier(gguf, { threads, mostContextTokens: 1024 });
        const [start, before] = [performance.now(), process.cpuUsage()];
        const { firstTokenMs, tokensPerSecond } = await replier.reply({ email: email(run), maxTokens, temperature: 0 });
        const { user, system } = process.cpuUsage(before);
        const cpuShare = (user + system) / 1000 / (performance.now() - start);
        await replier.close();
        const one = { firstMs: firstTokenMs ?? Number.NaN, perSecond: tokensPerSecond ?? Number.NaN, cpuShare };
        found.set(name, [...(found.get(name) ?? []), one]);
      }
    const fair = Math.min(1, availableParallelism() / (busy + 1));
    console.log(`${gguf} beside ${busy} busy processes; a fair share is ${fair.toFixed(2)} of a core`);
    for (const [name, list] of found) {
      const [firstMs, perSecond, cpuShare] = (["firstMs", "perSecond", "cpuShare"] as const).map((of) =>
        median(list.map((one) => one[of])),
      );
      console.log(
        `${name.padEnd(12)} first token ${firstMs.toFixed(0)} ms, then ${perSecond.toFixed(1)} tokens/s, ${cpuShare.toFixed(2)} of a core (${(cpuShare / fair).toFixed(2)} fair shares)`,
      );
    }
  } finally {
    for (const other of others) other.kill();
  }
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[list.length >> 1];
}
