import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMbox } from "../sources/read/mbox.ts";
import { generateSampleMailbox, SAMPLE_INTENTS, type SampleMessage, writeSampleMailbox } from "./sample.ts";

const COUNT = 2000;
let messages: SampleMessage[];
let folder: string;
beforeAll(async () => {
  messages = [...generateSampleMailbox({ seed: 42, count: COUNT })];
  folder = await mkdtemp(join(tmpdir(), "pocketreply-sample-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("generateSampleMailbox", () => {
  it("gives the same messages twice, and the same first ones whatever the count", () => {
    const few = [...generateSampleMailbox({ seed: 42, count: 150 })];
    expect(few).toEqual(messages.slice(0, 150));
    expect([...generateSampleMailbox({ seed: 43, count: 5 })]).not.toEqual(messages.slice(0, 5));
    expect([...generateSampleMailbox({ seed: 42, count: 0 })]).toEqual([]);
  });

  it("has at least 28 intents, all in use, and each with many phrases", () => {
    expect(new Set(SAMPLE_INTENTS.map((intent) => intent.name)).size).toBeGreaterThanOrEqual(28);
    const used = new Set(messages.map((message) => message.intent));
    expect(SAMPLE_INTENTS.filter((intent) => !used.has(intent.name)).map((intent) => intent.name)).toEqual([]);
  });

  it("repeats no body and no skeleton, and leaves no slot unfilled", () => {
    expect(new Set(messages.map((message) => message.body)).size).toBe(COUNT);
    expect(new Set(messages.map((message) => message.skeleton)).size).toBeGreaterThan(0.995 * COUNT);
    const unfilled = messages.filter(
      ({ subject, body, order }) => order === null && /[{}[\]<>|~]|undefined|NaN/.test(subject + body),
    );
    expect(unfilled.map((message) => message.body)).toEqual([]);
  });

  it("hides an order to a machine in some mails, in words of its own: none of the reply bench", async () => {
    const orders = messages.flatMap(({ order, subject, body }) =>
      order === null ? [] : [{ order, text: `${subject}\n${body}` }],
    );
    expect(orders.length / COUNT).toBeGreaterThan(0.04);
    expect(orders.length / COUNT).toBeLessThan(0.1);
    for (const { order, text } of orders) expect(text).toContain(order);
    const fives = (text: string) => {
      const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
      return words.slice(4).map((_, start) => words.slice(start, start + 5).join(" "));
    };
    const bench = new Set(fives(await readFile(new URL("../../bench/replies/items.jsonl", import.meta.url), "utf8")));
    expect(bench.size).toBeGreaterThan(10_000);
    expect(orders.flatMap(({ order }) => fives(order)).filter((words) => bench.has(words))).toEqual([]);
    expect(new Set(orders.map(({ order }) => order)).size).toBeGreaterThan(0.7 * orders.length);
  });

  it("holds almost no pair of bodies with five-word shingles alike to 0.7", () => {
    expect(
      alikePairs(
        messages.map((message) => message.body),
        0.7,
      ),
    ).toBeLessThanOrEqual(2);
  });

  it("keeps to lengths that a small context holds: 40 to 110 words on average", () => {
    const words = messages.map((message) => message.body.split(/\s+/).length).sort((a, b) => a - b);
    const mean = words.reduce((sum, count) => sum + count, 0) / COUNT;
    expect(mean).toBeGreaterThan(40);
    expect(mean).toBeLessThan(110);
    expect(words.at(-1)).toBeLessThan(180);
  });

  it("has at least 15 % replies in a person's own words, and a few newsletters", () => {
    const share = (pick: (message: SampleMessage) => boolean) => messages.filter(pick).length / COUNT;
    expect(share((message) => message.isPersonReply)).toBeGreaterThan(0.15);
    expect(share((message) => message.isReplyByOwner)).toBeGreaterThan(0.1);
    expect(share((message) => message.intent === "newsletter")).toBeGreaterThan(0.005);
    for (const message of messages.filter((each) => each.isPersonReply)) {
      expect(message.subject).toMatch(/^Re: /);
      expect(message.inReplyTo).not.toBeNull();
    }
  });

  it("threads answers to messages that are there, in order of time", () => {
    const byId = new Map(messages.map((message) => [message.messageId, message]));
    expect(byId.size).toBe(COUNT);
    for (const message of messages) {
      if (message.inReplyTo === null) continue;
      const parent = byId.get(message.inReplyTo)!;
      expect(parent.threadIndex).toBe(message.threadIndex);
      expect(message.references.at(-1)).toBe(message.inReplyTo);
      expect(parent.date < message.date).toBe(true);
    }
  });

  it("writes messages that a mail parser reads back: headers, names with accents, every transfer encoding", async () => {
    const plain = (text: string) => text.replace(/\s+/g, " ").trim();
    const encodings = new Set<string>();
    for (const message of messages.slice(0, 300)) {
      const mail = await PostalMime.parse(message.raw);
      expect(mail.subject).toBe(message.subject);
      expect(mail.from?.address).toBe(message.from.address);
      expect(mail.from?.name ?? "").toBe(message.from.name);
      expect(mail.messageId).toBe(message.messageId);
      expect(mail.date).toBe(message.date.replace(/\d{3}Z$/, "000Z"));
      // A text-only-as-HTML mail is compared by its words.
      const text = plain(mail.text ?? mail.html!.replace(/<[^>]+>/g, " ").replace(/&amp;/g, "&"));
      expect(text.startsWith(plain(message.body)), `${text}\n≠\n${plain(message.body)}`).toBe(true);
      for (const [, name] of message.raw.matchAll(
        /^Content-Transfer-Encoding: (\S+)|^Content-Type: (multipart\/\w+)/gim,
      ))
        encodings.add(name ?? "multipart");
    }
    expect([...encodings].sort()).toEqual(expect.arrayContaining(["7bit", "base64", "quoted-printable"]));
  });
});

describe("writeSampleMailbox", () => {
  it("writes an mbox from which every message comes back unchanged", async () => {
    const path = join(folder, "mail", "sample.mbox");
    await writeSampleMailbox(path, { seed: 42, count: 120 });
    const bytes = await readFile(path, "utf8");
    expect(bytes.startsWith("From ")).toBe(true);
    const raws: string[] = [];
    for await (const message of readMbox(chunksOf(Buffer.from(bytes), 1000), { maxMessageBytes: 1_000_000 }))
      raws.push(message.bytes!.toString("utf8"));
    expect(raws.map((raw) => raw.trimEnd())).toEqual(messages.slice(0, 120).map((message) => message.raw.trimEnd()));
  });

  it("fails on a path below a file, and leaves nothing half written", async () => {
    const file = join(folder, "plain-file");
    await writeFile(file, "");
    await expect(writeSampleMailbox(join(file, "sample.mbox"), { seed: 1, count: 1 })).rejects.toThrow("plain-file");
  });
});

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Pairs of texts whose sets of five-word shingles have at least this Jaccard similarity; counted over shared shingles. */
function alikePairs(texts: readonly string[], threshold: number): number {
  const sets = texts.map((text) => {
    const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    return new Set(words.slice(4).map((_, start) => words.slice(start, start + 5).join(" ")));
  });
  const holders = new Map<string, number[]>();
  let pairs = 0;
  for (const [index, set] of sets.entries()) {
    const shared = new Map<number, number>();
    for (const shingle of set) {
      const earlier = holders.get(shingle) ?? [];
      for (const other of earlier) shared.set(other, (shared.get(other) ?? 0) + 1);
      holders.set(shingle, [...earlier, index]);
    }
    for (const [other, count] of shared) if (count / (set.size + sets[other].size - count) >= threshold) pairs++;
  }
  return pairs;
}
