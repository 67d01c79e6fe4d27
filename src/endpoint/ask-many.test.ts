import { describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import { inPasses, LATER } from "./as-they-come.ts";
import { askMany } from "./ask-many.ts";
import { TeacherError } from "./teacher-error.ts";

const rules = { concurrency: 2, openPerRequest: 2, failuresInARow: 3, failedPasses: 2 };
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

async function ask(options: {
  items: Iterable<number>;
  answer: (item: number) => string | number;
  test?: () => Promise<unknown>;
}) {
  const found: string[] = [];
  const asked: number[] = [];
  let open = 0;
  let mostOpen = 0;
  const stop = new AbortController();
  const answers = askMany<number, string>({
    ...{ items: options.items, rules, stop, client: { onSetback() {} } },
    ask: (item, call) =>
      call(async () => {
        asked.push(item);
        mostOpen = Math.max(mostOpen, ++open);
        await tick();
        open--;
        const said = options.answer(item);
        if (typeof said === "string") return said;
        throw new TeacherError(`status ${said}`, { status: said, retryable: said >= 500 });
      }),
    giveUp: (item, { kind, error }) => `${item}: ${kind}, ${error}`,
    test: options.test ?? (async () => {}),
    explain: (last, failures) => new UserError(`${failures} failed, the last with ${last.error}`),
  });
  try {
    for await (const answer of answers) found.push(answer);
  } catch (error) {
    return { found, asked, mostOpen, error: error as Error, stop };
  }
  return { found, asked, mostOpen, error: null, stop };
}

describe("askMany", () => {
  it("asks each once, no more at once than there are places, and gives answers as they come", async () => {
    const { found, asked, mostOpen, error } = await ask({ items: numbers(50), answer: String });
    expect([error, asked.length, mostOpen]).toEqual([null, 50, 4]);
    expect(found.map(Number).sort((a, b) => a - b)).toEqual(numbers(50));
    expect((await ask({ items: [], answer: String })).found).toEqual([]);
  });

  it("takes items only as there is room for them", async () => {
    let taken = 0;
    function* endless() {
      for (;;) yield taken++;
    }
    const stop = new AbortController();
    const work = async (item: number) => item;
    for await (const item of inPasses({ items: endless(), places: 3, stop, work, endPass: async () => {} }))
      if (item === 10) break;
    expect(taken).toBeLessThanOrEqual(10 + 1 + 3);
  });

  it("blames what is turned down alone, and tries again what failed, before it gives it up with the reason", async () => {
    let tested = 0;
    const { found, asked, error } = await ask({
      items: numbers(30),
      answer: (item) => (item === 4 ? 400 : item === 7 ? 503 : String(item)),
      test: async () => tested++,
    });
    expect(error).toBeNull();
    expect(found).toHaveLength(30);
    expect(found).toContain("4: refused, status 400");
    expect(found).toContain("7: unanswered, status 503, in 2 passes");
    expect(asked.filter((item) => item === 7)).toHaveLength(2);
    expect(tested).toBe(1); // after the second pass: nothing else was left to show that it works
  });

  it.each([400, 503])(
    "ends with %i in a row where a harmless request fails as well, after what is under way",
    async (status) => {
      const { found, asked, error, stop } = await ask({
        items: numbers(100),
        answer: (item) => (item >= 10 ? status : String(item)),
        test: () => Promise.reject(new TeacherError("as well", { status, retryable: false })),
      });
      expect(error?.message).toMatch(new RegExp(`^\\d failed, the last with status ${status}$`));
      expect(stop.signal.reason).toBe(error);
      expect(found).toHaveLength(10);
      expect(asked.length).toBeLessThanOrEqual(10 + 3 + 3 * 4);
    },
  );

  it("goes on through any number of bad items where the harmless request is answered", async () => {
    const { found, error } = await ask({ items: numbers(40), answer: (item) => (item % 8 === 0 ? String(item) : 500) });
    expect(error).toBeNull();
    expect(found).toHaveLength(40);
    expect(found.filter((line) => line.endsWith("status 500, in 2 passes"))).toHaveLength(35);
  });

  it("ends with any other error of a call at once", async () => {
    const { error, asked } = await ask({
      items: numbers(100),
      answer(item) {
        if (item === 5) throw new UserError("no key");
        return String(item);
      },
    });
    expect(error?.message).toBe("no key");
    expect(asked.length).toBeLessThan(15);
  });
});

describe("inPasses", () => {
  it("begins later ones first in the next pass, asks the source again, and passes its error on", async () => {
    const seen: string[] = [];
    let pass = 0;
    let sourceEnds = 0;
    const items: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => {
        const parts = [["a", "b"], ["c"], []];
        let at = 0;
        return {
          async next() {
            const value = parts[at].shift();
            if (value !== undefined) return { value };
            at++;
            sourceEnds++;
            return { done: true, value: undefined };
          },
        };
      },
    };
    const results: string[] = [];
    for await (const result of inPasses({
      ...{ items, places: 1, stop: new AbortController() },
      work: async (item) => {
        seen.push(`${pass}${item}`);
        return item === "a" && pass === 0 ? LATER : item;
      },
      endPass: async () => void pass++,
    }))
      results.push(result);
    expect(seen).toEqual(["0a", "0b", "1a", "1c"]);
    expect(results).toEqual(["b", "a", "c"]);
    expect(sourceEnds).toBe(2);
    async function* breaking() {
      yield 1;
      throw new Error("the file broke");
    }
    const broken = inPasses({
      ...{ items: breaking(), places: 2, stop: new AbortController() },
      ...{ work: async (item: number) => item, endPass: async () => {} },
    });
    expect(await broken.next()).toEqual({ done: false, value: 1 });
    await expect(broken.next()).rejects.toThrow("the file broke");
  });
});
