/** The stage bench: a model's replies to the hand-written mails, made once, and what the checks say of them. */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type BenchCase,
  type BenchItem,
  type BenchSet,
  collectBenchAnswers,
  findTrainingRuns,
  listCases,
  readBenchSet,
  ruleTrigger,
  SLICE_NAMES,
  sliceOf,
  summarizeBench,
} from "../checks/index.ts";
import { answersReserveBytes, isRedacted, type Wire } from "../endpoint/index.ts";
import { explainWriteError, UserError } from "../errors.ts";
import { summarizeLikelihoods } from "../evaluate/index.ts";
import { readJsonl, writeJsonFile } from "../formats/index.ts";
import { loadLanguageDetector } from "../mail/index.ts";
import { loadRecipe, type Recipe } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName, packagePath } from "../shipped.ts";
import { benchAssistant } from "./bench-assistant.ts";
import { generate } from "./bench-replies.ts";
import type { BenchReport } from "./bench-report.ts";
import { type BenchOptions, findSubject, type Subject } from "./bench-subject.ts";
import { readRecipe } from "./folder.ts";
import { NO_LIKELIHOOD, readLikelihoods } from "./likelihood.ts";
import { takeLock } from "./lock.ts";
import { nameDecoding } from "./predict.ts";
import type { Session } from "./session.ts";

/** ours: suggestions after the first are drawn at this temperature; at 0 all would be alike. */
const SUGGESTION_TEMPERATURE = 0.8;

/** Has the model reply to the bench's mails, keeps the answers, and writes bench.json. A second call makes only what is missing. */
export async function benchStage(
  options: BenchOptions,
  session: Session,
): Promise<{ report: BenchReport; path: string }> {
  const subject = await findSubject(options);
  if (options.assistant === true && subject.kind !== "gguf")
    throw new UserError("--assistant works with a GGUF file only (--run or --model): an endpoint has no assistant.");
  const set = await readBenchSet(options.items ?? packagePath("bench", "replies", "items.jsonl"));
  const slice = options.slice ?? [];
  const items = pickSlices(set, slice);
  const recipe = await benchRecipe(options);
  const wire = await benchWire(options);
  const out = options.out ?? defaultFolder(options);
  await makeFolder(out);
  const unlock = await takeLock(join(out, "lock.json"), out, session.command);
  try {
    const report = await benchModel({ set: { ...set, items }, subject, recipe, wire, out, slice, options, session });
    const path = join(out, "bench.json");
    await writeJsonFile(path, report);
    return { report, path };
  } finally {
    unlock();
  }
}

async function benchModel(work: {
  set: BenchSet;
  subject: Subject;
  recipe: Recipe;
  wire: Wire;
  out: string;
  slice: readonly string[];
  options: BenchOptions;
  session: Session;
}): Promise<BenchReport> {
  const { set, subject, recipe, wire, out, slice, options, session } = work;
  const cases = listCases(set.items);
  const redacted =
    subject.kind === "endpoint" && options.items !== undefined && isRedacted(recipe, [{ baseUrl: subject.url }]);
  const body = Object.keys(wire.extraBody).length === 0 ? "" : `, asked with ${JSON.stringify(wire.extraBody)}`;
  const of = redacted ? `${subject.id}, which saw placeholders for private details` : subject.id;
  let generated = false;
  const collect = (name: string, file: string, asked: readonly BenchCase[], temperature: number) => {
    session.progress.start(name);
    return collectBenchAnswers({
      path: join(out, file),
      model: `${of}${body}, temperature ${temperature}, seed ${recipe.seed}, at most ${recipe.evaluate.maxReplyTokens} tokens${subject.kind === "gguf" ? nameDecoding(recipe) : ""}`,
      cases: asked,
      reserveBytes:
        subject.kind === "endpoint" ? answersReserveBytes(recipe.distill, recipe.evaluate.maxReplyTokens) : 0,
      generate: (missing, full) => {
        generated = true;
        const worked = missing.length < asked.length;
        const what = { subject, cases: missing, worked, redacted, recipe, wire, temperature };
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
  const assistant =
    options.assistant === true && subject.kind === "gguf"
      ? await benchAssistant({
          ...{ gguf: subject.path, model: subject.id, cases, loopBan: recipe.reply.loopBan, session },
          path: join(out, "assistant.jsonl"),
        })
      : null;
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
    assistant,
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
    adapter: subject.adapter,
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

async function* readTrainingReplies(path: string): AsyncGenerator<string, void> {
  for await (const { value } of readJsonl(path)) {
    const { reply } = (value ?? {}) as { reply?: unknown };
    if (typeof reply === "string") yield reply;
  }
}

/** The recipe of the run, or the default one: its seed, evaluate's limits, and for an endpoint its pacing. */
async function benchRecipe({ run, set: overrides = [] }: BenchOptions): Promise<Recipe> {
  return readRecipe(
    runPaths(run ?? "."),
    { recipe: run === undefined ? defaultRecipeName : undefined, overrides },
    defaultRecipeName,
  );
}

/** How an endpoint is asked: as it was typed for the teacher. What the recipe of a run says of its own teacher is meant for another server. */
async function benchWire({ set = [] }: BenchOptions): Promise<Wire> {
  const { extraBody, headers, responseFormat } = (await loadRecipe(undefined, set)).teacher;
  return { extraBody, headers, responseFormat };
}

function defaultFolder({ run, model, name }: BenchOptions): string {
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
