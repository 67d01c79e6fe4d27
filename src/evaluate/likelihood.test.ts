/** References read once and kept; and the words that one pass says greedy decoding writes against those that greedy decoding writes. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../../scripts/fixtures/tiny-gguf.ts";
import { top1Words } from "../checks/index.ts";
import { exportModel } from "../export/index.ts";
import { readReferences } from "../reply/index.ts";
import { openProbe } from "../reply/probe.ts";
import { encodeExample, loadTokenizer } from "../tokens/index.ts";
import { collectLikelihoods, summarizeLikelihoods } from "./likelihood.ts";

const base = fileURLToPath(new URL("../../models/pocket-base", import.meta.url));
const frame = { systemPrompt: "Repeat this email.", dateString: "26 Jul 2024" };

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pocketreply-likelihood-"));
  await exportModel({
    base,
    checkpoint: null,
    out: folder,
    formats: ["gguf-q8_0"],
    metadata: { name: "base", ...frame },
  });
  await writeTinyGguf(at("scripted.gguf"), { script: ["Sure", " thing", "!"] });
  await writeTinyGguf(at("random.gguf"), { contextTokens: 256 });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("words that greedy decoding writes, from one pass", () => {
  const bodies = [
    "Dear Mei,\n\nCould you send me the report by Friday at noon? I need it for the board.\n\nThanks,\nAnn",
    "Hi all,\n\nthe meeting on Monday moves to 3:30 pm. Please bring the figures of March, naïve or not.\n\nBest regards\nTom",
  ];
  /** The base was taught to repeat: so the mail itself is a reference of which it knows much, and one with another day not all. */
  const references = bodies.flatMap((body, i) =>
    [body, body.replace("Monday", "Tuesday").replace("Friday", "Sunday")].map((reference, k) => ({
      id: `mail-${i}#${k}`,
      email: `From: Ann Smith\nSubject: Figures\n\n${body}`,
      reference,
    })),
  );

  it("are those that greedy decoding writes, from every cut", { timeout: 120_000 }, async () => {
    const gguf = at("model-q8_0.gguf");
    const tokenizer = await loadTokenizer(base);
    const probe = await openProbe(gguf, { contextTokens: 1024, cache: "F16" });
    let right = 0;
    let cuts = 0;
    for await (const { id, tokens } of readReferences({ mostContextTokens: 1024, gguf, references })) {
      const { email, reference } = references.find((one) => one.id === id)!;
      const { ids, completionStart } = encodeExample({ tokenizer, ...frame, email, reply: reference, maxTokens: 1024 });
      const words = reference.split(/\s+/);
      const counts = top1Words(tokens);
      expect(counts).toHaveLength(words.length);
      const text = Buffer.concat(tokens.map(({ bytes }) => bytes)).toString("utf8");
      for (const [k, count] of counts.entries()) {
        // Cut behind the word before: the first place whose text so far is those words, with or without a space.
        const before = words.slice(0, k);
        const textUpTo = (place: number) =>
          Buffer.concat(tokens.slice(0, place).map(({ bytes }) => bytes)).toString("utf8");
        const place = tokens.findIndex((_, i) => textUpTo(i).trim().split(/\s+/).join(" ") === before.join(" "));
        expect(place, text).toBeGreaterThanOrEqual(0);
        const next = await probe.greedyTokens(ids.slice(0, completionStart + place), 24);
        const end = next.findIndex((token) => tokenizer.endIds.includes(token));
        const written = tokenizer
          .decode(end < 0 ? next : next.slice(0, end))
          .trim()
          .split(/\s+/);
        const whole = end < 0 ? written.slice(0, -1) : written; // the last word may go on
        let same = 0;
        while (same < 15 && same < whole.length && whole[same] === words[k + same]) same++;
        expect(Math.min(count!, whole.length), `${id}, from word ${k}`).toBe(same); // 24 tokens may be fewer than 15 words
        right += same;
        cuts++;
      }
    }
    await probe.close();
    expect(cuts).toBeGreaterThan(60);
    expect(right).toBeGreaterThan(cuts); // there is something to compare
    expect(right).toBeLessThan(8 * cuts);
  });
});

describe("collectLikelihoods", () => {
  const references = Array.from({ length: 6 }, (_, i) => ({
    id: `mail-${i}`,
    email: `From: Ann\nSubject: ${i}\n\nHi`,
    reference: `Answer ${i}, gladly.`,
  }));
  let asked: number[] = [];
  const collect = (path: string, options: Partial<Parameters<typeof collectLikelihoods>[0]> = {}) => {
    asked = [];
    return collectLikelihoods({
      path,
      model: "m",
      gguf: at("random.gguf"),
      references,
      mostContextTokens: 1024,
      onProgress: (done) => asked.push(done),
      ...options,
    });
  };

  it("reads each reference once, goes on after a cut, and reads anew what changed", async () => {
    const whole = await collect(at("whole.jsonl"));
    expect(whole.map(({ id }) => id)).toEqual(references.map(({ id }) => id));
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const bytes = readFileSync(at("whole.jsonl"));
    expect(await collect(at("whole.jsonl"))).toEqual(whole);
    expect(asked).toEqual([6]);
    expect(readFileSync(at("whole.jsonl"))).toEqual(bytes);
    for (const size of [0, 10, Math.floor(0.4 * bytes.length), bytes.length - 3]) {
      writeFileSync(at("cut.jsonl"), bytes.subarray(0, size));
      const kept = bytes.subarray(0, size).toString("utf8").split("\n").length - 1;
      expect(await collect(at("cut.jsonl"))).toEqual(whole);
      expect(asked[0]).toBe(kept);
      expect(readFileSync(at("cut.jsonl"))).toEqual(bytes);
    }
    const changed = references.map((one, i) => (i === 2 ? { ...one, reference: "Another." } : one));
    const again = await collect(at("whole.jsonl"), { references: changed });
    expect(asked).toEqual([5, 6]);
    expect(again[2].nats).not.toBe(whole[2].nats);
    expect(again.filter((_, i) => i !== 2)).toEqual(whole.filter((_, i) => i !== 2));
  });

  it("removes what another model says, and refuses a file that is something else", async () => {
    const path = at("other.jsonl");
    const one = await collect(path);
    const other = await collect(path, { model: "n", gguf: at("scripted.gguf") });
    expect(asked[0]).toBe(0);
    expect(other.map(({ nats }) => nats)).not.toEqual(one.map(({ nats }) => nats));
    expect(readFileSync(path, "utf8")).not.toContain('"model":"m"');
    appendFileSync(path, '{"id":"x"}\n');
    await expect(collect(path, { model: "n" })).rejects.toThrow(`line 7: expected what a model finds likely`);
  });

  it("adds up what the tokens say", async () => {
    const email = "From: Ann\n\nHi";
    const known = { id: "known", email, reference: " Sure thing!\n" };
    const [row] = await collect(at("known.jsonl"), { gguf: at("scripted.gguf"), references: [known] });
    // "Sure", " thing", "!" and the end, each the likeliest.
    expect(row).toMatchObject({
      tokens: 4,
      bytes: 11,
      top1: 4,
      words: [2, 1],
      likeliest: "Sure thing!",
      unread: null,
    });
    const figures = summarizeLikelihoods([row])!;
    expect(figures.loss).toBe(row.nats / 4);
    expect(figures.bitsPerByte).toBeCloseTo(row.nats / Math.LN2 / 11, 12);
    expect(figures).toMatchObject({ references: 1, unread: 0, top1: 1, belowFloat: 0 });
    expect(figures.exactMatch.mean).toBe(1);

    const texts = [...references, { id: "long", email, reference: "Yes, gladly. ".repeat(40) }];
    const rows = await collect(at("long.jsonl"), { references: texts });
    const all = summarizeLikelihoods(rows)!;
    expect(all).toMatchObject({ references: 6, unread: 1 });
    const nats = rows.reduce((sum, one) => sum + one.nats, 0);
    const tokens = rows.reduce((sum, one) => sum + one.tokens, 0);
    expect(all.loss).toBeCloseTo(nats / tokens, 12);
    expect(all.bytes).toBe(6 * Buffer.byteLength("Answer 0, gladly."));
    expect(summarizeLikelihoods(rows.slice(6))).toBeNull();
    expect(JSON.parse(JSON.stringify(all))).toEqual(all); // nothing that JSON cannot hold
  });
});
