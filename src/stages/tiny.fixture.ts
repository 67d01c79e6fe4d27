/** Stand-ins of the real kind for tests of stages: a tiny Llama folder, a small mailbox, overrides that make a run of seconds. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSafetensors } from "../formats/index.ts";
import { baseTensors, parseLlamaConfig } from "../model/index.ts";
import { createRandom } from "../random.ts";
import { LLAMA3_SPECIAL_TOKENS } from "../tokens/bpe.ts";
import { buildTokenizerConfig, trainBpe } from "../tokens/index.ts";

const vocabularySize = 304;
const maxTokens = 256;

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  // llama.cpp (node-llama-cpp 3.21.1) computes NaN for Q8_0 rows of a single block (32 values) on CPUs with AMX.
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  vocab_size: vocabularySize,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  max_position_embeddings: maxTokens,
  tie_word_embeddings: true,
};

/** A Llama folder with random weights and a tokenizer of 304 tokens: everything a base needs, nothing learnt. */
export async function writeTinyBase(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const put = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  const texts = [
    "the reply to the email",
    "thank you for the note and the time",
    "best regards from the team",
    "hello there",
  ];
  const tokenizer = trainBpe({ texts, vocabularySize, specialTokens: LLAMA3_SPECIAL_TOKENS });
  const id = (token: string) => tokenizer.added_tokens.find(({ content }) => content === token)!.id;
  put("tokenizer.json", tokenizer);
  put("tokenizer_config.json", buildTokenizerConfig({ maxTokens }));
  const ids = {
    bos_token_id: id("<|begin_of_text|>"),
    eos_token_id: ["<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"].map(id),
  };
  put("config.json", { ...config, ...ids });
  put("generation_config.json", ids);
  const random = createRandom("tiny base");
  const tensors = baseTensors(parseLlamaConfig(config, "config.json")).map(({ name, shape }) => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    const isNorm = shape.length === 1;
    const data = Float32Array.from({ length: size }, () => (isNorm ? 1 : 0.1 * random.normal()));
    return { name, shape, dtype: "F32" as const, data };
  });
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
}

/** An mbox of `count` plain mails, each with its own words. */
export function writeMailbox(path: string, count: number): void {
  const things = ["invoice", "meeting", "report", "ticket", "draft", "offer", "visit", "contract", "order", "talk"];
  const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
  const random = createRandom("mailbox");
  const mails = Array.from({ length: count }, (_, i) => {
    const thing = random.pick(things);
    const word = () => String.fromCharCode(...Array.from({ length: 7 }, () => 97 + random.integer(26)));
    return [
      "From sender@example.org Mon Jan  5 10:00:00 2026",
      `From: Person ${i} <person${i}@example.org>`,
      "To: you@example.org",
      `Subject: The ${thing} ${word()}`,
      `Message-ID: <mail-${i}@example.org>`,
      "Date: Mon, 5 Jan 2026 10:00:00 +0000",
      "",
      `Could you send me the ${thing} about ${word()} ${word()} by ${random.pick(days)}?`,
      `It is for ${word()} ${word()} and the ${random.pick(things)} number ${random.integer(9000)}.`,
      "",
    ].join("\n");
  });
  writeFileSync(path, mails.join("\n"));
}

/** A mail of a run folder made by hand; two are of one thread. */
export const evaluatedEmail = (i: number) => ({
  ...{
    id: `mail-${i}`,
    threadId: `t${i >> 1}`,
    messageId: null,
    inReplyTo: null,
    date: null,
    answers: null,
    source: "",
  },
  ...{ from: { name: "Ada Byron", address: "ada@example.org" }, to: [], cc: [] },
  subject: `Report ${i}`,
  body: `Dear Tom,\n\nCould you send me report ${i} by Friday?\n\nBest regards,\nAda`,
});

/** Recipe overrides that make every stage a matter of seconds with the tiny base. */
export function tinyOverrides(baseFolder: string): string[] {
  return [
    `base=${baseFolder}`,
    "train.rank=4",
    "train.alpha=4",
    "train.batchSize=8",
    "train.epochs=2",
    "train.warmupSteps=1",
    "train.maxTokens=256",
    "train.rowTokens=256",
    "train.checkpointEvery=3",
    "train.testFraction=0.15",
    "train.validationFraction=0.1",
    "evaluate.maxReplyTokens=8",
    "export.benchMails=2",
  ];
}

/** A fresh folder for one test. */
export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), "pocketreply-"));
}
