/** An endpoint that goes away in mid-run: what that costs in requests, and that the run outlasts it or ends with everything kept. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { UserError } from "../errors.ts";
import { defaultRecipe } from "../recipe.ts";
import { askMany } from "./ask-many.ts";
import { createClient } from "./client.ts";
import { createFastClock } from "./clock.fixture.ts";
import { openConnections } from "./exchange.ts";
import { explainOutage } from "./failures.ts";
import { createPacer } from "./pacer.ts";

const GOOD = 60; // answers before it goes away
const ALL = 400;
const rules = defaultRecipe().distill;
const TESTS = rules.retries + 1 + 2;

const answer = JSON.stringify({ choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] });
const page = "<html><title>404 Not Found</title></html>";
type Down = (response: ServerResponse) => void;
const silence: Down = () => {};
const troubles: [string, Down | "closed"][] = [
  ["a gateway's 404", (response) => void response.writeHead(404).end(page)],
  ["an API's 404", (response) => void response.writeHead(404).end('{"error":{"message":"no such deployment"}}')],
  ["a 503", (response) => void response.writeHead(503).end('{"error":{"message":"no healthy upstream"}}')],
  ["a 502 page", (response) => void response.writeHead(502).end("<html><title>Bad Gateway</title></html>")],
  ["cut connections", (response) => void response.socket!.destroy()],
  ["silence", silence],
  ["a closed port", "closed"],
];

/** Asks everything of a server that is down from its 60th answer on for `downMs` of the fast clock. */
async function runThrough(trouble: Down | "closed", downMs: number) {
  const clock = createFastClock(100);
  let answered = 0;
  let downSinceMs = Number.POSITIVE_INFINITY;
  const isDown = () => clock.now() >= downSinceMs && clock.now() < downSinceMs + downMs;
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    if (isDown() && trouble !== "closed") return trouble(response);
    setTimeout(() => {
      if (++answered === GOOD) {
        downSinceMs = clock.now();
        if (trouble === "closed") void closeFor(downMs);
      }
      response.end(answer);
    }, 2);
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  async function closeFor(ms: number) {
    server.close();
    setTimeout(() => server.closeAllConnections(), 2);
    await clock.sleep(ms, over.signal).then(
      () => listen(port),
      () => {},
    );
  }
  const over = new AbortController();
  onTestFinished(() => {
    over.abort();
    server.close();
    server.closeAllConnections();
  });

  const baseUrl = `http://127.0.0.1:${port}/v1`;
  const connections = openConnections(`${baseUrl}/chat/completions`);
  let sentInVain = 0;
  const stop = new AbortController();
  const client = createClient({
    endpoint: { role: "teacher", baseUrl, model: "m", apiKeyEnv: "KEY", hasKey: false },
    ...{
      apiKey: null,
      pacer: createPacer({ ...rules, clock }),
      ...rules,
      clock,
      stop,
      timeoutMs: trouble === silence ? 100 : 30_000,
    },
    connections: {
      ...connections,
      post(request) {
        if (isDown()) sentInVain++;
        return connections.post(request);
      },
    },
  });
  onTestFinished(() => client.close());
  const request = (i: number) => ({
    ...{ messages: [{ role: "user" as const, content: `mail ${i}` }], temperature: 0, maxTokens: 40, seed: i },
  });
  const replies: number[] = [];
  const givenUp: number[] = [];
  const asking = askMany<number, { item: number; isGivenUp: boolean }>({
    ...{ items: Array.from({ length: ALL }, (_, i) => i), rules, stop, client },
    async ask(item, call) {
      await call(() => client.complete(request(item)));
      return { item, isGivenUp: false };
    },
    giveUp: (item) => ({ item, isGivenUp: true }),
    test: () => client.complete({ ...request(ALL), isUrgent: true }),
    explain: (last, failures) =>
      explainOutage({
        endpoint: { role: "teacher", baseUrl, model: "m" },
        ...{ last, failures, what: "mails", worked: client.worked },
      }),
  });
  let error: unknown = null;
  try {
    for await (const { item, isGivenUp } of asking) (isGivenUp ? givenUp : replies).push(item);
  } catch (reason) {
    error = reason;
  }
  return { replies, givenUp, error, sentInVain };
}

describe("an endpoint that goes away in mid-run", () => {
  it.each(troubles)(
    "with %s costs what was in flight and one request's tries, and ends the run",
    async (_, trouble) => {
      const { replies, givenUp, error, sentInVain } = await runThrough(trouble, 3_600_000);
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message).toMatch(
        /failed on 5 mails in a row; the last one: .*Everything so far is kept/s,
      );
      expect(replies.length).toBeGreaterThanOrEqual(GOOD);
      expect(givenUp).toEqual([]);
      expect(sentInVain).toBeLessThanOrEqual(rules.concurrency + rules.failuresInARow + TESTS);
    },
  );

  it.each(troubles)("with %s for 40 s, which the run outlasts", async (_, trouble) => {
    const { replies, givenUp, error, sentInVain } = await runThrough(trouble, 40_000);
    expect(error).toBeNull();
    expect(givenUp).toEqual([]);
    expect(replies.sort((a, b) => a - b)).toEqual(Array.from({ length: ALL }, (_, i) => i));
    expect(sentInVain).toBeLessThanOrEqual(rules.concurrency + rules.failuresInARow + TESTS);
  });
});
