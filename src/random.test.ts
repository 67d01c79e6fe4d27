import { describe, expect, it } from "vitest";
import { createRandom, hashString } from "./random.ts";

describe("createRandom", () => {
  it("is xoshiro128** 1.1: the reference's first outputs from the state 1, 2, 3, 4", () => {
    // rand_xoshiro's test vector, made with https://prng.di.unimi.it/xoshiro128starstar.c. The first by hand:
    // rotl(2 · 5, 7) · 9 = 1280 · 9 = 11520.
    const random = createRandom([1, 2, 3, 4]);
    const outputs = Array.from({ length: 10 }, () => random.next() * 2 ** 32);
    expect(outputs).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it("goes on from a stored state exactly where it was", () => {
    const random = createRandom("seed");
    for (let i = 0; i < 17; i++) random.next();
    const copy = createRandom(random.state());
    expect(Array.from({ length: 5 }, copy.normal)).toEqual(Array.from({ length: 5 }, random.normal));
  });

  it('gives one sequence for a seed, another for the next, and treats 42 and "42" alike', () => {
    const first = (seed: number | string) => Array.from({ length: 4 }, createRandom(seed).next);
    expect(first(42)).toEqual(first(42));
    expect(first(42)).toEqual(first("42"));
    expect(first(42)).not.toEqual(first(43));
  });

  it("draws uniform floats, integers and normals with the moments they should have", () => {
    const random = createRandom(1);
    const count = 100_000;
    const counts = new Array<number>(10).fill(0);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      counts[random.integer(10)]++;
      const draw = random.normal();
      sum += draw;
      squares += draw * draw;
    }
    // Five standard errors: of a count √(np(1−p)) = 95, of the mean 1/√n = 0.0032, of the variance √(2/n) = 0.0045.
    for (const each of counts) expect(Math.abs(each - count / 10)).toBeLessThan(475);
    expect(Math.abs(sum / count)).toBeLessThan(0.016);
    expect(Math.abs(squares / count - 1)).toBeLessThan(0.023);
  });

  it("shuffles into a permutation and leaves its argument alone", () => {
    const list = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = createRandom(3).shuffle(list);
    expect(list).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(shuffled).not.toEqual(list);
    expect([...shuffled].sort()).toEqual(list);
    expect(createRandom(3).shuffle([])).toEqual([]);
    expect(createRandom(3).shuffle(["one"])).toEqual(["one"]);
  });

  it("reaches every order of three elements about equally often", () => {
    const random = createRandom(9);
    const orders = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(["a", "b", "c"]).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    for (const seen of orders.values()) expect(Math.abs(seen - 1000)).toBeLessThan(145); // five times √(6000/6 · 5/6) = 29
  });
});

describe("hashString", () => {
  it("never changes: splits of existing runs hang on it", () => {
    // FNV-1a (offset 0x811c9dc5, prime 0x01000193), then murmur3's fmix32; worked out apart from this code in Python integers.
    expect(hashString("")).toBe(2872998923);
    expect(hashString("a")).toBe(444641715);
    expect(hashString("message@example.org")).toBe(1477947897);
  });

  it("spreads near-equal ids over the whole range", () => {
    const buckets = new Array<number>(20).fill(0);
    for (let i = 0; i < 20_000; i++) buckets[Math.floor((hashString(`id-${i}`) / 2 ** 32) * 20)]++;
    for (const each of buckets) expect(Math.abs(each - 1000)).toBeLessThan(155); // five times √(1000 · 0.95) = 31
  });
});
