import { describe, expect, it } from "vitest";
import { createRandom, hashString } from "../random.ts";
import { createColumn, createHashIndex, createIdIndex, createTextIndex } from "./hash-table.ts";

describe("tables in typed arrays", () => {
  it("find ids, texts and numbers again over many growths, also where hashes meet", () => {
    const random = createRandom("hash-table");
    const ids = Array.from({ length: 20_000 }, () =>
      [random.integer(2 ** 32), random.integer(2 ** 32)].map((half) => half.toString(16).padStart(8, "0")).join(""),
    );
    ids.push("00000000ffffffff", "ffffffff00000000", "80000000ffffffff");
    const index = createIdIndex();
    for (const [at, id] of ids.entries()) expect(index.add(id)).toBe(at);
    expect(ids.every((id, at) => index.find(id) === at && index.idOf(at) === id)).toBe(true);
    expect(index.find("0123456789abcdef")).toBe(-1);

    const texts = createTextIndex((text) => hashString(text) & 0xff); // one in 256 slots for all: they meet
    const all = Array.from({ length: 2000 }, (_, i) => `<${i}.ü@x>`.repeat((i % 7) + 1));
    expect(all.map((text) => texts.of(text))).toEqual(all.map((_, i) => i));
    expect(all.every((text, i) => texts.get(i) === text && texts.of(text) === i)).toBe(true);
    expect(texts.of("x".repeat(3 << 20))).toBe(2000); // longer than a piece
    expect([texts.get(2000).length, texts.of(all[5]), texts.size]).toEqual([3 << 20, 5, 2001]);
  });

  it("hold 32 bits anywhere, and 0 where nothing was set", () => {
    const column = createColumn();
    column.set(5000, -7);
    expect([column.get(5000), column.get(4999), column.get(10 ** 7)]).toEqual([-7, 0, 0]);
    expect(createHashIndex().find(3, () => true)).toBe(-1);
  });
});
