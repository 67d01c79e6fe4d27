/** `pocketreply plan`: what distill will take, before a call is made: tokens, money, time and what binds it. */

import { existsSync } from "node:fs";
import {
  type Assumption,
  type DistillPlan,
  type DistillReport,
  type PlanEvidence,
  planDistill,
} from "../distill/index.ts";
import { endpointsOf, type Price, warnOfEnds } from "../endpoint/index.ts";
import { readJsonFile } from "../formats/index.ts";
import { formatDuration } from "../progress.ts";
import { callKinds } from "../prompts/index.ts";
import type { Recipe } from "../recipe.ts";
import { type RunPaths, runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import type { FolderOptions, Session } from "../stages/index.ts";
import { formatUsd, readRecipe, requireStage, table } from "../stages/index.ts";

/** The verb. Reads the run folder and changes nothing in it. */
export async function plan(options: FolderOptions, session: Session): Promise<void> {
  const { recipe, plan } = await planRun(options, session);
  for (const line of describePlan(plan, recipe)) session.print(line);
  session.printJson(plan);
}

/** The plan of a run folder with the recipe that distill would use, overrides on top. */
export async function planRun(
  { run, recipe: named, set }: FolderOptions,
  { progress, signal }: Session,
): Promise<{ recipe: Recipe; plan: DistillPlan; paths: RunPaths }> {
  const paths = runPaths(run);
  const example = `npx pocketreply import --mail PATH --run ${run}`;
  requireStage(paths.importReport, { before: "import", now: "plan", run, example });
  const recipe = await readRecipe(paths, { recipe: named, overrides: set }, defaultRecipeName);
  for (const warning of warnOfEnds(recipe)) progress.line(`! ${warning}`);
  progress.start("plan");
  const plan = await planDistill({
    emails: paths.emails,
    recipe,
    evidence: await readEvidence(paths, recipe),
    signal,
    onProgress: (done, total) => progress.update({ done, total, unit: "mails", note: "counting tokens" }),
  });
  progress.finish(`✓ plan: ${plan.mails.sampled.toLocaleString("en-US")} mails counted`);
  return { recipe, plan, paths };
}

/** What an earlier run of the same teacher and judge has measured. */
async function readEvidence(paths: RunPaths, recipe: Recipe): Promise<PlanEvidence | null> {
  if (!existsSync(paths.distillReport)) return null;
  const report = (await readJsonFile(paths.distillReport)) as DistillReport; // written by distill
  const { teacher, judge } = endpointsOf(recipe);
  const isSame = report.teacher?.model === teacher.model && report.judge?.model === judge.model;
  return isSame && report.okCompletionTokens ? report : null;
}

/** A plan as a person reads it. */
export function describePlan(plan: DistillPlan, recipe: Recipe): string[] {
  const { mails, calls, tokens, tokensPerCall, redacted } = plan;
  const { teacher, judge, isSame } = endpointsOf(recipe);
  const rows = callKinds.map((kind) => {
    const { prompt, completion } = tokensPerCall[kind];
    return [kind, number(calls[kind]), number(prompt), number(completion), number(calls[kind] * (prompt + completion))];
  });
  rows.push(["all", number(calls.total), "", "", number(tokens.total)]);
  const of = mails.expected < mails.sampled ? ` of ${number(mails.sampled)}` : "";
  return [
    `Distilling ${number(mails.expected)}${of} mails with ${teacher.model} at ${teacher.baseUrl}${isSame ? ", which judges too" : `, judged by ${judge.model} at ${judge.baseUrl}`}${redacted ? "; private details leave as placeholders" : ""}.`,
    "",
    table(["call", "calls", "prompt tokens a call", "answer tokens a call", "tokens"], rows),
    "Prompt tokens are counted (o200k_base) on the prompts as they would be sent; other vocabularies differ by some percent.",
    "",
    ...describeMoney(plan, recipe),
    ...describeTime(plan, recipe),
    ...describeBatch(plan),
    "",
    "Assumed, and better known after a trial (distill.sample=50, then plan again):",
    ...describeAssumptions(plan),
  ];
}

function describeMoney({ money, tokens, mails }: DistillPlan, recipe: Recipe): string[] {
  const { usd, prices, mailsInBudget } = money;
  const { isSame } = endpointsOf(recipe);
  const lines = usd === null ? ["Money: not known."] : [`Money: ${formatUsd(usd)} by ordinary calls.`];
  for (const [role, price] of Object.entries(isSame ? { teacher: prices.teacher } : prices))
    lines.push(`  ${role}: ${describePrice(price, role)}`);
  const { budgetUsd } = recipe.distill;
  if (mailsInBudget !== null)
    lines.push(
      mailsInBudget < mails.expected
        ? `  The budget of ${formatUsd(budgetUsd!)} pays for about ${number(mailsInBudget)} mails.`
        : `  The budget of ${formatUsd(budgetUsd!)} is enough.`,
    );
  if (tokens.total === 0) lines.push("  (no tokens)");
  return lines;
}

function describePrice(price: Price | null, role: string): string {
  if (!price)
    return `no price known; give ${role}.price.input and ${role}.price.output (US dollars per million tokens)`;
  const { input, output, source } = price;
  return `$${input} in, $${output} out per million tokens (${source})`;
}

function describeTime({ time, calls }: DistillPlan, recipe: Recipe): string[] {
  const { concurrency, requestsPerMinute, tokensPerMinute, budgetMinutes } = recipe.distill;
  const minutes = (value: number) => formatDuration(value * 60);
  const limit = (name: string, perMinute: number | null, value: number | null) =>
    value === null
      ? `  ${name}: no limit given (distill.${name === "requests" ? "requestsPerMinute" : "tokensPerMinute"}); the endpoint's own is learned on the way and may bind`
      : `  ${name}: ${minutes(value)} at ${number(perMinute!)} a minute`;
  const lines = [
    `Time: ${minutes(time.minutes)}; what binds is ${time.binds}.`,
    `  latency: ${minutes(time.byLatency)} with ${concurrency} in flight`,
    limit("requests", requestsPerMinute, time.byRequests),
    limit("tokens", tokensPerMinute, time.byTokens),
  ];
  if (time.shareInTime !== null && time.shareInTime < 1)
    lines.push(
      `  The budget of ${minutes(budgetMinutes!)} leaves time for about ${number(Math.floor(calls.generate * time.shareInTime))} mails.`,
    );
  return lines;
}

function describeBatch({ batch }: DistillPlan): string[] {
  if (!batch) return ["Batch: no batch API is known for this endpoint."];
  const { usd, waves, files, mostHours } = batch;
  return [
    `Batch: ${usd === null ? "price not known" : formatUsd(usd)} in at most ${waves} waves (${files} files), ${mostHours} hours if every wave takes its whole window (distill.mode=batch).`,
  ];
}

function describeAssumptions({ assumptions }: DistillPlan): string[] {
  const show = (name: string, { value, from }: Assumption, unit = "") =>
    `  ${name.padEnd(30)} ${Number(value.toPrecision(3))}${unit}, ${from}`;
  return [
    show("refinements a mail", assumptions.refinementsPerMail),
    show("share of mails accepted", assumptions.acceptedShare),
    show("tokens of a reply", assumptions.replyTokens),
    show("tokens of a judgement", assumptions.judgeTokens),
    show("latency of a call", assumptions.latencyMs, " ms"),
    show("calls made again", assumptions.extraCallsShare),
  ];
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
