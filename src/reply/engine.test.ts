import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../../scripts/fixtures/tiny-gguf.ts";
import { type OpenAssistant, openAssistant } from "./open-assistant.ts";
import { openProbe, type Probe } from "./probe.ts";

let folder: string;
let assistant: OpenAssistant;
let probe: Probe;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pocketreply-engine-"));
  const path = join(folder, "random.gguf");
  await writeTinyGguf(path, { contextTokens: 512 });
  assistant = await openAssistant(path, { threads: 1, mostContextTokens: 1024 });
  probe = await openProbe(path, { cache: "F16", threads: 1 });
});
afterAll(async () => {
  await assistant?.close();
  await probe?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The whole vocabulary of some 280 tokens is asked for, so that ln p is exact. */
const ALL = 4096;
/** ln p over a cache filled in other chunks: sums in another order, in F16. */
const CLOSE = 2;

describe("the engine", () => {
  const ids = (text: string) => probe.encode(text);
  const expectSame = async (tokens: readonly number[]) => {
    const expected = await probe.nextTokenLogProbs(tokens);
    const found = await assistant.model.next(tokens, { count: ALL });
    expect(found.length).toBe(probe.vocabularySize);
    for (const { id, logProb } of found) expect(logProb).toBeCloseTo(expected[id], CLOSE);
    for (let i = 1; i < found.length; i++) expect(found[i].logProb).toBeLessThanOrEqual(found[i - 1].logProb);
  };

  it("gives the next token's probabilities whatever it was asked before: longer, shorter, another text, the same", async () => {
    const mail = ids("Shall we meet on Friday at the station, or rather on Monday?");
    for (const tokens of [
      mail,
      [...mail, ...ids(" Yes")],
      [...mail, ...ids(" No, I")],
      mail,
      ids("Hello"),
      mail.slice(0, 5),
      mail,
    ])
      await expectSame(tokens);
  });

  it("keeps what it holds when nobody else holds its sequences: they are not collected", async () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const mail = ids("Shall we meet on Friday at the station, or rather on Monday?");
    for (let i = 0; i < 5; i++) {
      await assistant.model.next(mail, { count: 1 });
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20)); // finalizers run between tasks
      await expectSame([...mail, ...ids(" Yes")]);
    }
  });

  it("gives the same where what follows was guessed, rightly or wrongly, and where it was scored before", async () => {
    const mail = ids("Shall we meet on Friday at the station, or rather on Monday?");
    const [yes, ...more] = ids(" Yes, on Monday.");
    await assistant.model.next(mail, { count: 1, guess: [yes, ...more] });
    for (let known = 1; known <= more.length; known++) await expectSame([...mail, yes, ...more.slice(0, known)]);
    await assistant.model.next([...mail, yes], { count: 1, guess: ids(" or never.") });
    await expectSame([...mail, yes]);
    await expectSame([...mail, yes, ...more]);
    await assistant.model.score([...mail, ...ids(" No, I")], { start: mail.length });
    await expectSame([...mail, ...ids(" No, I")]);
    await expectSame(mail);
  });

  it("scores a continuation as its tokens one by one", async () => {
    const start = ids("Shall we meet?");
    const answer = ids(" Yes, on Monday.");
    const whole = [...start, ...answer];
    const scored = await assistant.model.score(whole, { start: start.length });
    expect(scored).toHaveLength(answer.length);
    for (const [i, logProb] of scored.entries()) {
      const expected = await probe.nextTokenLogProbs(whole.slice(0, start.length + i));
      const ranks = [...expected].sort((a, b) => b - a);
      if (expected[answer[i]] > ranks[250]) expect(logProb).toBeCloseTo(expected[answer[i]], CLOSE);
      else expect(logProb).toBeLessThan(ranks[200]);
    }
    expect(await assistant.model.score(start, { start: start.length })).toEqual([]);
  });

  it("is usable after an abort, and keeps calls that overlap apart", async () => {
    const gone = AbortSignal.abort();
    await expect(assistant.model.next(ids("Hello"), { count: 4, signal: gone })).rejects.toThrow(/abort/i);
    const texts = ["Hello", "Shall we meet?", "Hello there", "No"].map(ids);
    const alone = [];
    for (const tokens of texts) alone.push((await assistant.model.next(tokens, { count: 4 })).map(({ id }) => id));
    const together = await Promise.all(texts.map((tokens) => assistant.model.next(tokens, { count: 4 })));
    expect(together.map((found) => found.map(({ id }) => id))).toEqual(alone);
  });
});
