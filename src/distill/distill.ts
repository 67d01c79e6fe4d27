/**
 * distill: mail in, accepted replies out (paper §3.1, §3.2). A teacher writes a reply to each mail, a judge scores it, the
 * teacher improves it with the judge's feedback until it is good enough or has had its chances. Every call is journalled
 * before it counts, so the run can be stopped at any instant and goes on without paying twice.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import type { Endpoint, Recipe } from "../recipe.ts";
import { startBuiltinTeacher } from "./builtin/server.ts";
import type { CallOptions } from "./call.ts";
import { createClient, type TeacherClient } from "./client.ts";
import { digest } from "./data-block.ts";
import { type JournalSettings, type JournalTotals, openJournal } from "./journal.ts";
import { type LoopEvent, runLoop } from "./loop.ts";
import { createPacer } from "./pacer.ts";
import { callKinds, promptVersion } from "./prompts.ts";
import { type ResultCounts, type ResultPaths, writeResults } from "./results.ts";
import { type EmailSample, sampleEmails } from "./sample.ts";
import type { StepRules } from "./steps.ts";

/** Where distill writes: the journal, the three result files, and the report that is written last. */
export interface DistillPaths extends ResultPaths {
  readonly attempts: string;
  readonly report: string;
}

/** How far a run is. Totals count earlier sessions too. */
export interface DistillProgress {
  readonly total: number;
  readonly done: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Mails being worked on. */
  readonly open: number;
  readonly calls: number;
  readonly retries: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** distill.json: what was done, by whom, and what came out. */
export interface DistillReport extends ResultCounts, Omit<JournalTotals, "calls"> {
  /** Settings, rules and mails that these results were made of. */
  readonly fingerprint: string;
  readonly teacher: EndpointLabel;
  readonly judge: EndpointLabel;
  readonly emails: { readonly total: number; readonly duplicates: number; readonly sampled: number };
  readonly settings: JournalSettings;
  readonly rules: StepRules;
  readonly calls: JournalTotals["calls"];
  /** Parameters that an endpoint turned down and that were left out, by role. */
  readonly droppedParameters: { readonly teacher: readonly string[]; readonly judge: readonly string[] };
}

/** An endpoint as results and reports name it; `label` says openly when no language model was at work. */
export interface EndpointLabel {
  readonly label: string;
  readonly model: string;
  readonly baseUrl: string;
}

/** How the built-in teacher is called wherever its work is shown. */
export const BUILTIN_LABEL = "built-in rules, not a language model";

/**
 * Runs (or goes on with) the stage; does nothing where the results are complete. Throws UserError where the person must act
 * (key, quota, address, changed settings, no mail) and the signal's reason when it aborts; what was paid for is kept.
 */
export async function distillEmails(options: {
  emails: string;
  paths: DistillPaths;
  recipe: Recipe;
  signal?: AbortSignal;
  onProgress?: (progress: DistillProgress) => void;
}): Promise<DistillReport> {
  const { emails, paths, recipe, signal, onProgress } = options;
  signal?.throwIfAborted();
  const { distill, teacher, judge: ownJudge } = recipe;
  const judge = ownJudge ?? teacher;
  const { threshold, rule, refinements } = distill;
  const rules: StepRules = { threshold, rule, refinements };
  const sample = await sampleEmails({ path: emails, count: distill.sample, seed: recipe.seed });
  const settings = journalSettings(recipe, judge);
  const fingerprint = digest(JSON.stringify([settings, rules, sample.digest]));
  const finished = await readFinished(paths, fingerprint);
  if (finished) return finished;
  await rm(paths.report, { force: true });

  const journal = await openJournal({ path: paths.attempts, settings });
  try {
    const models = { generate: teacher.model, refine: teacher.model, judge: judge.model };
    const call: CallOptions = { seed: recipe.seed, models, ...distill };
    const droppedParameters = await withClients({ recipe, judge, signal }, async ({ clients, stop }) => {
      const onStep = onProgress && createProgress({ sample, journal, onProgress });
      const { concurrency } = distill;
      await runLoop({ emails: sample.read(), journal, clients, call, rules, concurrency, stop, onStep });
      return { teacher: clients.generate.dropped, judge: clients.judge.dropped };
    });
    const labels = { teacher: labelEndpoint(teacher), judge: labelEndpoint(judge) };
    const counts = await writeResults({
      paths,
      emails: sample.read(),
      journal,
      models,
      rules,
      teacher: labels.teacher.label,
      judge: labels.judge.label,
    });
    const { total, duplicates, size: sampled } = sample;
    const report: DistillReport = {
      fingerprint,
      ...labels,
      emails: { total, duplicates, sampled },
      ...counts,
      ...journal.totals,
      droppedParameters,
      settings,
      rules,
    };
    await writeJsonFile(paths.report, report);
    return report;
  } finally {
    await journal.close();
  }
}

/** What shapes the calls. Threshold, rule, refinements and sample only decide which calls are made: they may change, and what was paid for still serves. */
function journalSettings(recipe: Recipe, judge: Endpoint): JournalSettings {
  const { seed, teacher, distill } = recipe;
  return {
    seed,
    "teacher.baseUrl": teacher.baseUrl,
    "teacher.model": teacher.model,
    "judge.baseUrl": judge.baseUrl,
    "judge.model": judge.model,
    "distill.temperature": distill.temperature,
    "distill.maxReplyTokens": distill.maxReplyTokens,
    "distill.maxJudgeTokens": distill.maxJudgeTokens,
    ...Object.fromEntries(callKinds.map((kind) => [`prompts.${kind}`, promptVersion(kind)])),
  };
}

async function readFinished(paths: DistillPaths, fingerprint: string): Promise<DistillReport | null> {
  const needed = [paths.report, paths.replies, paths.rejected, paths.preferences];
  if (!needed.every((path) => existsSync(path))) return null;
  const report = (await readJsonFile(paths.report)) as DistillReport;
  return report.fingerprint === fingerprint ? report : null;
}

function labelEndpoint({ baseUrl, model }: Endpoint): EndpointLabel {
  return { label: baseUrl === "builtin" ? BUILTIN_LABEL : model, model, baseUrl };
}

interface Clients {
  readonly clients: { readonly generate: TeacherClient; readonly judge: TeacherClient; readonly refine: TeacherClient };
  readonly stop: AbortController;
}

/** Clients for teacher and judge (one where they are the same endpoint), with the built-in teacher's server running while it is needed. */
async function withClients<T>(
  options: { recipe: Recipe; judge: Endpoint; signal?: AbortSignal },
  use: (clients: Clients) => Promise<T>,
): Promise<T> {
  const { recipe, judge, signal } = options;
  const { teacher, distill } = recipe;
  const stop = new AbortController();
  const stopNow = () => stop.abort(signal?.reason);
  const builtin = [teacher, judge].some((endpoint) => endpoint.baseUrl === "builtin")
    ? await startBuiltinTeacher()
    : null;

  const opened: TeacherClient[] = [];
  function connect(role: "teacher" | "judge", { baseUrl, model, apiKeyEnv }: Endpoint): TeacherClient {
    const apiKey = baseUrl === "builtin" ? null : process.env[apiKeyEnv] || null;
    const url = baseUrl === "builtin" ? builtin!.baseUrl : baseUrl;
    const { concurrency, timeoutMs, retries, backoffMs, maxBackoffMs } = distill;
    const client = createClient({
      endpoint: { role, baseUrl: url, model, apiKeyEnv, hasKey: apiKey !== null },
      apiKey,
      pacer: createPacer({ concurrency }),
      timeoutMs,
      retries,
      backoffMs,
      maxBackoffMs,
      signal,
      stop,
    });
    opened.push(client);
    return client;
  }

  signal?.addEventListener("abort", stopNow, { once: true });
  try {
    const write = connect("teacher", teacher);
    const same =
      judge.baseUrl === teacher.baseUrl && judge.model === teacher.model && judge.apiKeyEnv === teacher.apiKeyEnv;
    return await use({
      clients: { generate: write, refine: write, judge: same ? write : connect("judge", judge) },
      stop,
    });
  } finally {
    signal?.removeEventListener("abort", stopNow);
    for (const client of opened) client.close();
    await builtin?.close();
  }
}

function createProgress(options: {
  sample: EmailSample;
  journal: { readonly totals: JournalTotals };
  onProgress: (progress: DistillProgress) => void;
}): (event: LoopEvent) => void {
  const { sample, journal, onProgress } = options;
  const seen: Record<LoopEvent, number> = { open: 0, call: 0, accept: 0, reject: 0, defer: 0 };
  return (event) => {
    seen[event]++;
    const { calls, retries, promptTokens, completionTokens } = journal.totals;
    const done = seen.accept + seen.reject;
    onProgress({
      total: sample.size,
      done,
      accepted: seen.accept,
      rejected: seen.reject,
      open: seen.open - done - seen.defer,
      calls: calls.generate + calls.judge + calls.refine,
      retries,
      promptTokens,
      completionTokens,
    });
  };
}
