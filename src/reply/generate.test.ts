import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../../scripts/fixtures/tiny-gguf.ts";
import type { GgufTensorType } from "../formats/index.ts";
import { openLanes } from "./batch.ts";
import { type GeneratedReply, generateReplies, type MailToAnswer } from "./generate.ts";
import { openModel } from "./llama.ts";
import { openReplier } from "./reply.ts";

const TYPES: readonly GgufTensorType[] = ["F16", "Q8_0"];
const mails: MailToAnswer[] = Array.from({ length: 9 }, (_, i) => ({
  id: `mail-${i}`,
  email: `From: Ann\nSubject: ${i}\n\n${"Please answer soon. ".repeat(1 + ((i * 7) % 11))}`,
}));

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pocketreply-generate-"));
  for (const type of TYPES) await writeTinyGguf(at(`${type}.gguf`), { type });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function collect(options: Partial<Parameters<typeof generateReplies>[0]>): Promise<GeneratedReply[]> {
  const found: GeneratedReply[] = [];
  const all = {
    gguf: at("Q8_0.gguf"),
    mostContextTokens: 1024,
    mails,
    maxTokens: 16,
    temperature: 0,
    seed: 1,
    ...options,
  };
  for await (const reply of generateReplies(all)) found.push(reply);
  return found;
}
const texts = (replies: readonly GeneratedReply[]) => replies.map(({ id, reply }) => [id, reply]);

describe("generateReplies", () => {
  it.each(TYPES)("gives the replies of one by one, in order, however many at once (%s)", async (type) => {
    const gguf = at(`${type}.gguf`);
    const replier = await openReplier(gguf, { mostContextTokens: 1024 });
    const alone: [string, string][] = [];
    for (const { id, email } of mails) {
      alone.push([id, (await replier.reply({ email, maxTokens: 16, temperature: 0 })).reply]);
    }
    await replier.close();
    expect(new Set(alone.map(([, reply]) => reply)).size).toBeGreaterThan(5);
    for (const sequences of type === "F16" ? [8] : [1, 3, 8])
      expect(texts(await collect({ gguf, sequences }))).toEqual(alone);
  });

  it("draws for each mail by its own seed, so that leaving out what is done changes nothing", async () => {
    const drawn = { temperature: 1, topP: 1 };
    const all = await collect({ ...drawn, sequences: 4 });
    const rest = await collect({ ...drawn, mails: mails.slice(4).reverse(), sequences: 2 });
    expect(texts(rest).reverse()).toEqual(texts(all).slice(4));
    expect(texts(await collect({ ...drawn, seed: 2, sequences: 4 }))).not.toEqual(texts(all));
  });

  it("gives several answers to one mail the words of each alone, whichever were made before", async () => {
    const drawn = { temperature: 1, topP: 1, keepPrompts: true };
    const several = mails.flatMap(({ id, email }) => [1, 2, 3].map((k) => ({ id: `${id}/${k}`, email })));
    const all = texts(await collect({ ...drawn, mails: several, sequences: 4 }));
    expect(all.map(([id]) => id)).toEqual(several.map(({ id }) => id));
    expect(new Set(all.map(([, reply]) => reply)).size).toBeGreaterThan(several.length / 2);
    const left = several.filter((_, i) => i % 3 === 1 || i % 5 === 0); // as after a kill
    for (const sequences of [1, 6])
      expect(texts(await collect({ ...drawn, mails: left, sequences }))).toEqual(
        all.filter(([id]) => left.some((one) => one.id === id)),
      );
    const long = { id: "long", email: "Please answer soon. ".repeat(120) }; // more than one chunk of a prompt
    const twice = [1, 2].map((k) => ({ ...long, id: `long/${k}` }));
    const both = texts(await collect({ ...drawn, mails: twice, sequences: 1 }));
    expect(texts(await collect({ ...drawn, mails: twice.slice(1), sequences: 2 }))).toEqual(both.slice(1));
  });

  it("reports progress and takes mails only as it needs them", async () => {
    let taken = 0;
    async function* source() {
      for (const mail of mails) {
        taken++;
        yield mail;
      }
    }
    const seen: number[] = [];
    for await (const _ of generateReplies({
      mostContextTokens: 1024,
      gguf: at("Q8_0.gguf"),
      mails: source(),
      maxTokens: 4,
      temperature: 0,
      seed: 1,
      sequences: 1,
      onProgress: (done) => seen.push(done),
    })) {
      expect(taken).toBeLessThanOrEqual(seen.length + 4);
    }
    expect(seen).toEqual(mails.map((_, i) => i + 1));
  });

  it("stops at the signal without a cut reply, and when the caller leaves", async () => {
    const control = new AbortController();
    const found = await collect({
      signal: control.signal,
      onProgress: (done) => done === 2 && control.abort(),
      sequences: 3,
    });
    const all = await collect({});
    expect(found.length).toBeGreaterThanOrEqual(2);
    expect(found.length).toBeLessThan(mails.length);
    expect(texts(found)).toEqual(texts(all).slice(0, found.length));
    for await (const first of generateReplies({
      mostContextTokens: 1024,
      gguf: at("Q8_0.gguf"),
      mails,
      maxTokens: 16,
      temperature: 0,
      seed: 1,
    })) {
      expect(first.reply).toBe(all[0].reply);
      break;
    }
  });

  it("passes on what goes wrong: in the mails, in a mail, before any", async () => {
    async function* torn() {
      yield mails[0];
      throw new Error("the file is torn");
    }
    await expect(collect({ mails: torn() })).rejects.toThrow("the file is torn");
    await expect(collect({ maxTokens: 511 })).rejects.toThrow("The prompt without the mail takes");
    await expect(collect({ gguf: at("none.gguf") })).rejects.toThrow("none.gguf");
    expect(await collect({ mails: [] })).toEqual([]);
  });
});

describe("openLanes", () => {
  it("puts sequences together only where that changes no bit", async () => {
    const lanes = async (type: GgufTensorType) => {
      const model = await openModel(at(`${type}.gguf`), {});
      const { sequences } = await openLanes(model, 4, 256);
      await model.close();
      return sequences.length;
    };
    expect(await lanes("Q8_0")).toBe(4);
    expect([1, 4]).toContain(await lanes("F16")); // one on x86, whose kernels differ; others may agree
  });
});
