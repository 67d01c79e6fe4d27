import { describe, expect, it } from "vitest";
import { createSemaphore } from "./semaphore.ts";

describe("a semaphore of 50", () => {
  it("never has more than 50 inside, and lets all of 1,000 in, in their order", async () => {
    const semaphore = createSemaphore(50);
    const order: number[] = [];
    let most = 0;
    await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        const leave = await semaphore.acquire();
        order.push(i);
        most = Math.max(most, semaphore.inside);
        await new Promise((resolve) => setImmediate(resolve));
        leave();
        leave(); // a second time changes nothing
      }),
    );
    expect(most).toBe(50);
    expect(order).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([semaphore.inside, semaphore.waiting]).toEqual([0, 0]);
  });

  it("forgets a caller that gives up", async () => {
    const semaphore = createSemaphore(1);
    const leave = await semaphore.acquire();
    const controller = new AbortController();
    const waiting = semaphore.acquire(controller.signal);
    const next = semaphore.acquire();
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(semaphore.acquire(controller.signal)).rejects.toThrow("enough");
    leave();
    (await next)();
    expect(semaphore.inside).toBe(0);
  });

  it("follows its limit up at once and down as callers leave", async () => {
    const semaphore = createSemaphore(1);
    const leaves = [await semaphore.acquire()];
    const more = [semaphore.acquire(), semaphore.acquire()];
    semaphore.limit = 3;
    leaves.push(...(await Promise.all(more)));
    semaphore.limit = 1;
    const last = semaphore.acquire();
    leaves[0]();
    leaves[1]();
    expect([semaphore.inside, semaphore.waiting]).toEqual([1, 1]);
    leaves[2]();
    await last;
    expect(semaphore.inside).toBe(1);
  });
});
