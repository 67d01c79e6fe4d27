/**
 * distill: mail in, accepted replies out (paper §3.1, §3.2). A teacher writes a reply to each mail, a judge scores it, the
 * teacher improves it with the judge's feedback until it is good enough or has had its chances. Every call is journalled
 * before it counts, so the run can be stopped at any instant and goes on without paying twice.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type BuiltinTeacherOptions, labelEndpoint, RULES_VERSION } from "../builtin/index.ts";
import {
  answersReserveBytes,
  costUsd,
  createBudget,
  digest,
  endpointsOf,
  findPrice,
  type Price,
} from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import { readJsonFile, stopWhenFull, writeJsonFile } from "../formats/index.ts";
import type { Email } from "../mail/index.ts";
import { type CallKind, callKinds, type PromptStyle, promptVersion } from "../prompts/index.ts";
import type { Endpoint, Recipe } from "../recipe.ts";
import { batchPathsOf, distillByBatches, refusePendingBatches } from "./batch/distill-batches.ts";
import { batchPrice } from "./batch/endpoints.ts";
import type { BatchPaths } from "./batch/store.ts";
import type { CallMoney, CallOptions } from "./call.ts";
import { writeDatasetCard } from "./card.ts";
import { modelsOf, wiresOf, withClients } from "./clients.ts";
import { createProgress, type DistillProgress } from "./distill-progress.ts";
import type { DistillReport, StopRules } from "./distill-report.ts";
import { type Journal, openJournal } from "./journal.ts";
import type { JournalSettings } from "./journal-rows.ts";
import { runLoop } from "./loop.ts";
import { type ResultCounts, type ResultPaths, writeResults } from "./results.ts";
import { readReviews } from "./reviews.ts";
import { readAllEmails, sampleEmails } from "./sample.ts";
import { chooseSteeredSender, styleOf } from "./steered.ts";
import { stepRulesOf } from "./steps.ts";
import { StopRuleMet } from "./stop-rules.ts";
import type { CrewOptions } from "./workers/crew.ts";
import { redactForWorkers, withCrew } from "./workers/with-crew.ts";

/** Where distill writes: the journal, the three result files, and the report that is written last. */
export interface DistillPaths extends ResultPaths {
  readonly attempts: string;
  readonly report: string;
  /** The card of the dataset, in Markdown and JSON; none is written where they are left out. */
  readonly datasetCard?: string;
  readonly datasetCardData?: string;
  /** What the card says of the mails' origin. */
  readonly importReport?: string;
  /** What a person decided, laid over what teacher and judge did. */
  readonly reviews?: string;
  /** The state of batches and the folder of their files; calls go out one by one where they are left out. */
  readonly batches?: string;
  readonly batchFiles?: string;
}

/**
 * Runs (or goes on with) the stage; does nothing where the results are complete. A stop rule that is met ends it with the results
 * so far, and it goes on when the rule is changed. Throws UserError where the person must act (key, quota, address, changed
 * settings, no mail) and the signal's reason when it aborts; what was paid for is kept.
 */
export async function distillEmails(options: {
  emails: string;
  paths: DistillPaths;
  recipe: Recipe;
  /** Whose people are the address book for redaction; `emails` by default. */
  mailbox?: () => AsyncIterable<Email>;
  /** How the built-in teacher behaves, where it is the teacher: a rehearsal. */
  builtin?: BuiltinTeacherOptions;
  signal?: AbortSignal;
  onProgress?: (progress: DistillProgress) => void;
  /** Shares the calls with other machines, over Redis. */
  workers?: CrewOptions;
  /** Finished results stay as they are when a person has decided more since: training has read them. */
  keepFinished?: boolean;
}): Promise<DistillReport> {
  const { emails, paths, mailbox, builtin, signal, onProgress, workers, keepFinished = false } = options;
  const recipe = redactForWorkers(options.recipe, workers);
  signal?.throwIfAborted();
  const { distill } = recipe;
  const { teacher, judge } = endpointsOf(recipe);
  const { accept, budgetUsd, budgetMinutes } = distill;
  const rules = stepRulesOf(distill);
  const stopRules: StopRules = { accept, budgetUsd, budgetMinutes };
  const batches = batchPathsOf(recipe, paths);
  const prices = findPrices(recipe, batches !== null);
  const style = styleOf(recipe);
  const sample = await sampleEmails({ path: emails, count: distill.sample, seed: recipe.seed });
  const settings = journalSettings(recipe, style);
  const reviews = await readReviews(paths.reviews);
  const fingerprint = digest(JSON.stringify([settings, rules, stopRules, sample.digest]));
  const finished = await readFinished(paths, fingerprint);
  if (finished && (keepFinished || finished.reviewsDigest === reviews.digest)) return finished;
  if (!batches) await refusePendingBatches(paths);
  else if (workers) throw new UserError("distill.mode=batch needs no workers: leave one of the two out.");
  await rm(paths.report, { force: true });
  const { send } = await chooseSteeredSender(recipe, mailbox ?? (() => readAllEmails(emails)));

  const priceRow = (row: { kind: CallKind; usage: Parameters<typeof costUsd>[0] }) =>
    costUsd(row.usage, prices[row.kind]);
  const reserveBytes = answersReserveBytes(distill, Math.max(distill.maxReplyTokens, distill.maxJudgeTokens));
  const journal = await openJournal({ path: paths.attempts, settings, reserveBytes, priceRow });
  try {
    const models = modelsOf(recipe);
    const call: CallOptions = { seed: recipe.seed, models, wires: wiresOf(recipe), style, ...distill };
    const money = openMoney({ journal, prices, budgetUsd });
    const oneByOne = () =>
      withCrew({ workers, recipe, builtin, journal, signal }, (share) =>
        withClients({ recipe, builtin, ...share }, async ({ clients, pacers, stop }) => {
          const onStep = onProgress && createProgress({ sample, journal, prices, stopRules, pacers, onProgress });
          stopWhenFull(journal.full, stop);
          const timer = stopInTime(stop, journal, budgetMinutes);
          const work = {
            emails: sample.read(),
            send,
            reviews,
            journal: share.journal,
            clients,
            call,
            money,
            rules,
            stop,
            onStep,
            addresses: { teacher: teacher.baseUrl, judge: judge.baseUrl },
          };
          const met = await runLoop({ ...distill, ...work }).finally(() => clearTimeout(timer));
          const droppedParameters = { teacher: clients.generate.dropped, judge: clients.judge.dropped };
          return { stopped: met && { rule: met.rule, detail: met.message }, droppedParameters, batch: undefined };
        }),
      );
    const byBatches = (paths: BatchPaths) =>
      distillByBatches({
        ...{
          recipe,
          builtin,
          signal,
          paths,
          send,
          reviews,
          journal,
          call,
          prices,
          rules,
          accept,
          budgetUsd,
          onProgress,
        },
        emails: () => sample.read(),
        allEmails: () => readAllEmails(emails),
        total: sample.size,
        startTimer: (stop) => {
          stopWhenFull(journal.full, stop);
          return stopInTime(stop, journal, budgetMinutes);
        },
      });
    const { stopped, droppedParameters, batch } = await (batches ? byBatches(batches) : oneByOne());
    const labels = { teacher: labelEndpoint(teacher), judge: labelEndpoint(judge) };
    const counts = await writeResults({
      ...{ paths, emails: sample.read(), send, reviews, journal, models, style, rules, accept },
      teacher: labels.teacher.label,
      judge: labels.judge.label,
    });
    const { total, duplicates, fromOwner, size: sampled } = sample;
    const { totals } = journal;
    const report: DistillReport = {
      fingerprint,
      ...labels,
      emails: { total, duplicates, fromOwner, sampled },
      stopped: stopped ?? describeAccept(counts, accept),
      ...counts,
      ...totals,
      costUsd: totals.callsWithoutCost > 0 ? null : totals.costUsd,
      prices: { teacher: prices.generate, judge: prices.judge },
      droppedParameters,
      settings,
      rules: { ...rules, ...stopRules },
      prompts: style,
      reviewsDigest: reviews.digest,
      ...(batch ? { batch } : {}),
    };
    await writeCard({ emails, paths, recipe, report });
    await writeJsonFile(paths.report, report);
    return report;
  } finally {
    await journal.close();
  }
}

async function writeCard(options: {
  emails: string;
  paths: DistillPaths;
  recipe: Recipe;
  report: DistillReport;
}): Promise<void> {
  const { emails, paths, recipe, report } = options;
  const { datasetCard, datasetCardData, importReport } = paths;
  if (datasetCard === undefined || datasetCardData === undefined) return;
  const { accepted, rejected, preferences } = report;
  const files = [
    { path: paths.replies, rows: accepted },
    { path: paths.rejected, rows: rejected },
    { path: paths.preferences, rows: preferences },
    { path: emails, rows: report.emails.total },
  ];
  const cardPaths = { markdown: datasetCard, data: datasetCardData };
  const fallbackName = basename(dirname(datasetCard));
  await writeDatasetCard({ paths: cardPaths, files, importReport, fallbackName, recipe, report });
}

function findPrices(recipe: Recipe, inBatches: boolean): Record<CallKind, Price | null> {
  const { teacher, judge, isSame } = endpointsOf(recipe);
  const find = (endpoint: Endpoint) =>
    inBatches ? batchPrice(findPrice(endpoint), recipe.distill.batch.priceShare) : findPrice(endpoint);
  const write = find(teacher);
  const prices = { generate: write, refine: write, judge: isSame ? write : find(judge) };
  if (recipe.distill.budgetUsd === null) return prices;
  for (const [role, endpoint, price] of [
    ["teacher", teacher, prices.generate],
    ["judge", judge, prices.judge],
  ] as const) {
    if (price) continue;
    throw new UserError(
      `distill.budgetUsd cannot be kept: the price of "${endpoint.model}" at ${endpoint.baseUrl} is not known. Give it in US dollars per million tokens, for example ${role}.price.input=2.5 ${role}.price.output=10 (0 for a server of your own).`,
    );
  }
  return prices;
}

function openMoney(options: {
  journal: Journal;
  prices: Record<CallKind, Price | null>;
  budgetUsd: number | null;
}): CallMoney {
  const { journal, prices, budgetUsd } = options;
  const { costUsd: paid, lostUsd } = journal.totals;
  const budget = budgetUsd === null ? null : createBudget({ limitUsd: budgetUsd, spentUsd: paid + lostUsd });
  return { prices, budget, noteLost: (usd) => journal.appendLost(usd) };
}

/** Ends the run when the time of all sessions together is over. */
function stopInTime(stop: AbortController, journal: Journal, minutes: number | null): NodeJS.Timeout | undefined {
  if (minutes === null) return undefined;
  const end = () => stop.abort(new StopRuleMet("budgetMinutes", `${minutes} minutes are over`));
  const leftMs = minutes * 60_000 - journal.totals.wallMs;
  if (leftMs <= 0) end();
  return setTimeout(end, Math.min(leftMs, LONGEST_TIMEOUT_MS));
}

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1; // 24 days: what a timer can hold

function describeAccept({ accepted, undecided }: ResultCounts, accept: number | null): DistillReport["stopped"] {
  if (accept === null || accepted < accept || undecided === 0) return null;
  return { rule: "accept", detail: `${accept} replies are accepted` };
}

/** What shapes the calls. Where an endpoint is reached and how long an answer may be do not, and may change. Threshold, rule, refinements, sample and stop rules only decide which calls are made: they may change, and what was paid for still serves. */
function journalSettings(recipe: Recipe, style: PromptStyle): JournalSettings {
  const { seed, distill } = recipe;
  const { teacher, judge } = endpointsOf(recipe);
  const usesRules = [teacher, judge].some(({ baseUrl }) => baseUrl === "builtin");
  return {
    seed,
    "teacher.model": teacher.model,
    "judge.model": judge.model,
    "distill.temperature": distill.temperature,
    "distill.judgeTemperature": distill.judgeTemperature,
    "distill.prompts": style.set,
    ...describeExtra("teacher", teacher),
    ...describeExtra("judge", judge),
    "redacted mail": style.redacted ? "yes" : "no",
    ...(style.steered ? { "distill.steered": distill.steered } : {}),
    ...(usesRules ? { "built-in rules": RULES_VERSION } : {}),
    ...Object.fromEntries(callKinds.map((kind) => [`prompts.${kind}`, promptVersion(kind, style)])),
  };
}

function describeExtra(role: string, { extraBody }: Endpoint): JournalSettings {
  return Object.keys(extraBody).length === 0 ? {} : { [`${role}.extraBody`]: JSON.stringify(extraBody) };
}

async function readFinished(paths: DistillPaths, fingerprint: string): Promise<DistillReport | null> {
  const cards = [paths.datasetCard, paths.datasetCardData].filter((path) => path !== undefined);
  const needed = [paths.report, paths.replies, paths.rejected, paths.preferences, ...cards];
  if (!needed.every((path) => existsSync(path))) return null;
  const report = (await readJsonFile(paths.report)) as DistillReport;
  return report.fingerprint === fingerprint ? report : null;
}
