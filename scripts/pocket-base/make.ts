/**
 * Makes models/pocket-base: a small Llama pre-trained on mail by our own trainer, from the sample mailbox and, where it is present,
 * the public list mail of ../shared/corpora. Resumes when cut.
 *
 *   npx tsx scripts/pocket-base/make.ts            # about an hour on two cores; work files in .cache/pocket-base
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openSafetensors, readJsonFile, readJsonl, writeJsonFile, writeSafetensors } from "../../src/formats/index.ts";
import { type Email, renderEmail } from "../../src/mail/index.ts";
import { baseTensors, digestOf, parameterCount, parseLlamaConfig, type Weights } from "../../src/model/index.ts";
import { createRandom } from "../../src/random.ts";
import { defaultRecipe, loadRecipe, quickstartMailboxSeed, type Recipe } from "../../src/recipe.ts";
import { writeSampleMailbox } from "../../src/sample/index.ts";
import { importMail } from "../../src/sources/index.ts";
import { buildTokenizerConfig, encodeChat, loadTokenizer, trainBpe } from "../../src/tokens/index.ts";
import { checkpointName } from "../../src/train/checkpoint.ts";
import { fit, type StepRow } from "../../src/train/fit.ts";
import { createOrder, type OrderState, totalSteps } from "../../src/train/order.ts";
import type { Example } from "../../src/train/pack.ts";
import { learningRateAt } from "../../src/train/schedule.ts";
import { type Document, documentsOf } from "./documents.ts";
import { initialWeights } from "./initial-weights.ts";

const { values } = parseArgs({
  options: {
    mails: { type: "string", default: "30000" },
    seed: { type: "string", default: "9001" },
    vocabulary: { type: "string", default: "3072" },
    mainSteps: { type: "string", default: "1200" },
    coolingSteps: { type: "string", default: "240" },
    work: { type: "string", default: ".cache/pocket-base" },
    out: { type: "string", default: "models/pocket-base" },
  },
});
const seed = Number(values.seed);
const work = (name: string) => join(values.work, name);
const rowTokens = 320;
const log = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

/** Llama-3's form without the dated system block: a small model has no tokens to spare. */
const chatTemplate =
  "{{ bos_token }}{% for message in messages %}<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n{{ message['content'] | trim }}<|eot_id|>{% endfor %}" +
  "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}";

const shape = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 256,
  intermediate_size: 512,
  num_hidden_layers: 5,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 32,
  vocab_size: Number(values.vocabulary),
  max_position_embeddings: 1024,
  rms_norm_eps: 1e-5,
  rope_theta: 500_000,
  tie_word_embeddings: true,
  hidden_act: "silu",
  attention_bias: false,
  mlp_bias: false,
  torch_dtype: "float16",
};

const settings: Recipe["train"] = {
  ...defaultRecipe().train,
  method: "full",
  batchSize: 16, //  small steps, many of them
  accumulation: 1,
  epochs: 1,
  learningRate: 2e-3,
  warmupSteps: 60,
  schedule: "cosine",
  maxGradNorm: 1,
  weightDecay: 0.05,
  beta2: 0.98,
  maxTokens: rowTokens,
  rowTokens,
  rowsPerRun: 6,
  checkpointEvery: 200,
};

await mkdir(values.work, { recursive: true });
const emails = await collectMail(seed, Number(values.mails));
const documents = createRandom(seed).shuffle(documentsOf(emails, defaultRecipe().student.systemPrompt));
log(`${emails.length} mails, ${documents.length} documents`);

const tokenizerFolder = work("tokenizer");
if (!existsSync(join(tokenizerFolder, "tokenizer.json"))) {
  await mkdir(tokenizerFolder, { recursive: true });
  const texts = documents.slice(0, 20_000).map(({ messages }) => messages.map(({ content }) => content).join("\n"));
  await writeJsonFile(join(tokenizerFolder, "tokenizer_config.json"), {
    ...buildTokenizerConfig({ maxTokens: shape.max_position_embeddings }),
    chat_template: chatTemplate,
  });
  await writeJsonFile(join(tokenizerFolder, "tokenizer.json"), trainBpe({ texts, vocabularySize: shape.vocab_size }));
}
const tokenizer = await loadTokenizer(tokenizerFolder);
const examples = encode(documents);

const config = parseLlamaConfig(shape, "scripts/pocket-base/make.ts");
log(`${parameterCount(baseTensors(config))} parameters`);
const held = 200;
const [validation, train] = [examples.slice(0, held), examples.slice(held)];

// The main phase follows a schedule laid out for all examples and is cut after mainSteps; the cooling phase takes the rate it had
// reached down to zero over examples not yet seen, which is where most of the last gain comes from.
const mainSteps = Number(values.mainSteps);
const stop = new AbortController();
const main = await phase("main", settings, train, initialWeights(config, seed), stop, mainSteps);
const order = createOrder(train.length, main.order);
const coolingExamples = Array.from({ length: Number(values.coolingSteps) }, () =>
  order.next(settings.batchSize),
).flat();
const cooling: Recipe["train"] = {
  ...settings,
  schedule: "linear",
  warmupSteps: 10,
  learningRate: learningRateAt(mainSteps, totalSteps(train.length, settings.batchSize, 1), settings),
  checkpointEvery: 64,
};
const cooled = await phase(
  "cooling",
  cooling,
  coolingExamples.map((index) => train[index]),
  main.weights,
);

await mkdir(values.out, { recursive: true });
await writeSafetensors(
  join(values.out, "model.safetensors"),
  baseTensors(config).map(({ name, shape }) => ({
    name,
    shape,
    dtype: "F16" as const,
    data: cooled.weights.get(name)!,
  })),
  { format: "pt" },
);
await writeJsonFile(join(values.out, "config.json"), {
  ...shape,
  bos_token_id: tokenizer.bosId,
  eos_token_id: tokenizer.endIds[0],
});
await writeJsonFile(join(values.out, "generation_config.json"), {
  bos_token_id: tokenizer.bosId,
  eos_token_id: tokenizer.endIds,
});
for (const name of ["tokenizer.json", "tokenizer_config.json"])
  await cp(join(tokenizerFolder, name), join(values.out, name));
// Six bytes of the hash of every mail that was read: enough to show that a mailbox is disjoint from it.
const hashes = [
  ...new Set(emails.map(({ body }) => createHash("sha256").update(body).digest("hex").slice(0, 12))),
].sort();
await writeFile(join(values.out, "pretraining-mail.sha256"), `${hashes.join("\n")}\n`);
await writeJsonFile(join(values.out, "pretraining.json"), {
  seed,
  mails: emails.length,
  documents: examples.length,
  parameters: parameterCount(baseTensors(config)),
  tokensSeen: main.tokens + cooled.tokens,
  phases: {
    main: { steps: mainSteps, settings },
    cooling: { steps: Number(values.coolingSteps), settings: cooling },
  },
  validationLoss: {
    start: main.startLoss,
    main: main.validationLoss,
    cooled: cooled.validationLoss,
  },
});
log(
  `done: validation loss ${main.startLoss.toFixed(3)} → ${main.validationLoss.toFixed(3)} → ${cooled.validationLoss.toFixed(3)}`,
);

/** Trains into the work folder of one phase, up to `until` steps, and reads its last checkpoint back. */
async function phase(
  name: string,
  settings: Recipe["train"],
  train: readonly Example[],
  base: Weights,
  stop?: AbortController,
  until?: number,
) {
  const folder = work(name);
  const options = {
    ...{ config, base, baseDigest: digestOf(base), baseName: "pocket-base", settings, seed, train, validation },
    paths: {
      steps: join(folder, "steps.jsonl"),
      checkpoints: join(folder, "checkpoints"),
      best: join(folder, "best.json"),
      badBatch: join(folder, "bad-batch.json"),
    },
  };
  const last = until ?? totalSteps(train.length, settings.batchSize, settings.epochs);
  const checkpoint = join(folder, "checkpoints", checkpointName(last));
  if (!existsSync(checkpoint)) {
    await fit({
      ...options,
      signal: stop?.signal,
      onProgress: ({ step, steps, part, tokensPerSecond, secondsLeft, trainLoss, validationLoss }) => {
        if (step === until) stop?.abort(new Error("the main phase is over"));
        if (part > 0 || step % 10 !== 0) return;
        log(
          `${name} ${step}/${steps}  loss ${trainLoss?.toFixed(3)}  validation ${validationLoss?.toFixed(3)}  ${tokensPerSecond.toFixed(0)} tokens/s  ${(secondsLeft / 60).toFixed(0)} min left`,
        );
      },
    }).catch((error) => {
      if (error !== stop?.signal.reason) throw error;
    });
  }
  const reader = await openSafetensors(join(checkpoint, "model.safetensors"));
  const weights: Weights = new Map();
  for (const spec of baseTensors(config)) weights.set(spec.name, await reader.readFloat32(spec.name, spec.shape));
  await reader.close();
  const rows: StepRow[] = [];
  for await (const { value } of readJsonl(options.paths.steps)) rows.push(value as StepRow);
  const { order } = (await readJsonFile(join(checkpoint, "state.json"))) as { order: OrderState };
  const losses = rows.flatMap(({ step, validationLoss }) =>
    validationLoss !== undefined && step <= last ? [validationLoss] : [],
  );
  const tokens = rows.reduce((sum, row) => sum + (row.step <= last ? (row.tokens ?? 0) : 0), 0);
  return { weights, order, tokens, startLoss: losses[0], validationLoss: losses.at(-1)! };
}

/** Documents as token sequences; those longer than a row are left out and counted. */
function encode(documents: readonly Document[]): Example[] {
  const sequences = documents.map(({ id, messages }): Example => {
    const ids = encodeChat(tokenizer, { messages, dateString: "", addGenerationPrompt: false });
    return { id, ids: Int32Array.from(ids), completionStart: 0 };
  });
  const fitting = sequences.filter(({ ids }) => ids.length <= rowTokens);
  const tokens = fitting.reduce((sum, { ids }) => sum + ids.length, 0);
  log(
    `${fitting.length} sequences, ${tokens} tokens, ${sequences.length - fitting.length} left out as longer than ${rowTokens}`,
  );
  return fitting;
}

/** A sample mailbox and, if asked, the list mail, without anything that stands in the quickstart's mailbox. */
async function collectMail(seed: number, count: number): Promise<Email[]> {
  const sources: string[] = [];
  const sample = work(`sample.mbox`);
  if (!existsSync(sample)) await writeSampleMailbox(sample, { seed, count });
  sources.push(sample);
  for (const name of ["lists-2002-a.mbox.gz", "lists-2002-b.mbox.gz"]) {
    const path = join("../shared/corpora", name);
    if (existsSync(path)) sources.push(path);
    else log(`${name} is not here: pre-training on the sample mailbox alone`);
  }
  const forbidden = await quickstartBodies();
  const all: Email[] = [];
  for (const [i, source] of sources.entries()) {
    const path = work(`emails-${i}.jsonl`);
    if (!existsSync(path))
      await importMail({
        source,
        recipe: defaultRecipe().import,
        out: { emails: path, report: work(`import-${i}.json`) },
      });
    for await (const { value } of readJsonl(path)) {
      const email = value as Email;
      if (!forbidden.has(email.body) && renderEmail(email).length < 1500) all.push(email);
    }
  }
  return all;
}

async function quickstartBodies(): Promise<Set<string>> {
  const quickstart = await loadRecipe("recipes/quickstart.yaml");
  const path = work("quickstart.mbox");
  const emails = work("quickstart.jsonl");
  await writeSampleMailbox(path, { seed: quickstartMailboxSeed(quickstart), count: 4000 });
  await importMail({ source: path, recipe: defaultRecipe().import, out: { emails, report: work("quickstart.json") } });
  return new Set(
    (await readFile(emails, "utf8"))
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as Email).body),
  );
}
