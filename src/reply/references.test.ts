/** References read along: the tokens of training, what would be written in their place, and what does not fit. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../../scripts/fixtures/tiny-gguf.ts";
import { exportModel } from "../export/index.ts";
import { encodeExample, loadTokenizer } from "../tokens/index.ts";
import { type MailWithReference, type ReadReference, readReferences } from "./references.ts";

const base = fileURLToPath(new URL("../../models/pocket-base", import.meta.url));
const metadata = { name: "base", systemPrompt: "Repeat this email.", dateString: "26 Jul 2024" };
const email = "From: Ann Smith\nSubject: Figures\n\nDear Mei,\n\nCould you send me the report by Friday? Thanks,\nAnn";
const references: MailWithReference[] = ["Dear Ann,\n\nhere it is.\n", "  Sure, naïve or not: 3 € at most 😀"].map(
  (reference, i) => ({ id: `mail#${i}`, email, reference }),
);

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pocketreply-references-"));
  await exportModel({ base, checkpoint: null, out: folder, formats: ["gguf-q8_0"], metadata });
  await writeTinyGguf(at("scripted.gguf"), { script: ["Sure", " thing", "!"] });
  await writeTinyGguf(at("short.gguf"), { contextTokens: 256 });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readAll(gguf: string, list = references): Promise<ReadReference[]> {
  const found: ReadReference[] = [];
  for await (const one of readReferences({ mostContextTokens: 1024, gguf: at(gguf), references: list }))
    found.push(one);
  return found;
}
const textOf = (tokens: ReadReference["tokens"]) => Buffer.concat(tokens.map(({ bytes }) => bytes)).toString("utf8");

describe("readReferences", () => {
  it("reads the tokens that carry loss in training, the end of the reply with them", async () => {
    const tokenizer = await loadTokenizer(base);
    const read = await readAll("model-q8_0.gguf");
    expect(read.map(({ id }) => id)).toEqual(references.map(({ id }) => id));
    read.forEach(({ tokens, shortened, unread }, i) => {
      const { reference } = references[i];
      const { ids, completionStart } = encodeExample({
        tokenizer,
        ...metadata,
        email,
        reply: reference,
        maxTokens: 1024,
      });
      expect(tokens).toHaveLength(ids.length - completionStart);
      expect(textOf(tokens)).toBe(reference.trim());
      expect(tokens.at(-1)!.bytes).toHaveLength(0);
      expect({ shortened, unread }).toEqual({ shortened: false, unread: null });
    });
  });

  it("knows a reply by heart, and where it differs from it", async () => {
    const [known, other] = await readAll("scripted.gguf", [
      { id: "a", email, reference: "Sure thing!" },
      { id: "b", email, reference: "Sure!" },
    ]);
    expect(known.tokens.map(({ isTop1 }) => isTop1)).toEqual([true, true, true, true]);
    expect(known.tokens[3].likeliest).toBeNull();
    const [, mark] = other.tokens;
    expect(other.tokens.map(({ isTop1 }) => isTop1)).toEqual([true, false, true]);
    expect(Buffer.from(mark.likeliest!).toString()).toBe(" thing");
    expect(mark.logProb).toBeLessThan(known.tokens[1].logProb);
  });

  it("shortens the mail as training does, and says what does not fit", async () => {
    const long = `${email}\n\n${"Shall we? ".repeat(40)}`;
    const read = await readAll("short.gguf", [
      { id: "fits", email: long, reference: "Yes." },
      { id: "long", email: long, reference: "Yes, gladly. ".repeat(40) },
      { id: "after", email: "From: Ann\n\nHi", reference: "Yes." },
    ]);
    expect(read.map(({ id, shortened, tokens }) => [id, shortened, tokens.length > 0])).toEqual([
      ["fits", true, true],
      ["long", false, false],
      ["after", false, true],
    ]);
    expect(read[1].unread).toMatch(/^The reply alone takes \d+ of at most 256 tokens/);
  });

  it("stops at the signal", async () => {
    const control = new AbortController();
    const found: string[] = [];
    const all = readReferences({
      mostContextTokens: 1024,
      gguf: at("model-q8_0.gguf"),
      references,
      signal: control.signal,
    });
    const reading = (async () => {
      for await (const { id } of all) {
        found.push(id);
        control.abort(new Error("enough"));
      }
    })();
    await expect(reading).rejects.toThrow("enough");
    expect(found).toEqual(["mail#0"]);
  });
});
