import { setMaxListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSimulatedClock } from "./clock.fixture.ts";
import { createEndpoint, PAUSES, type SimulatedEndpoint, sendAll } from "./pacer.fixture.ts";
import { createPacer, type PacedOutcome, type PacerOptions } from "./pacer.ts";

type EndpointOptions = Omit<Parameters<typeof createEndpoint>[0], "clock">;
type Request = NonNullable<Parameters<typeof sendAll>[0]["request"]>;

/** Sends everything in simulated time; checks that nothing is lost and that the order is kept. */
async function simulate(options: {
  endpoint: EndpointOptions;
  pacer?: Partial<PacerOptions>;
  count: number;
  request?: Request;
  seed?: number;
}) {
  const { count, request, seed = 1 } = options;
  const clock = createSimulatedClock(seed);
  const startMs = clock.now();
  const endpoint = createEndpoint({ clock, ...options.endpoint });
  const pacer = createPacer({ ...PAUSES, concurrency: 50, clock, ...options.pacer });
  const { done, endMs, admitted } = await sendAll({ clock, pacer, endpoint, count, request });
  expect(done).toBe(count);
  expect(admitted).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(pacer.state()).toMatchObject({ inFlight: 0, waiting: 0, binds: null });
  return { clock, pacer, endpoint, seconds: (endMs - startMs) / 1000 };
}

/** The most of `value` that came in within any 60 seconds. */
function mostInAMinute(
  endpoint: SimulatedEndpoint,
  value: (entry: SimulatedEndpoint["taken"][number]) => number,
): number {
  const { taken } = endpoint;
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const entry of taken) {
    sum += value(entry);
    while (taken[first].atMs < entry.atMs - 60_000) sum -= value(taken[first++]);
    most = Math.max(most, sum);
  }
  return most;
}

const draft: Request = (i) => ({ promptTokens: 200, maxTokens: 400, answerTokens: 40 + (i % 50) });

describe("limits that the endpoint announces", () => {
  it.each([
    [10, 16], // (800 − 50) / 50 = 15 s, the reserve of 14, the way and a last answer
    [250, 16.5],
  ])(
    "of 3,000 requests a minute with a burst of 50: 800 without a refusal, the way taking up to %i ms",
    async (jitterMs, most) => {
      const requestLimit = { perMinute: 3000, burst: 50 };
      const { endpoint, seconds } = await simulate({ endpoint: { requestLimit, jitterMs }, count: 800 });
      expect(endpoint.refusals).toBe(0);
      expect(seconds).toBeLessThan(most);
      expect(endpoint.mostInFlight).toBeLessThanOrEqual(50);
    },
  );

  it.each([
    [{ perMinute: 60, burst: 1 }, 40, 43],
    [{ perMinute: 600, burst: 600 }, 900, 30.8], // 600 at once, then 300 more at 10 a second
    [{ perMinute: 30_000, burst: 500 }, 3000, 13], // 50 in flight at 200 ms are 250 a second: the limit does not bind
  ])("of %j: all of it, no refusal", async (requestLimit, count, mostSeconds) => {
    const { endpoint, seconds } = await simulate({ endpoint: { requestLimit }, count });
    expect(endpoint.refusals).toBe(0);
    expect(seconds).toBeLessThan(mostSeconds);
  });

  it.each([20_000, 600_000])("of 600,000 tokens a minute with a burst of %i: 97 % of them used", async (burst) => {
    const { endpoint, pacer, seconds } = await simulate({
      endpoint: { tokenLimit: { perMinute: 600_000, burst } },
      count: burst < 600_000 ? 1500 : 4000,
      request: draft,
    });
    const used = endpoint.taken.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(endpoint.refusals).toBeLessThanOrEqual(1);
    expect(used / (burst + 10_000 * seconds)).toBeGreaterThan(0.97);
    expect(pacer.state().tokens).toMatchObject({ perMinute: 600_000, source: "headers" });
  });

  it("are learned anew when they change", async () => {
    const clock = createSimulatedClock();
    const startMs = clock.now();
    const endpoint = createEndpoint({ clock, requestLimit: { perMinute: 6000, burst: 100 } });
    const pacer = createPacer({ ...PAUSES, concurrency: 50, clock });
    const halve = clock.sleep(5000).then(() => endpoint.limit({ requestLimit: { perMinute: 1200, burst: 20 } }));
    const raise = clock.sleep(15_000).then(() => endpoint.limit({ requestLimit: { perMinute: 6000, burst: 100 } }));
    const { endMs, done } = await sendAll({ clock, pacer, endpoint, count: 1500 });
    await Promise.all([halve, raise]);
    expect(done).toBe(1500);
    expect(endpoint.refusals).toBeLessThanOrEqual(20); // those that were under way
    expect((endMs - startMs) / 1000).toBeLessThan(24); // 100 + 500 in 5 s, 200 in 10 s, the other 700 in 7 s
  });

  it("are shared with others who use the same key: what they take is seen in the headers", async () => {
    const clock = createSimulatedClock();
    const endpoint = createEndpoint({ clock, requestLimit: { perMinute: 3000, burst: 50 } });
    const others = createPacer({ ...PAUSES, concurrency: 50, clock });
    const ours = createPacer({ ...PAUSES, concurrency: 50, clock });
    const [theirs, mine] = [others, ours].map((pacer) => sendAll({ clock, pacer, endpoint, count: 400 }));
    expect([(await theirs).done, (await mine).done]).toEqual([400, 400]);
    expect(endpoint.refusals).toBeLessThan(80); // of 800 requests; each would send twice the limit alone
  });

  it("counted anew each minute instead of refilled are kept as well", async () => {
    const clock = createSimulatedClock();
    const startMs = clock.now();
    const perWindow = 100;
    let windowStart = startMs;
    let used = 0;
    let refusals = 0;
    const call = async (): Promise<PacedOutcome> => {
      if (clock.now() >= windowStart + 60_000) {
        windowStart += 60_000 * Math.floor((clock.now() - windowStart) / 60_000);
        used = 0;
      }
      const refused = used >= perWindow;
      if (refused) refusals++;
      else used++;
      const resetMs = windowStart + 60_000 - clock.now();
      const headers = {
        "x-ratelimit-limit-requests": String(perWindow),
        "x-ratelimit-remaining-requests": String(perWindow - used),
        "x-ratelimit-reset-requests": `${Math.ceil(resetMs / 1000)}s`,
      };
      await clock.sleep(100);
      const common = { headers, tokens: 10, latencyMs: 100 };
      return refused
        ? { ...common, status: 429, retryAfterMs: resetMs, pushback: { kind: "requests", perMinute: null } }
        : { ...common, status: 200, retryAfterMs: null, pushback: null };
    };
    const endpoint = { call, limit: () => {}, taken: [], refusals, mostInFlight: 0 };
    const { done } = await sendAll({
      clock,
      pacer: createPacer({ ...PAUSES, concurrency: 50, clock }),
      endpoint,
      count: 350,
    });
    expect(done).toBe(350);
    expect(refusals).toBeLessThanOrEqual(3); // an empty bucket looks the same, once
  });
});

describe("limits of the recipe", () => {
  it("are never exceeded in any 60 seconds, whatever is sent, and nothing waits for ever", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          requestsPerMinute: fc.integer({ min: 30, max: 3000 }),
          tokensPerMinute: fc.integer({ min: 20_000, max: 400_000 }),
          latency: fc.integer({ min: 1, max: 3000 }),
          concurrency: fc.integer({ min: 1, max: 60 }),
          seed: fc.integer(),
        }),
        async ({ requestsPerMinute, tokensPerMinute, latency, concurrency, seed }) => {
          const { endpoint } = await simulate({
            endpoint: { announces: false, latencyMs: () => latency, jitterMs: 0 },
            pacer: { requestsPerMinute, tokensPerMinute, concurrency },
            count: 120,
            request: (i) => ({ promptTokens: 50 + ((i * 37) % 400), maxTokens: 100, answerTokens: 100 }), // the estimate is exact
            seed,
          });
          expect(mostInAMinute(endpoint, () => 1)).toBeLessThanOrEqual(requestsPerMinute);
          expect(mostInAMinute(endpoint, ({ tokens }) => tokens)).toBeLessThanOrEqual(tokensPerMinute);
        },
      ),
      { numRuns: 40, seed: 3 },
    );
  });

  it("hold where the endpoint announces none, and are used up although answers are shorter than they might be", async () => {
    const { endpoint, seconds } = await simulate({
      endpoint: { announces: false, latencyMs: () => 300 },
      pacer: { tokensPerMinute: 300_000 },
      count: 1500,
      request: draft,
    });
    const used = endpoint.taken.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(used / (5000 * seconds)).toBeGreaterThan(0.97);
    expect(mostInAMinute(endpoint, ({ tokens }) => tokens)).toBeLessThanOrEqual(300_000 * 1.01); // the estimate's error of those in flight
  });

  it("bind where the endpoint allows more, and the other way round", async () => {
    const requestLimit = { perMinute: 1200, burst: 20 };
    const less = await simulate({ endpoint: { requestLimit }, pacer: { requestsPerMinute: 600 }, count: 100 });
    expect(less.seconds).toBeGreaterThan(9);
    expect(less.pacer.state().requests).toMatchObject({ perMinute: 600, source: "recipe" });
    const more = await simulate({ endpoint: { requestLimit }, pacer: { requestsPerMinute: 6000 }, count: 100 });
    expect(more.endpoint.refusals).toBe(0);
    expect(more.pacer.state().requests).toMatchObject({ perMinute: 1200, source: "headers" });
  });
});

describe("refusals", () => {
  it.each([true, false])("teach the limit of an endpoint that announces none (Retry-After: %s)", async (retryAfter) => {
    const { endpoint, pacer, seconds } = await simulate({
      endpoint: { announces: false, retryAfter, requestLimit: { perMinute: 3000, burst: 50 } },
      count: 3000,
    });
    expect(endpoint.refusals).toBeLessThan(90); // 3 %; without pacing 50 in flight would be refused four times in five
    expect(seconds).toBeLessThan(100); // 59 s at the limit
    expect(pacer.state().requests.source).toBe("refusals");
  });

  it("pause all callers at once, at least as long as the endpoint asks", async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer({ ...PAUSES, concurrency: 50, clock });
    const admit = () => pacer.admit({ model: "m", estimatedTokens: 10 });
    const outcome = { headers: null, retryAfterMs: null, tokens: 10, latencyMs: 5, pushback: null };
    (await admit()).settle({ ...outcome, status: 200 });
    const [refused, other] = [await admit(), await admit()];
    const startMs = clock.now();
    refused.settle({
      ...outcome,
      status: 429,
      tokens: null,
      retryAfterMs: 7000,
      pushback: { kind: "rate", perMinute: null },
    });
    other.settle({ ...outcome, status: 200 });
    expect(pacer.state()).toMatchObject({ pausedMs: 7000, refusals: 1, inFlight: 0 });
    const times: number[] = [];
    const waiting = Array.from({ length: 3 }, () => admit().then(() => void times.push(clock.now() - startMs)));
    expect(pacer.state()).toMatchObject({ binds: "pause", waiting: 3 });
    await clock.run();
    await Promise.all(waiting);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(7000);
  });

  it("that name no time pause with full jitter, twice as long each time, and count once for those sent together", async () => {
    const clock = { ...createSimulatedClock(), random: () => 0.999 };
    const pacer = createPacer({ concurrency: 10, clock, backoffMs: 100, maxBackoffMs: 1000 });
    const admit = () => pacer.admit({ model: "m", estimatedTokens: 10 });
    const ok = { status: 200, headers: null, retryAfterMs: null, tokens: 10, latencyMs: 5, pushback: null };
    const refusal = { ...ok, status: 429, tokens: null, pushback: { kind: "rate", perMinute: null } } as const;
    (await admit()).settle(ok);
    const pauses: number[] = [];
    for (let round = 0; round < 10; round++) {
      const together = [admit(), admit()];
      await clock.run();
      for (const ticket of await Promise.all(together)) ticket.settle(refusal);
      pauses.push(Math.round(pacer.state().pausedMs));
    }
    expect(pauses).toEqual([0, 0, 0, 0, 100, 200, 400, 799, 999, 999]); // the first few may be chance
    expect(pacer.state().refusals).toBe(20);
  });

  it("that name the limit are believed", async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer({ ...PAUSES, concurrency: 50, clock });
    const ticket = await pacer.admit({ model: "m", estimatedTokens: 10 });
    const pushback = { kind: "tokens", perMinute: 30_000 } as const;
    ticket.settle({ status: 429, headers: null, retryAfterMs: 10, tokens: null, latencyMs: 5, pushback });
    expect(pacer.state().tokens).toMatchObject({ perMinute: 30_000, source: "refusals", lastMinute: 0 });
    expect(pacer.state().requests.perMinute).toBeNull();
  });
});

describe("requests in flight", () => {
  it("stay at one until the endpoint has answered, and not with a refusal", async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer({ ...PAUSES, concurrency: 50, clock });
    const admit = () => pacer.admit({ model: "m", estimatedTokens: 10 });
    const outcome = { headers: null, retryAfterMs: null, tokens: null, latencyMs: 5, pushback: null };
    const first = await admit();
    const others = Array.from({ length: 60 }, admit);
    expect(pacer.state()).toMatchObject({ inFlight: 1, waiting: 60, binds: "first answer" });
    first.settle({ ...outcome, status: 400 });
    first.settle({ ...outcome, status: 200 }); // twice is once
    expect(pacer.state().inFlight).toBe(1);
    (await others[0]).settle({ ...outcome, status: null });
    expect(pacer.state().inFlight).toBe(1);
    (await others[1]).settle({ ...outcome, status: 200 });
    expect(pacer.state()).toMatchObject({ inFlight: 4, waiting: 54, binds: "concurrency" });
  });

  it.each([
    [4, 5000],
    [6, 3000],
    [16, 20_000],
  ])("settle near what a server without headers works on at once: %i at %i ms", async (slots, ms) => {
    const count = slots * 60;
    const { endpoint, pacer, seconds } = await simulate({
      endpoint: { announces: false, slots, latencyMs: () => ms, timeoutMs: 60_000 },
      count,
    });
    const ideal = ((count / slots) * ms) / 1000;
    expect(seconds).toBeLessThan(ideal * 1.15 + 10);
    expect(pacer.state().concurrency.limit).toBeGreaterThanOrEqual(slots / 2);
    expect(pacer.state().concurrency.limit).toBeLessThanOrEqual(slots * 2);
    expect(endpoint.mostInFlight).toBeLessThanOrEqual(slots * 4);
  });

  it("stop where a server that answers quickly at first begins to queue", async () => {
    const slots = 2;
    const options = { announces: false, slots, latencyMs: () => 900, timeoutMs: 10_000 };
    const { endpoint, pacer } = await simulate({ endpoint: options, count: 300 });
    const wasted = endpoint.taken.length - 300;
    expect(pacer.state().concurrency.limit).toBeLessThan(20);
    expect(wasted).toBeLessThan(20); // 50 in flight would wait 22 s each and time out for ever
  });

  it("rise to all that the recipe allows where more get more done, noisy as latencies are", async () => {
    const clock = createSimulatedClock(5);
    const noisy = () => 1500 + 3000 * clock.random();
    const { endpoint, pacer } = await simulate({ endpoint: { announces: false, latencyMs: noisy }, count: 2000 });
    expect(endpoint.mostInFlight).toBe(50);
    expect(pacer.state().concurrency.limit).toBeGreaterThanOrEqual(25);
  });
});

describe("a hold", () => {
  it("lets urgent requests alone through, and all the others when it ends", async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer({ ...PAUSES, concurrency: 1, clock });
    const admit = (isUrgent?: boolean) => pacer.admit({ model: "m", estimatedTokens: 10, isUrgent });
    const ok = { status: 200, headers: null, retryAfterMs: null, tokens: 1, latencyMs: 1, pushback: null };
    const first = await admit();
    const order: string[] = [];
    const waiting = ["second", "third"].map(async (name) => {
      const ticket = await admit();
      order.push(name);
      ticket.settle(ok);
    });
    const release = pacer.hold();
    first.settle(ok);
    const test = await admit(true);
    expect(pacer.state()).toMatchObject({ inFlight: 1, waiting: 2, binds: "test" });
    test.settle(ok); // what waits has not heard yet what the test showed
    await Promise.resolve();
    expect([order, pacer.state().inFlight]).toEqual([[], 0]);
    release();
    await Promise.all(waiting);
    expect(order).toEqual(["second", "third"]);
  });
});

describe("a caller that gives up", () => {
  it("leaves the queue, and those behind it go on", async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer({ ...PAUSES, concurrency: 1, clock });
    const admit = (signal?: AbortSignal) => pacer.admit({ model: "m", estimatedTokens: 10 }, signal);
    const first = await admit();
    const enough = new AbortController();
    const [second, third] = [admit(enough.signal), admit()];
    enough.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
    await expect(admit(enough.signal)).rejects.toThrow("enough");
    first.settle({ status: 200, headers: null, retryAfterMs: null, tokens: 1, latencyMs: 1, pushback: null });
    await third;
    expect(pacer.state()).toMatchObject({ inFlight: 1, waiting: 0 });
  });

  it("with all the others sends nothing more", async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer({ ...PAUSES, concurrency: 50, requestsPerMinute: 60, clock });
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const all = Array.from({ length: 20 }, () => pacer.admit({ model: "m", estimatedTokens: 1e6 }, stop.signal));
    await all[0];
    stop.abort(new Error("stop"));
    const results = await Promise.allSettled(all);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(pacer.state()).toMatchObject({ inFlight: 1, waiting: 0 });
  });
});
