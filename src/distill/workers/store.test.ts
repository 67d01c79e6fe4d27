import { describe, expect, it } from "vitest";
import { connectStore, type Store } from "./connection.ts";
import { TIMING } from "./store.ts";
import { hasRedis, startRedis } from "./workers.fixture.ts";

async function openStore(): Promise<Store> {
  const { url } = await startRedis();
  return connectStore({ url, name: "scripts", onNotice: () => {} });
}

const call = JSON.stringify({ role: "teacher", body: "{}", timeoutMs: 1, maxBytes: 1 });

/** How the calls stand, as the coordinator sees them. */
async function look(store: Store, ...ids: string[]): Promise<string[]> {
  const [, , states] = (await store.run("sweep", "me", "{}", ...ids)) as [string, string[], string[]];
  return states;
}

describe.skipIf(!hasRedis)("the scripts", () => {
  it("lead a call from asker to worker and back, each the same when it runs twice", async () => {
    const store = await openStore();
    const { redis, keys } = store;
    for (let i = 0; i < 2; i++) expect(await store.run("ask", "a", call)).toBe(null);
    expect(await redis.lrange(keys.queue, 0, -1)).toEqual(["a"]);
    expect(await look(store, "a", "b")).toEqual(["queued", "limbo"]);

    expect(await redis.lpop(keys.queue)).toBe("a");
    expect(await look(store, "a")).toEqual(["limbo"]); // a worker that died here: the coordinator asks again
    expect(await store.run("claim", "a")).toBe(call);
    expect(await store.run("claim", "a")).toBe(null); // in hand
    expect(await look(store, "a")).toEqual(["leased"]);
    expect(await store.run("ask", "a", call)).toBe(null);
    expect(await redis.llen(keys.queue)).toBe(0); // nobody else is sent after it

    for (let i = 0; i < 2; i++) await store.run("answer", "a", "paid", "1");
    expect(await look(store, "a")).toEqual(["answered"]);
    for (let i = 0; i < 2; i++) expect(await store.run("ask", "a", call)).toBe("paid"); // also after a restart
    for (let i = 0; i < 2; i++) expect(await store.run("take", "a")).toBe("paid");
    expect(await redis.hlen(keys.calls)).toBe(0);
    store.close();
  });

  it("give a failure to the asker once, and forget one that nobody asked for", async () => {
    const store = await openStore();
    const { redis, keys } = store;
    await store.run("ask", "a", call);
    await redis.lpop(keys.queue);
    await store.run("claim", "a");
    for (let i = 0; i < 2; i++) await store.run("answer", "a", "failed", "0");
    expect(await store.run("take", "a")).toBe("failed");
    expect(await store.run("take", "a")).toBe(null);
    await store.run("answer", "stranger", "failed", "0");
    await store.run("answer", "late", "paid", "1"); // money was spent on it: kept
    expect(await redis.hkeys(keys.failed)).toEqual([]);
    expect(await redis.hkeys(keys.paid)).toEqual(["late"]);
    store.close();
  });

  it("see a call lost when its lease is over, and give it to the next who claims it", async () => {
    const store = await openStore();
    const { redis, keys } = store;
    await store.run("ask", "a", call);
    await redis.lpop(keys.queue);
    await store.run("claim", "a");
    const lease = Number(await redis.zscore(keys.leases, "a"));
    const [seconds, micros] = await redis.time();
    const leftMs = lease - (Number(seconds) * 1000 + Number(micros) / 1000);
    expect(leftMs).toBeGreaterThan(TIMING.leaseMs - 5000);
    expect(leftMs).toBeLessThanOrEqual(TIMING.leaseMs);
    await redis.zadd(keys.leases, 1, "a"); // time goes by
    expect(await look(store, "a")).toEqual(["lost"]);
    await store.run("ask", "a", call);
    expect(await redis.lpop(keys.queue)).toBe("a");
    expect(await store.run("claim", "a")).toBe(call);
    await redis.zadd(keys.leases, 1, "a");
    await store.run("beat", "w", "a"); // it was only slow
    expect(await look(store, "a")).toEqual(["leased"]);
    await store.run("release", "a");
    expect(await redis.lrange(keys.queue, 0, -1)).toEqual(["a"]);
    store.close();
  });

  it("let one lead, who comes back at once and drops what was never sent", async () => {
    const store = await openStore();
    const { redis, keys } = store;
    expect(await store.run("lead", "me")).toBe(null);
    expect(await store.run("lead", "other")).toBe("me");
    await store.run("ask", "queued", call);
    await store.run("ask", "sent", call);
    await redis.lrem(keys.queue, 0, "sent");
    await store.run("claim", "sent");
    expect(await store.run("lead", "me")).toBe(null);
    expect(await redis.hkeys(keys.calls)).toEqual(["sent"]);
    await store.run("leave", "other", "{}", "1"); // not the leader's word
    expect(await redis.exists(keys.calls)).toBe(1);
    await store.run("leave", "me", "{}", "1");
    expect(await redis.keys("*")).toEqual([keys.run]);
    expect(await redis.pttl(keys.run)).toBeGreaterThan(0);
    store.close();
  });

  it("leave no key without an end", async () => {
    const store = await openStore();
    const { redis, keys } = store;
    await store.run("lead", "me");
    for (const id of ["a", "b", "c"]) await store.run("ask", id, call);
    await redis.lpop(keys.queue);
    await store.run("claim", "a");
    await store.run("beat", "w", "a");
    await store.run("answer", "b", "paid", "1");
    await store.run("answer", "c", "failed", "0");
    await store.run("ask", "d", call);
    await look(store, "a");
    for (const key of await redis.keys("*")) expect([key, (await redis.pttl(key)) > 0]).toEqual([key, true]);
    store.close();
  });
});
