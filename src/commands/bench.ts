/** `pocketreply bench`: a model's replies to the hand-written mails, made once, and what the checks say of them. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type BenchAnswer,
  type BenchCase,
  type BenchItem,
  type BenchSet,
  type BenchSummary,
  collectAnswers,
  findTrainingRuns,
  listCases,
  readBenchSet,
  ruleTrigger,
  SLICE_NAMES,
  sliceOf,
  summarizeBench,
} from "../checks/index.ts";
import { answersReserveBytes, isRedacted } from "../endpoint/index.ts";
import { explainWriteError, UserError } from "../errors.ts";
import {
  answerByEndpoint,
  type EndpointMail,
  type LikelihoodFigures,
  summarizeLikelihoods,
} from "../evaluate/index.ts";
import { explainReadError, readJsonl, writeJsonFile } from "../formats/index.ts";
import { sealTexts } from "../judge/index.ts";
import { loadLanguageDetector } from "../mail/index.ts";
import type { Recipe } from "../recipe.ts";
import { namesOf } from "../redact/index.ts";
import { generateReplies } from "../reply/index.ts";
import { runPaths } from "../run.ts";
import type { Session } from "../stages/index.ts";
import {
  defaultRecipeName,
  NO_LIKELIHOOD,
  packagePath,
  readLikelihoods,
  readRecipe,
  takeLock,
} from "../stages/index.ts";
import { printBench } from "./bench-print.ts";
import type { BenchFlags } from "./options.ts";
import { findModel } from "./reply.ts";

/** bench.json: the figures, and what they were made of. */
export interface BenchReport extends BenchSummary {
  /** The file's name and SHA-256, or the endpoint's model and address. */
  readonly model: string;
  readonly modelBytes: number | null;
  /** The most memory this process took; null where nothing was generated in it. */
  readonly peakRssBytes: number | null;
  /** A17 on the references of every mail; null for an endpoint, or where none fits the context. */
  readonly likelihood: LikelihoodFigures | null;
  /** Why there is none. */
  readonly noLikelihood: string | null;
  readonly seed: number;
  readonly temperature: number;
  readonly maxReplyTokens: number;
  readonly slice: readonly string[];
  /** Whether an endpoint saw placeholders for private details; never for the set that ships, which is public. */
  readonly redacted: boolean;
  /** Whether replies were compared with the run's training replies, for A4. */
  readonly trainingSeen: boolean;
}

/** ours: suggestions after the first are drawn at this temperature; at 0 all would be alike. */
const SUGGESTION_TEMPERATURE = 0.8;

/** The verb. */
export async function bench(options: BenchFlags, session: Session): Promise<void> {
  const subject = await findSubject(options);
  const set = await readBenchSet(options.items ?? packagePath("bench", "replies", "items.jsonl"));
  const slice = options.slice ?? [];
  const items = pickSlices(set, slice);
  const recipe = await benchRecipe(options);
  const out = options.out ?? defaultFolder(options);
  await makeFolder(out);
  const unlock = await takeLock(join(out, "lock.json"), out, session.command);
  try {
    const report = await benchModel({ set: { ...set, items }, subject, recipe, out, slice, options, session });
    await writeJsonFile(join(out, "bench.json"), report);
    printBench(report, join(out, "bench.json"), session);
    session.printJson(report);
  } finally {
    unlock();
  }
}

/** What is put to the bench. */
type Subject =
  | { readonly kind: "gguf"; readonly path: string; readonly id: string; readonly bytes: number }
  | { readonly kind: "endpoint"; readonly url: string; readonly name: string; readonly id: string };

async function benchModel(work: {
  set: BenchSet;
  subject: Subject;
  recipe: Recipe;
  out: string;
  slice: readonly string[];
  options: BenchFlags;
  session: Session;
}): Promise<BenchReport> {
  const { set, subject, recipe, out, slice, options, session } = work;
  const cases = listCases(set.items);
  const redacted =
    subject.kind === "endpoint" && options.items !== undefined && isRedacted(recipe, [{ baseUrl: subject.url }]);
  const of = redacted ? `${subject.id}, which saw placeholders for private details` : subject.id;
  let generated = false;
  const collect = (name: string, file: string, asked: readonly BenchCase[], temperature: number) => {
    session.progress.start(name);
    return collectAnswers({
      path: join(out, file),
      model: `${of}, temperature ${temperature}, seed ${recipe.seed}, at most ${recipe.evaluate.maxReplyTokens} tokens`,
      cases: asked,
      reserveBytes:
        subject.kind === "endpoint" ? answersReserveBytes(recipe.distill, recipe.evaluate.maxReplyTokens) : 0,
      generate: (missing, full) => {
        generated = true;
        const worked = missing.length < asked.length;
        const what = { subject, cases: missing, worked, redacted, recipe, temperature };
        return generate({ ...what, signal: session.signal, full });
      },
      onProgress: (done) => session.progress.update({ done, total: asked.length, unit: "replies" }),
      signal: session.signal,
    });
  };
  const answers = await collect("bench, replies", "answers.jsonl", cases, recipe.evaluate.temperature);
  const extra = listSuggestions(cases, options.suggestions ?? 1, subject);
  if (extra.length > 0) {
    const drawn = await collect("bench, suggestions", "suggestions.jsonl", extra, SUGGESTION_TEMPERATURE);
    for (const { id } of cases) {
      const more = extra.flatMap((one) => (one.id.startsWith(`${id}#`) ? [drawn.get(one.id)!.reply] : []));
      if (more.length > 0) answers.set(id, { ...answers.get(id)!, more });
    }
  }
  const peakRssBytes = generated && subject.kind === "gguf" ? process.resourceUsage().maxRSS * 1024 : null;
  const likelihood = await readReferencesOf({ cases, subject, out, session });
  const replies = options.run === undefined ? undefined : runPaths(options.run).replies;
  const trainingSeen = replies !== undefined && existsSync(replies);
  const training = trainingSeen
    ? await findTrainingRuns(
        [...answers.values()].map(({ reply }) => reply),
        readTrainingReplies(replies),
      )
    : undefined;
  const { detect } = await loadLanguageDetector();
  session.progress.finish(`✓ bench: ${cases.length} replies of ${subject.id} to ${set.items.length} mails`);
  return {
    model: subject.id,
    modelBytes: subject.kind === "gguf" ? subject.bytes : null,
    peakRssBytes,
    ...likelihood,
    seed: recipe.seed,
    temperature: recipe.evaluate.temperature,
    maxReplyTokens: recipe.evaluate.maxReplyTokens,
    slice,
    redacted,
    trainingSeen,
    ...summarizeBench({ set, cases, answers, detect, training, trigger: ruleTrigger(set.items) }),
  };
}

/** A17: the references of the mails as they are, read by the model. */
async function readReferencesOf(work: {
  cases: readonly BenchCase[];
  subject: Subject;
  out: string;
  session: Session;
}): Promise<Pick<BenchReport, "likelihood" | "noLikelihood">> {
  const { cases, subject, out, session } = work;
  if (subject.kind !== "gguf") return { likelihood: null, noLikelihood: NO_LIKELIHOOD };
  const references = cases
    .filter(({ variant }) => variant === null)
    .flatMap(({ id, email, item }) =>
      item.references.map((reference, i) => ({ id: `${id}#${i + 1}`, email, reference })),
    );
  const rows = await readLikelihoods(session, {
    name: "bench, references",
    path: join(out, "likelihoods.jsonl"),
    model: subject.id,
    gguf: subject.path,
    references,
  });
  const likelihood = summarizeLikelihoods(rows);
  return { likelihood, noLikelihood: likelihood === null ? "no reference fits the model's context" : null };
}

/** Further draws for the mails as they are; ids tell them apart, and so do their seeds, which are made of the ids. */
function listSuggestions(cases: readonly BenchCase[], k: number, subject: Subject): BenchCase[] {
  if (k > 1 && subject.kind !== "gguf")
    throw new UserError(
      "--suggestions works with a GGUF file only (--run or --model): an endpoint is asked once a mail.",
    );
  const own = cases.filter(({ variant }) => variant === null);
  return own.flatMap((one) => Array.from({ length: k - 1 }, (_, i) => ({ ...one, id: `${one.id}#${i + 2}` })));
}

async function* generate(work: {
  subject: Subject;
  cases: readonly BenchCase[];
  worked: boolean;
  redacted: boolean;
  recipe: Recipe;
  temperature: number;
  signal: AbortSignal;
  full: AbortSignal;
}): AsyncGenerator<BenchAnswer, void> {
  const { subject, cases, worked, redacted, recipe, temperature, signal, full } = work;
  const { seed } = recipe;
  const maxTokens = recipe.evaluate.maxReplyTokens;
  if (subject.kind === "gguf") {
    const mails = cases.map(({ id, email }) => ({ id, email }));
    for await (const reply of generateReplies({ gguf: subject.path, mails, seed, maxTokens, temperature, signal })) {
      const { id, promptTokens, replyTokens, firstTokenMs, tokensPerSecond, stopped } = reply;
      const cutAtLimit = stopped === "length";
      yield { id, reply: reply.reply, cutAtLimit, promptTokens, replyTokens, firstTokenMs, tokensPerSecond };
    }
    return;
  }
  const endpoint = { baseUrl: subject.url, model: subject.name, apiKeyEnv: recipe.teacher.apiKeyEnv };
  const { systemPrompt } = recipe.student;
  const { distill } = recipe;
  for await (const one of answerByEndpoint({
    ...{ role: "endpoint", endpoint, distill, systemPrompt, redacted, worked },
    ...{ mails: cases.map((one) => sealCase(one, redacted)), seed, maxTokens, temperature, signal, full },
  })) {
    const { id, reply, promptTokens, replyTokens, stopped } = one;
    const cutAtLimit = stopped === "length";
    yield { id, reply, cutAtLimit, promptTokens, replyTokens, firstTokenMs: null, tokensPerSecond: null };
  }
}

/** A case as it is sent to an endpoint. */
function sealCase({ id, email, item }: BenchCase, redacted: boolean): EndpointMail {
  const names = [...item.thread.flatMap(namesOf), item.user.name];
  const { email: text, restore } = sealTexts({ email, replies: [], names }, redacted);
  return { id, email: text, restore };
}

async function* readTrainingReplies(path: string): AsyncGenerator<string, void> {
  for await (const { value } of readJsonl(path)) {
    const { reply } = (value ?? {}) as { reply?: unknown };
    if (typeof reply === "string") yield reply;
  }
}

async function findSubject({ run, model, endpoint, name }: BenchFlags): Promise<Subject> {
  if (endpoint !== undefined) {
    if (name === undefined) throw new UserError("--endpoint needs --name, the name of the model there.");
    return { kind: "endpoint", url: endpoint, name, id: `${name} at ${endpoint}` };
  }
  if (model === undefined && run === undefined)
    throw new UserError(
      "Name what is put to the bench: --run FOLDER, --model FILE.gguf, or --endpoint URL --name MODEL.",
    );
  const path = model ?? findModel(runPaths(run!));
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (error) {
    throw explainReadError(error, path);
  }
  const id = `${basename(path)} (SHA-256 ${hash.digest("hex").slice(0, 12)}…)`;
  return { kind: "gguf", path, id, bytes: (await stat(path)).size };
}

/** The recipe of the run, or the default one: its seed, evaluate's limits, and for an endpoint its pacing. */
async function benchRecipe({ run }: BenchFlags): Promise<Recipe> {
  return readRecipe(
    runPaths(run ?? "."),
    { recipe: run === undefined ? defaultRecipeName : undefined, overrides: [] },
    defaultRecipeName,
  );
}

function defaultFolder({ run, model, name }: BenchFlags): string {
  if (run !== undefined && model === undefined && name === undefined) return runPaths(run).bench;
  const of = model === undefined ? name! : basename(model, ".gguf");
  return `bench-${of.replace(/[^\p{L}\p{N}._-]+/gu, "-")}`;
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw explainWriteError(error, folder);
  });
}

/** The items that are in every named slice; of two values of one name either will do. */
function pickSlices(set: BenchSet, slices: readonly string[]): BenchItem[] {
  const wanted = new Map<string, Set<string>>();
  for (const slice of slices) {
    const [, name, value] = /^([a-z]+)=(.+)$/.exec(slice) ?? [];
    if (!SLICE_NAMES.some((known) => known === name))
      throw new UserError(
        `--slice ${slice}: it must be one of ${SLICE_NAMES.join(", ")} with a value, such as lang=de.`,
      );
    wanted.set(name, (wanted.get(name) ?? new Set()).add(value));
  }
  const items = set.items.filter((item) =>
    [...wanted].every(([name, values]) => values.has(sliceOf(item, name) ?? "")),
  );
  if (items.length > 0) return items;
  const known = [...wanted.keys()].map((name) => {
    const values = [...new Set(set.items.flatMap((item) => sliceOf(item, name) ?? []))].sort();
    return `${name}: ${values.join(", ")}`;
  });
  throw new UserError(`No item of ${set.path} is in ${slices.join(" and ")}. There are: ${known.join("; ")}.`);
}
