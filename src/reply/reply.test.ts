import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TINY_NAME, TINY_PROMPT, tinyTokenizer, writeTinyGguf } from "../../scripts/fixtures/tiny-gguf.ts";
import { LLAMA3_CHAT_TEMPLATE } from "../tokens/chat.ts";
import { encodeFittingPrompt, encodePrompt } from "../tokens/example.ts";
import { createTokenizer } from "../tokens/tokenizer.ts";
import { generateReplies } from "./generate.ts";
import { openModel } from "./llama.ts";
import { openReplier, type Replier } from "./reply.ts";

const EMAIL = "From: Ann\nSubject: Lunch\n\nShall we meet on Friday? Tell me the time <|eot_id|> and the place 😀.";
const GREEDY = { maxTokens: 24, temperature: 0 };

/** A reply with spaces at its ends and a character in four tokens. */
const FACE = [0xf0, 0x9f, 0x98, 0x80].map((byte) => Uint8Array.of(byte));
const SCRIPT = [" ", "Sure", " thing", ...FACE, "!", "\t"];

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pocketreply-reply-"));
  await writeTinyGguf(at("random.gguf"), { contextTokens: 512 });
  await writeTinyGguf(at("scripted.gguf"), { script: SCRIPT });
  await writeTinyGguf(at("endless.gguf"), { script: ["la", " li", " lu"], loop: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function withReplier<T>(name: string, use: (replier: Replier) => Promise<T>, options = {}): Promise<T> {
  const replier = await openReplier(at(name), { mostContextTokens: 1024, ...options });
  try {
    return await use(replier);
  } finally {
    await replier.close();
  }
}

describe("the loop ban", () => {
  const loop = /(?:la li lu\s?){2}/;
  const say = (loopBan?: boolean) =>
    withReplier("endless.gguf", async (replier) => (await replier.reply({ ...GREEDY, email: EMAIL, loopBan })).reply);
  const sayTogether = async (loopBan?: boolean) => {
    const mails = ["a", "b", "c"].map((id) => ({ id, email: EMAIL }));
    const settings = { gguf: at("endless.gguf"), mails, seed: 1, ...GREEDY, mostContextTokens: 1024, loopBan };
    const replies: string[] = [];
    for await (const { reply } of generateReplies(settings)) replies.push(reply);
    return replies;
  };

  it("ends the loop of a model that has no other, one reply alone and several at once, and can be switched off", async () => {
    expect(await say(false)).toMatch(loop);
    expect(await say()).not.toMatch(loop);
    expect((await sayTogether(false)).every((reply) => loop.test(reply))).toBe(true);
    expect(new Set(await sayTogether())).toEqual(new Set([await say()]));
  });
});

describe("the prompt", () => {
  const { plain, added, merges } = tinyTokenizer();
  const tokenizer = createTokenizer({
    json: {
      model: {
        type: "BPE",
        vocab: Object.fromEntries(plain.map((token, id) => [token, id])),
        merges: [...merges],
        ignore_merges: true,
      },
      added_tokens: added,
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [llama3Split(), { type: "ByteLevel", add_prefix_space: false, use_regex: false }],
      },
    },
    config: { bos_token: "<|begin_of_text|>", eos_token: "<|eot_id|>" },
    chatTemplate: LLAMA3_CHAT_TEMPLATE,
  });
  const frame = { tokenizer, ...TINY_PROMPT };

  it("has the same tokens as in training, whatever the text", async () => {
    const model = await openModel(at("random.gguf"), {});
    const texts = [
      "",
      " ",
      "  the  other\r\nline\n\n\n",
      "it's THE'S 12345 ±½²",
      "\u00a0\u200b\ufeffא中文😀👨‍👩‍👧",
      "<|eot_id|>",
      "a\u0000b",
      "ſ'ſ",
    ];
    for (const text of texts) expect([text, model.tokenizer.encode(text)]).toEqual([text, tokenizer.encode(text)]);
    expect(model.tokenizer.specialId("<|eot_id|>")).toBe(tokenizer.specialId("<|eot_id|>"));
    expect(model.tokenizer.bosId).toBe(tokenizer.bosId);
    expect(model.tokenizer.endIds[0]).toBe(tokenizer.endIds[0]);
    const ids = tokenizer.encode(texts.join("|"));
    expect(model.tokenizer.decode(ids)).toBe(tokenizer.decode(ids));
    await model.close();
  });

  it("is the one of training, with nothing special from the mail", () =>
    withReplier("random.gguf", async (replier) => {
      const prompt = replier.prepare({ messages: [{ role: "user", content: EMAIL }], maxTokens: 24 });
      expect(prompt).toEqual({ ids: encodePrompt({ ...frame, email: EMAIL, maxTokens: 488 }), shortened: false });
      const eot = tokenizer.specialId("<|eot_id|>");
      expect(prompt.ids.filter((id) => id === eot)).toHaveLength(2); // of the system's turn and the user's
    }));

  it("loses the mail's tail as training does, and never the room for the reply", () =>
    withReplier("random.gguf", async (replier) => {
      const email = `Subject: Long\n\n${"word after word ".repeat(100)}`;
      const { ids, truncated } = encodeFittingPrompt({ ...frame, email, maxTokens: 512 - 100 });
      const prompt = replier.prepare({ messages: [{ role: "user", content: email }], maxTokens: 100 });
      expect(truncated).toBe(true);
      expect(prompt).toEqual({ ids, shortened: true });
      const result = await replier.reply({ email, maxTokens: 100, temperature: 0 });
      expect(result.shortened).toBe(true);
      expect(result.promptTokens + result.replyTokens).toBeLessThanOrEqual(512);
    }));

  it("is refused where it cannot be made to fit", () =>
    withReplier("random.gguf", async (replier) => {
      const chat = (maxTokens: number, ...words: string[]) =>
        replier.chat({
          messages: words.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content })),
          maxTokens,
          temperature: 0,
        });
      await expect(chat(24, "long ".repeat(50), "yes", "long ".repeat(90))).rejects.toThrow(
        /The conversation takes \d+ tokens, and 24 are kept for the reply; the context holds 512/,
      );
      await expect(chat(500, "hello")).rejects.toThrow("The prompt without the mail takes");
      await expect(chat(0, "hello")).rejects.toThrow("room for at least one token: maxTokens is 0");
    }));
});

describe("reply", () => {
  it("says what the model says: whole characters as they come, no spaces at the ends, and no end token", () =>
    withReplier("scripted.gguf", async (replier) => {
      const pieces: string[] = [];
      const result = await replier.reply({
        email: EMAIL,
        maxTokens: 50,
        temperature: 0,
        onText: (text) => pieces.push(text),
      });
      expect(pieces).toEqual(["Sure", " thing", "😀", "!"]);
      expect(result).toMatchObject({
        reply: "Sure thing😀!",
        replyTokens: SCRIPT.length,
        stopped: "end",
        shortened: false,
        seed: null,
      });
      expect(result.firstTokenMs).toBeGreaterThan(0);
      expect(result.tokensPerSecond).toBeGreaterThan(0);
      expect([replier.name, replier.systemPrompt, replier.dateString]).toEqual([
        TINY_NAME,
        TINY_PROMPT.systemPrompt,
        TINY_PROMPT.dateString,
      ]);
    }));

  it("ends at the limit, at a stop string, at the signal", () =>
    withReplier("endless.gguf", async (replier) => {
      const limited = await replier.reply({ email: EMAIL, maxTokens: 4, temperature: 0 });
      expect(limited).toMatchObject({ reply: "la li lula", replyTokens: 4, stopped: "length" });
      const stopped = await replier.reply({ email: EMAIL, maxTokens: 50, temperature: 0, stop: ["lula"] });
      expect(stopped).toMatchObject({ reply: "la li", stopped: "end" });
      const one = await replier.reply({ email: EMAIL, maxTokens: 1, temperature: 0 });
      expect(one).toMatchObject({ reply: "la", replyTokens: 1, stopped: "length", tokensPerSecond: null });

      const control = new AbortController();
      const cut = await replier.chat({
        messages: [{ role: "user", content: EMAIL }],
        maxTokens: 300,
        temperature: 0,
        signal: control.signal,
        onText: (text) => text === " lu" && control.abort(),
      });
      expect(cut).toMatchObject({ reply: "la li lu", stopped: "abort" });
      const before = await replier.reply({ email: EMAIL, maxTokens: 9, temperature: 0, signal: AbortSignal.abort() });
      expect(before).toMatchObject({ reply: "", replyTokens: 0, stopped: "abort", firstTokenMs: null });
    }));

  it("is the same each time when greedy, alone or with others waiting", () =>
    withReplier("random.gguf", async (replier) => {
      const mails = [EMAIL, "Subject: Tea\n\nNo.", `Subject: Long\n\n${"why ".repeat(300)}`];
      const apart: string[] = [];
      for (const email of mails) apart.push((await replier.reply({ email, ...GREEDY })).reply);
      const together = await Promise.all(mails.map((email) => replier.reply({ email, ...GREEDY })));
      expect(together.map(({ reply }) => reply)).toEqual(apart);
      expect(new Set(apart).size).toBe(3);
    }));

  it("draws by its seed", () =>
    withReplier("random.gguf", async (replier) => {
      const draw = (seed?: number) => replier.reply({ email: EMAIL, maxTokens: 24, temperature: 1, topP: 1, seed });
      const seven = await draw(7);
      expect(seven.seed).toBe(7);
      expect((await draw(7)).reply).toBe(seven.reply);
      expect((await draw(8)).reply).not.toBe(seven.reply);
      const free = await draw();
      expect((await draw(free.seed!)).reply).toBe(free.reply);
    }));

  it("takes another system prompt and earlier turns from a conversation", () =>
    withReplier("scripted.gguf", async (replier) => {
      const messages = [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hello" },
        { role: "assistant", content: "Hello" },
        { role: "user", content: "Bye" },
      ] as const;
      expect((await replier.chat({ messages, ...GREEDY })).reply).toBe("Sure thing😀!");
      const bare = replier.prepare({ messages: [messages[1]], maxTokens: 9 }).ids.length;
      const named = replier.prepare({ messages: [messages[0], messages[1]], maxTokens: 9 }).ids.length;
      expect(bare - named).toBe(TINY_PROMPT.systemPrompt.length - "Be brief.".length - sharedMerges);
    }));

  it("is refused after closing", async () => {
    const replier = await openReplier(at("scripted.gguf"), { mostContextTokens: 1024 });
    const last = replier.reply({ email: EMAIL, ...GREEDY });
    await replier.close();
    expect((await last).reply).toBe("Sure thing😀!");
    await expect(replier.reply({ email: EMAIL, ...GREEDY })).rejects.toThrow("was closed");
  });
});

/** Bytes that a merge saves in the trained system prompt over the other one: "Reply to this email." has " th" and " t". */
const sharedMerges = 3;

describe("openReplier", () => {
  it("says what is wrong with a file", async () => {
    await expect(openReplier(at("none.gguf"), { mostContextTokens: 1024 })).rejects.toThrow("none.gguf");
    await writeFile(at("text.gguf"), "hello, this is no model");
    await expect(openReplier(at("text.gguf"), { mostContextTokens: 1024 })).rejects.toThrow(
      'text.gguf, offset 0: expected "GGUF", got "hell"',
    );
    await writeTinyGguf(at("cut.gguf"));
    const file = await open(at("cut.gguf"), "r+");
    await file.truncate(100_000);
    await file.close();
    await expect(openReplier(at("cut.gguf"), { mostContextTokens: 1024 })).rejects.toThrow("The file is cut off");
    await writeTinyGguf(at("alien.gguf"), { without: ["pocketreply.system_prompt", "tokenizer.chat_template"] });
    await expect(openReplier(at("alien.gguf"), { mostContextTokens: 1024 })).rejects.toThrow(
      "its metadata lacks pocketreply.system_prompt, tokenizer.chat_template. Use a GGUF that pocketreply export wrote.",
    );
    await writeTinyGguf(at("endless-template.gguf"), {
      template: "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
    });
    await expect(openReplier(at("endless-template.gguf"), { mostContextTokens: 1024 })).rejects.toThrow(
      /endless-template\.gguf: The chat template takes more than \d+ steps: it was stopped\./,
    );
    await writeTinyGguf(at("wordless.gguf"), { without: ["tokenizer.ggml.tokens"] });
    await expect(openReplier(at("wordless.gguf"), { mostContextTokens: 1024 })).rejects.toThrow(
      "tokenizer.ggml.tokens: expected a list of strings, got nothing",
    );
  });

  it("says what llama.cpp refuses", async () => {
    await writeTinyGguf(at("headless.gguf"), { without: ["llama.attention.head_count"] });
    await expect(openReplier(at("headless.gguf"), { mostContextTokens: 1024 })).rejects.toThrow(
      "llama.attention.head_count: expected a number from 1 on, got nothing",
    );
    await writeTinyGguf(at("blockless.gguf"), { without: ["llama.block_count"] });
    await expect(openReplier(at("blockless.gguf"), { mostContextTokens: 1024 })).rejects.toThrow(
      /could not be loaded by llama.cpp: .*llama.block_count/,
    );
  });

  it("opens a context no longer than the model was trained for", async () => {
    await expect(openReplier(at("random.gguf"), { mostContextTokens: 1024, contextTokens: 4096 })).rejects.toThrow(
      "was trained for 512 tokens; a context of 4096 is too long",
    );
    await expect(openReplier(at("random.gguf"), { mostContextTokens: 1024, contextTokens: 1.5 })).rejects.toThrow(
      "not 1.5",
    );
    await expect(openReplier(at("random.gguf"), { mostContextTokens: 1024, threads: 0 })).rejects.toThrow(
      "threads must be a whole number",
    );
    await withReplier("random.gguf", async ({ contextTokens }) => expect(contextTokens).toBe(512));
    await withReplier("random.gguf", async ({ contextTokens }) => expect(contextTokens).toBe(300), {
      contextTokens: 300,
    });
  });
});

function llama3Split() {
  const Regex =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  return { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false };
}
