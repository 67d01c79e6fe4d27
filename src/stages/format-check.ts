/**
 * The check at the end of `export`: every GGUF is run by llama.cpp on held-out mails and compared with the trainer's own forward pass in
 * float32: the prompt's ids, the probabilities along the teacher's reply, and greedy replies token by token.
 */
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import {
  type ExportedFile,
  type ExportFormat,
  type ExportWeights,
  openExportWeights,
  renderModelfile,
} from "../export/index.ts";
import { renderAsked } from "../mail/index.ts";
import {
  baseTensors,
  type LlamaConfig,
  loraNames,
  parameterCount,
  readBaseWeights,
  readGgufPointer,
  readLlamaConfig,
  type Weights,
} from "../model/index.ts";
import { openProbe, type Probe } from "../reply/index.ts";
import { encodeFittingPrompt, loadTokenizer } from "../tokens/index.ts";
import { type Forward, withForward } from "../train/index.ts";
import { findBase } from "./base.ts";
import { mostContextTokens } from "./model.ts";
import { readTestReplies } from "./predict.ts";
import type { StageContext } from "./stage.ts";

/** ours: held-out mails that are compared; tokens of each teacher's reply; and tokens of each greedy reply. */
const [mails, placesAMail, greedyTokens] = [20, 12, 48];

/** Larger bases are not compared: their float32 weights would take more memory than the export itself. */
const mostParameters = 500_000_000;

/**
 * ours: mean KL from float32 in nats above which a file is taken for broken, not only coarse. Measured on the quickstart's models 8 bits have
 * below 0.01, 4 bits up to 0.3 (docs/results.md).
 */
const bounds: Readonly<Record<string, number>> = {
  ...{ "gguf-f32": 0.005, "gguf-f16": 0.005, "gguf-q8_0": 0.02, ollama: 0.02, "adapter-gguf": 0.05, "gguf-q6_k": 0.1 },
  ...{ "gguf-q5_k_m": 0.3, "gguf-q5_0": 0.3, "gguf-q4_k_m": 1, "gguf-q4_0": 1 },
};

/** A row of the table: one format. Null where nothing here runs it. */
export interface FormatCheck {
  readonly format: ExportFormat;
  readonly sizeBytes: number;
  readonly bitsPerWeight: number;
  /** Mean over places of KL(float32 ‖ format), nats. */
  readonly meanKl: number | null;
  /** Share of places whose likeliest token is that of float32. */
  readonly top1: number | null;
  /** Greedy decoding here, one sequence. */
  readonly tokensPerSecond: number | null;
  /** Mails whose prompt has the ids of training. */
  readonly samePrompts: number | null;
  readonly ranBy: string | null;
}

/** What the check found. */
export interface ParityReport {
  readonly mails: number;
  readonly places: number;
  /** Greedy replies of `of`: how many of their tokens are also the likeliest of the trainer (base and adapter) and of the merged weights in float32. */
  readonly greedy: {
    readonly of: ExportFormat;
    readonly tokens: number;
    readonly trainer: number;
    readonly merged: number;
    /** The tokens that are not, those to the trainer first; only the first few. */
    readonly differing: readonly DifferingToken[];
  } | null;
  readonly formats: readonly FormatCheck[];
}

/** A token of a greedy reply that is not the likeliest in float32. */
export interface DifferingToken {
  /** Id of the mail, and which token of its reply, from 1 on. */
  readonly mail: string;
  readonly token: number;
  readonly written: string;
  readonly likeliest: string;
  readonly to: "trainer" | "merged";
}

/** So many differing tokens are named. */
const shownDifferences = 20;

/** A mail as it is compared. */
interface Question {
  readonly id: string;
  readonly email: string;
  readonly prompt: readonly number[];
  /** The prompt and the beginning of the teacher's reply. */
  readonly ids: readonly number[];
}

/**
 * Compares `files`. Null where nothing was held out or the base is too large or too narrow. A file that fails is deleted, and UserError
 * says with which figure.
 */
export async function checkFormats(
  context: StageContext,
  { files, checkpoint }: { files: readonly ExportedFile[]; checkpoint: string | null },
): Promise<ParityReport | null> {
  const { paths, recipe } = context.folder;
  const base = await findBase(recipe.base, paths);
  const config = await readLlamaConfig(base);
  const parameters = parameterCount(baseTensors(config));
  const rows = (await readTestReplies(paths, recipe)).slice(0, mails);
  // llama.cpp's own kernels give NaN for rows of 32 values in Q8_0 on CPUs with AMX.
  if (rows.length === 0 || parameters > mostParameters || config.hiddenSize < 64) return null;
  const tokenizer = await loadTokenizer(base);
  const maxTokens = mostContextTokens() - greedyTokens;
  const questions = rows.map((row): Question => {
    const email = renderAsked(row);
    const { ids: prompt } = encodeFittingPrompt({ ...recipe.student, tokenizer, email, maxTokens });
    return { id: row.id, email, prompt, ids: [...prompt, ...tokenizer.encode(row.reply.trim()).slice(0, placesAMail)] };
  });
  const run = files.flatMap((file) => runnable(file, paths.folder));
  const pointer = await readGgufPointer(base);
  const weights = await openExportWeights({ base, checkpoint, config });
  try {
    const plain = run.find(({ file }) => file.format === "gguf-f16" || file.format === "gguf-f32") ?? run[0];
    const written = plain ? await greedyReplies(plain.path, questions) : [];
    const { truth, trainer, merged } = await readTruth({ base, config, weights, questions, written });
    const differing = [...trainer, ...merged].slice(0, shownDifferences).map(({ written, likeliest, ...where }) => ({
      ...{ ...where, written: tokenizer.decode([written]), likeliest: tokenizer.decode([likeliest]) },
    }));
    const checks: FormatCheck[] = [];
    for (const file of files) {
      context.session.signal.throwIfAborted();
      const { size } = await stat(join(paths.folder, file.path)).catch(() => ({ size: file.sizeBytes }));
      const sizeBytes = file.sizeBytes || size;
      const about = { format: file.format, sizeBytes, bitsPerWeight: (8 * sizeBytes) / parameters };
      const nothing = { meanKl: null, top1: null, tokensPerSecond: null, samePrompts: null, ranBy: null };
      const found = run.find((one) => one.file === file);
      const model = file.format === "adapter-gguf" ? pointer?.path : found?.path;
      if (model === undefined) {
        checks.push({ ...about, ...nothing });
        continue;
      }
      const adapter = file.format === "adapter-gguf" ? join(paths.folder, file.path) : undefined;
      const rendered =
        file.format === "ollama" ? await readFile(join(paths.folder, file.path, "Modelfile"), "utf8") : null;
      checks.push({ ...about, ...(await compare({ model, adapter, rendered, questions, truth })), ranBy: "llama.cpp" });
    }
    await refuseBroken(context, files, checks, questions.length);
    const tokens = written.reduce((sum, reply) => sum + reply.length, 0);
    const [agreed, agreedMerged] = [tokens - trainer.length, tokens - merged.length];
    const greedy = plain ? { of: plain.file.format, tokens, trainer: agreed, merged: agreedMerged, differing } : null;
    return { mails: questions.length, places: truth.flat().length, greedy, formats: checks };
  } finally {
    await weights.close();
  }
}

/** The GGUF of a file that llama.cpp runs by itself. */
function runnable(file: ExportedFile, folder: string): { file: ExportedFile; path: string }[] {
  const path = join(folder, file.path);
  if (file.format === "ollama") return [{ file, path: join(path, "model-q8_0.gguf") }];
  return file.format.startsWith("gguf-") ? [{ file, path }] : [];
}

/** The greedy reply to each mail, its end among it where it has one. */
async function greedyReplies(path: string, questions: readonly Question[]): Promise<number[][]> {
  return withProbe(path, undefined, async (probe) => {
    const replies: number[][] = [];
    for (const { prompt } of questions) {
      const ids = await probe.greedyTokens(prompt, greedyTokens);
      const end = ids.findIndex((id) => probe.endsReply(id));
      replies.push(end < 0 ? ids : ids.slice(0, end + 1));
    }
    return replies;
  });
}

/** ln p of the trainer at each place of each question, and the tokens of `written` that are not the likeliest to it or to the merged weights. */
async function readTruth(options: {
  base: string;
  config: LlamaConfig;
  weights: ExportWeights;
  questions: readonly Question[];
  written: readonly (readonly number[])[];
}) {
  const { base, config, weights, questions, written } = options;
  const texts = written.map((reply, i) => ({
    ids: [...questions[i].prompt, ...reply],
    completionStart: questions[i].prompt.length,
  }));
  const longest = Math.max(...questions.map(({ ids }) => ids.length), ...texts.map(({ ids }) => ids.length));
  const differing = async (forward: Forward, to: DifferingToken["to"]) => {
    const found: { mail: string; token: number; written: number; likeliest: number; to: DifferingToken["to"] }[] = [];
    for (const [i, text] of texts.entries())
      (await forward(text)).forEach((logits, place) => {
        const likeliest = largest(logits);
        if (likeliest !== written[i][place])
          found.push({ mail: questions[i].id, token: place + 1, written: written[i][place], likeliest, to });
      });
    return found;
  };
  const tuned = await mergedWeights(weights);
  const merged = await withForward({ config, base: tuned, longest }, (forward) => differing(forward, "merged"));
  const adapter = weights.adapter ?? undefined;
  const own = adapter
    ? { base: await readBaseWeights(base, config), adapter: await adapterOf(adapter) }
    : { base: tuned, adapter: undefined };
  return withForward({ config, ...own, longest }, async (forward) => {
    const truth: Float32Array[][] = [];
    for (const { ids, prompt } of questions)
      truth.push((await forward({ ids, completionStart: prompt.length })).map(logSoftmax));
    return { truth, trainer: await differing(forward, "trainer"), merged };
  });
}

async function mergedWeights(weights: ExportWeights): Promise<Weights> {
  const merged: Weights = new Map();
  for (const { name } of weights.tensors) merged.set(name, await weights.read(name));
  return merged;
}

async function adapterOf(adapter: NonNullable<ExportWeights["adapter"]>) {
  const weights: Weights = new Map();
  const modules = [...adapter.modules.keys()];
  for (const module of modules) {
    const { a, b } = await adapter.readPair(module);
    const [nameA, nameB] = loraNames(module);
    weights.set(nameA, a).set(nameB, b);
  }
  return { strength: adapter, targets: [...new Set(modules.map((module) => module.split(".").at(-1)!))], weights };
}

/** One file against the truth. */
async function compare(options: {
  model: string;
  adapter: string | undefined;
  rendered: string | null;
  questions: readonly Question[];
  truth: readonly Float32Array[][];
}): Promise<Omit<FormatCheck, "format" | "sizeBytes" | "bitsPerWeight" | "ranBy">> {
  const { model, adapter, rendered, questions, truth } = options;
  return withProbe(model, adapter, async (probe) => {
    let [kl, same, places, samePrompts] = [0, 0, 0, 0];
    for (const [i, { email, prompt, ids }] of questions.entries()) {
      const theirs =
        rendered === null
          ? probe.encodePrompt(email, mostContextTokens() - greedyTokens)
          : probe.encodeRendered(renderModelfile(rendered, email));
      if (theirs.length === prompt.length && theirs.every((id, at) => id === prompt[at])) samePrompts++;
      (await probe.probabilitiesAlong(ids, prompt.length)).forEach((probabilities, place) => {
        const exact = truth[i][place];
        kl += divergence(exact, probabilities);
        if (largest(exact) === largest(probabilities)) same++;
        places++;
      });
    }
    const started = performance.now();
    const decoded = await probe.greedyTokens(questions[0].prompt.slice(0, 8), greedyTokens);
    const tokensPerSecond = (1000 * decoded.length) / (performance.now() - started);
    return { meanKl: Math.max(0, kl / places), top1: same / places, tokensPerSecond, samePrompts };
  });
}

async function withProbe<T>(model: string, adapter: string | undefined, use: (probe: Probe) => Promise<T>): Promise<T> {
  const probe = await openProbe(model, { contextTokens: mostContextTokens(), cache: "F16", adapter });
  try {
    return await use(probe);
  } finally {
    await probe.close();
  }
}

/** Deletes what diverges, or frames a mail in other ids than training did, and throws UserError with the figures. */
async function refuseBroken(
  { folder: { paths } }: StageContext,
  files: readonly ExportedFile[],
  checks: readonly FormatCheck[],
  questions: number,
): Promise<void> {
  const problems: string[] = [];
  for (const [i, { format, meanKl, samePrompts }] of checks.entries()) {
    if (meanKl === null) continue;
    const bound = bounds[format];
    const isNear = meanKl <= bound; // false where it is no number
    if (isNear && samePrompts === questions) continue;
    const what = isNear
      ? `only ${samePrompts} of ${questions} mails have the prompt of training`
      : `it lies ${meanKl.toFixed(4)} nats from float32, at most ${bound} were expected`;
    problems.push(`${format}: ${what}. The file was deleted.`);
    await rm(join(paths.folder, files[i].path), { recursive: true });
  }
  if (problems.length > 0) throw new UserError(`The export does not say what training said:\n${problems.join("\n")}`);
}

/** Σ p (ln p − ln q), in nats; q below what a float32 holds counts as its smallest. */
function divergence(logP: Float32Array, q: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < logP.length; i++) sum += Math.exp(logP[i]) * (logP[i] - Math.log(Math.max(q[i], 1e-45)));
  return sum;
}

function logSoftmax(logits: Float32Array): Float32Array {
  const most = logits[largest(logits)];
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - most);
  const shift = most + Math.log(total);
  return logits.map((logit) => logit - shift);
}

function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
