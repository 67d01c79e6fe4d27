import { describe, expect, it } from "vitest";
import { finish, finishInSlices, type Steps } from "./steps.ts";

function* count(steps: number, busyMs = 0): Steps<string> {
  for (let i = 0; i < steps; i++) {
    for (const start = performance.now(); performance.now() - start < busyMs; );
    yield;
  }
  return `${steps} steps`;
}

describe("finishInSlices", () => {
  it("returns what finish returns", async () => {
    for (const steps of [0, 1, 1000]) expect(await finishInSlices(count(steps))).toBe(finish(count(steps)));
  });

  it("tells how many steps are done, up to all of them", async () => {
    const seen: number[] = [];
    await finishInSlices(count(12, 10), { onStep: (done) => seen.push(done) });
    expect(seen.at(-1)).toBe(12);
    expect(seen.length).toBeGreaterThan(2); // 120 ms in slices of 25 ms
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it("lets timers run, and stops between slices when aborted", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("enough")), 1);
    await expect(finishInSlices(count(1000, 5), { signal: abort.signal })).rejects.toThrow("enough");
  });
});
