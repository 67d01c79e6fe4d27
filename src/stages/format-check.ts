/**
 * The check at the end of `export`: every file that something here runs is compared with the trainer's own forward pass in float32 on
 * held-out mails: the prompt's ids, the probabilities along the teacher's reply, greedy replies token by token, and what the bench says of them.
 */
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { type ExportedFile, type ExportFormat, MOST_COMPARED_PARAMETERS, openExportWeights } from "../export/index.ts";
import { renderAsked } from "../mail/index.ts";
import { baseTensors, type LlamaConfig, parameterCount, readGgufPointer, readLlamaConfig } from "../model/index.ts";
import { encodeFittingPrompt, loadTokenizer, type Tokenizer } from "../tokens/index.ts";
import { findBase } from "./base.ts";
import { type BenchMails, benchFormat, pickBenchMails } from "./format-bench.ts";
import { readKnownChecks } from "./format-known.ts";
import { exactFormats, type FormatCheck, type ParityReport } from "./format-report.ts";
import { type FormatRun, type FormatRunOptions, largest, withFormat } from "./format-run.ts";
import { type Question, readTruth } from "./format-truth.ts";
import { mostContextTokens } from "./model.ts";
import { readTestReplies } from "./predict.ts";
import { findPruned } from "./pruned.ts";
import type { StageContext } from "./stage.ts";

/** ours: held-out mails that are compared; tokens of each teacher's reply; and tokens of each greedy reply. */
const [mails, placesAMail, greedyTokens] = [20, 12, 48];

/**
 * ours: mean KL from float32 in nats above which a file is taken for broken, not only coarse. Measured on the quickstart's models 8 bits have
 * below 0.01, 4 bits up to 0.3 (docs/results.md).
 */
const bounds: Readonly<Record<string, number>> = {
  ...{ "gguf-f32": 0.005, "gguf-f16": 0.005, "gguf-q8_0": 0.02, ollama: 0.02, "adapter-gguf": 0.05, "gguf-q6_k": 0.1 },
  ...{ "onnx-fp16": 0.005, "onnx-int8": 0.02, "onnx-int4": 1, pte: 0.02, "pte-8da8w": 0.02, "pte-8da4w": 1 },
  ...{ "gguf-q5_k_m": 0.3, "gguf-q5_0": 0.3, "gguf-q4_k_m": 1, "gguf-q4_0": 1 },
};

/** The figures of a format that nothing here runs. */
const nothing = {
  meanKl: null,
  top1: null,
  tokensPerSecond: null,
  samePrompts: null,
  ranBy: null,
  bench: null,
  reply: null,
};

/** So many differing tokens are named. */
const shownDifferences = 20;

/** The comparison, or why there is none. */
export type FormatChecks = { readonly parity: ParityReport } | { readonly parity: null; readonly notCompared: string };

/** Compares `files`. A file that fails is deleted, and UserError says with which figure. */
export async function checkFormats(
  context: StageContext,
  { files, checkpoint }: { files: readonly ExportedFile[]; checkpoint: string | null },
): Promise<FormatChecks> {
  const { paths, recipe } = context.folder;
  const base = await findBase(recipe.base, paths);
  const config = await readLlamaConfig(base);
  const rows = (await readTestReplies(paths, recipe)).slice(0, mails);
  const notCompared = whyNotCompared(rows.length, config);
  if (notCompared !== null) return { parity: null, notCompared };
  const tokenizer = await loadTokenizer(base);
  const maxTokens = mostContextTokens() - greedyTokens;
  const questions = rows.map((row): Question => {
    const email = renderAsked(row);
    const { ids: prompt } = encodeFittingPrompt({ ...recipe.student, tokenizer, email, maxTokens });
    return { id: row.id, email, prompt, ids: [...prompt, ...tokenizer.encode(row.reply.trim()).slice(0, placesAMail)] };
  });
  const options: FormatRunOptions = {
    student: recipe.student,
    contextTokens: mostContextTokens(),
    replyTokens: greedyTokens,
    ...{ base, baseGguf: (await readGgufPointer(base))?.path ?? null, pteTemplates: recipe.export.pteTemplates },
    pruned: checkpoint === null ? null : await findPruned(context),
  };
  const bench = await pickBenchMails(questions, recipe.export.benchMails);
  const rests = {
    checkpoint,
    student: recipe.student,
    ids: questions.map(({ ids }) => ids),
    bench: bench.cases.map(({ id }) => id),
  };
  const known = await readKnownChecks(
    { folder: paths.folder, path: join(paths.exportFolder, "checks.json"), rests },
    files,
  );
  const plain = pickPlain(files);
  let greedy = plain ? known.greedyOf(plain) : null;
  if ((plain && greedy === null) || files.some((file) => known.check(file) === null)) {
    const weights = await openExportWeights({ base, checkpoint, config });
    try {
      const written = plain ? await greedyReplies(plain, { folder: paths.folder, options, questions }) : [];
      const { truth, ...agreed } = await readTruth({ base, config, weights, questions, written });
      if (plain) {
        greedy = greedyAgreement(plain, written, agreed, tokenizer);
        await known.keepGreedy(plain, greedy);
      }
      const work = { questions, truth, bench, tokenizer };
      for (const [done, file] of files.entries()) {
        context.session.signal.throwIfAborted();
        if (known.check(file) !== null) continue;
        context.session.progress.update({ done, total: files.length, unit: "checks", note: file.format });
        const found = await withFormat(file, paths.folder, options, (run) => compare(run, work));
        await known.keepCheck(file, { ...(await describeFile(file, paths.folder, config)), ...(found ?? nothing) });
      }
    } finally {
      await weights.close();
    }
  }
  const formats = files.map((file) => known.check(file)!);
  await refuseBroken(context, files, formats, questions.length);
  const places = questions.reduce((sum, { prompt, ids }) => sum + ids.length - prompt.length, 0);
  return { parity: { mails: questions.length, places, greedy, formats } };
}

/** How the greedy replies of the plainest file agree with both forms of the model in float32. */
function greedyAgreement(
  { format }: ExportedFile,
  written: readonly (readonly number[])[],
  { trainer, merged }: Pick<Awaited<ReturnType<typeof readTruth>>, "trainer" | "merged">,
  tokenizer: Tokenizer,
): ParityReport["greedy"] {
  const tokens = written.reduce((sum, reply) => sum + reply.length, 0);
  const differing = [...trainer, ...merged].slice(0, shownDifferences).map(({ written, likeliest, ...where }) => ({
    ...{ ...where, written: tokenizer.decode([written]), likeliest: tokenizer.decode([likeliest]) },
  }));
  return { of: format, tokens, trainer: tokens - trainer.length, merged: tokens - merged.length, differing };
}

async function describeFile({ format, path, sizeBytes: counted }: ExportedFile, folder: string, config: LlamaConfig) {
  const sizeBytes = counted || (await stat(join(folder, path))).size;
  return { format, sizeBytes, bitsPerWeight: (8 * sizeBytes) / parameters(config) };
}

const parameters = (config: LlamaConfig) => parameterCount(baseTensors(config));

function whyNotCompared(heldOut: number, config: LlamaConfig): string | null {
  if (heldOut === 0) return "no mail was held out";
  if (parameters(config) > MOST_COMPARED_PARAMETERS)
    return `the float32 weights of ${(parameters(config) / 1e6).toFixed(0)} million parameters would take more memory than the export itself; up to ${MOST_COMPARED_PARAMETERS / 1e6} million are compared`;
  // llama.cpp's own kernels give NaN for rows of 32 values in Q8_0 on CPUs with AMX.
  if (config.hiddenSize < 64) return "a model this narrow is not run rightly by llama.cpp's 8-bit kernels";
  return null;
}

/** The file whose greedy replies are followed token by token: the most exact one that runs by itself. */
export function pickPlain<File extends { readonly format: ExportFormat }>(files: readonly File[]): File | undefined {
  for (const format of [...exactFormats, ...roundedFormats]) {
    const found = files.find((file) => file.format === format);
    if (found) return found;
  }
  return undefined;
}

/** Formats of fewer bits that run by themselves, the most exact first. */
const roundedFormats: readonly ExportFormat[] = [
  ...(["gguf-q8_0", "ollama", "onnx-int8", "gguf-q6_k", "gguf-q5_k_m", "gguf-q5_0"] as const),
  ...(["gguf-q4_k_m", "onnx-int4", "gguf-q4_0"] as const),
];

/** The greedy reply to each mail, its end among it where it has one. */
async function greedyReplies(
  file: ExportedFile,
  { folder, options, questions }: { folder: string; options: FormatRunOptions; questions: readonly Question[] },
): Promise<number[][]> {
  const replies = await withFormat(file, folder, options, async (run) => {
    const found: number[][] = [];
    for (const { prompt } of questions) found.push(await run.greedyTokens(prompt, greedyTokens, true));
    return found;
  });
  return replies ?? [];
}

/** One file against the truth. */
async function compare(
  run: FormatRun,
  work: {
    questions: readonly Question[];
    truth: readonly Float32Array[][];
    bench: BenchMails;
    tokenizer: Tokenizer;
  },
): Promise<Omit<FormatCheck, "format" | "sizeBytes" | "bitsPerWeight">> {
  const { questions, truth, bench, tokenizer } = work;
  let [kl, same, places, samePrompts] = [0, 0, 0, 0];
  for (const [i, { email, prompt, ids }] of questions.entries()) {
    const theirs = run.encodePrompt(email);
    if (theirs.length === prompt.length && theirs.every((id, at) => id === prompt[at])) samePrompts++;
    (await run.probabilitiesAlong(ids, prompt.length)).forEach((probabilities, place) => {
      const exact = truth[i][place];
      kl += divergence(exact, probabilities, run.kept);
      if (largest(exact) === largest(probabilities)) same++;
      places++;
    });
  }
  const reply = await run.greedyTokens(questions[0].prompt, greedyTokens, true);
  const started = performance.now();
  const decoded = run.isSlower ? [] : await run.greedyTokens(questions[0].prompt.slice(0, 8), greedyTokens);
  const tokensPerSecond = run.isSlower ? null : (1000 * decoded.length) / (performance.now() - started);
  return {
    ...{ meanKl: Math.max(0, kl / places), top1: same / places, tokensPerSecond, samePrompts, ranBy: run.by },
    bench: await benchFormat(run, bench, tokenizer),
    reply: tokenizer.decode(reply, { skipSpecial: true }).trim(),
  };
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

/** Σ p (ln p − ln q), in nats; q below what a float32 holds counts as its smallest. Over the kept tokens alone where some are not. */
function divergence(logP: Float32Array, q: Float32Array, kept: readonly number[] | null): number {
  if (kept === null)
    return logP.reduce((sum, log, i) => sum + Math.exp(log) * (log - Math.log(Math.max(q[i], 1e-45))), 0);
  const share = Math.log(kept.reduce((sum, id) => sum + Math.exp(logP[id]), 0));
  return divergence(
    Float32Array.from(kept, (id) => logP[id] - share),
    Float32Array.from(kept, (id) => q[id]),
    null,
  );
}
