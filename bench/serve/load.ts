/** Clients of bench/serve.ts: each asks again as soon as it is answered. */
import { Agent, request as httpRequest } from "node:http";

/** What one request came to. */
export interface Answered {
  readonly ms: number;
  readonly promptTokens: number;
  readonly replyTokens: number;
}

/** What the clients saw together. */
export interface Load {
  readonly answers: readonly Answered[];
  /** Anything but an answer with status 200, in words. */
  readonly errors: readonly string[];
  readonly seconds: number;
}

/** `clients` at once ask `ask(n)` for n = 0, 1, 2 …, until `until(n)`; those in flight are waited for. */
export async function drive(
  clients: number,
  ask: (n: number) => Promise<Answered>,
  until: (n: number) => boolean,
): Promise<Load> {
  const answers: Answered[] = [];
  const errors: string[] = [];
  let n = 0;
  const startMs = performance.now();
  const client = async () => {
    while (!until(n)) {
      try {
        answers.push(await ask(n++));
      } catch (error) {
        errors.push((error as Error).message);
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { answers, errors, seconds: (performance.now() - startMs) / 1000 };
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Posts JSON and gives back the body; throws for a status other than 200. `leaveAfterMs` breaks the connection off by then: the body is "". */
export function post(url: string, body: object, leaveAfterMs?: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) };
    const asked = httpRequest(url, { method: "POST", headers, agent }, (response) => {
      let answer = "";
      response.setEncoding("utf8");
      response.on("data", (piece) => {
        answer += piece;
      });
      response.once("error", (error) => (left ? resolve("") : reject(error)));
      response.once("end", () => {
        clearTimeout(timer);
        if (response.statusCode === 200) resolve(answer);
        else reject(new Error(`${response.statusCode} ${answer.slice(0, 200)}`));
      });
    });
    let left = false;
    const leave = () => {
      left = true;
      asked.destroy();
      resolve("");
    };
    const timer = leaveAfterMs === undefined ? undefined : setTimeout(leave, leaveAfterMs);
    asked.once("error", (error) => (left ? resolve("") : reject(error)));
    asked.end(text);
  });
}

/** The value below which a share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
