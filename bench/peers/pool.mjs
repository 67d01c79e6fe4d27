/** What every peer does around its client: reads the requests, keeps 50 in flight, counts, takes the time. */
import { readFileSync } from "node:fs";

const { baseUrl, requests, concurrency } = JSON.parse(process.argv[2]);

export { baseUrl, concurrency };

/** The request bodies, each with messages, max_tokens, temperature, seed and response_format. */
export const bodies = readFileSync(requests, "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line));

/** Runs `send` on all bodies, at most `concurrency` at once; a rejected promise is a lost row. Prints the result. */
export async function runAll(send, atOnce = concurrency) {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  let next = 0;
  let ok = 0;
  let failed = 0;
  async function work() {
    while (next < bodies.length) {
      const body = bodies[next++];
      try {
        const text = await send(body);
        if (!text) throw new Error("no text");
        ok++;
      } catch {
        failed++;
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  console.log(JSON.stringify({ ok, failed, seconds, cpuSeconds: (user + system) / 1e6 }));
  process.exit(0);
}
