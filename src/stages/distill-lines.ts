/** How a distillation is told: its progress in a line, and what came out. */
import type { BatchProgress, DistillProgress, DistillReport } from "../distill/index.ts";
import { formatDuration, formatUsd, type Progress } from "../progress.ts";
import type { Recipe } from "../recipe.ts";

/** Shows the progress of a distillation as one line, and to programs as events. */
export function showProgress(progress: Progress, { distill }: Recipe): (state: DistillProgress) => void {
  const { accept } = distill;
  return (state) => {
    const counted =
      accept === null
        ? { done: state.done, total: state.total, unit: "mails" }
        : { done: state.accepted, total: accept, unit: "replies" };
    // Waves come in all at once: the pace so far says nothing about the time left.
    const secondsLeft = state.batch ? { secondsLeft: Number.POSITIVE_INFINITY } : {};
    progress.update({ ...counted, ...secondsLeft, note: describeProgress(state), data: state });
  };
}

/** "390 accepted, 22 rejected · 50 in flight · 2,950/3,000 calls, 1.6M/2M tokens a minute · $1.23 of about $4.50". */
function describeProgress(state: DistillProgress): string {
  if (state.batch) return describeWave(state, state.batch);
  const {
    accepted,
    rejected,
    inFlight,
    calls,
    retries,
    callsPerMinute,
    tokensPerMinute,
    limits,
    costUsd,
    projectedUsd,
  } = state;
  const parts = [`${accepted} accepted, ${rejected} rejected`, `${inFlight} in flight`];
  if (callsPerMinute === null || tokensPerMinute === null) parts.push(`${calls} calls`);
  else
    parts.push(
      `${against(callsPerMinute, limits.callsPerMinute)} calls, ${against(tokensPerMinute, limits.tokensPerMinute)} tokens a minute`,
    );
  if (retries > 0) parts.push(`${retries} retries`);
  if (costUsd)
    parts.push(`${formatUsd(costUsd)}${projectedUsd === null ? "" : ` of about ${formatUsd(projectedUsd)}`}`);
  return parts.join(" · ");
}

/** "390 accepted, 22 rejected · wave 2: 1,200 of 5,000 requests done, 3 failed · 12 min old, next look in 60 s · $1.23". */
function describeWave(
  { accepted, rejected, costUsd }: DistillProgress,
  { wave, requests, completed, failed, ageMs, nextPollMs }: BatchProgress,
): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const parts = [`${accepted} accepted, ${rejected} rejected`];
  if (requests > 0) {
    const failures = failed > 0 ? `, ${number(failed)} failed` : "";
    parts.push(`wave ${wave}: ${number(completed)} of ${number(requests)} requests done${failures}`);
    if (nextPollMs !== null)
      parts.push(`${formatDuration(ageMs / 1000)} old, next look in ${formatDuration(nextPollMs / 1000)}`);
  }
  if (costUsd) parts.push(formatUsd(costUsd));
  return parts.join(" · ");
}

function against(value: number, limit: number | null): string {
  return limit === null ? compact(value) : `${compact(value)}/${compact(limit)}`;
}

function compact(value: number): string {
  if (value >= 999_500) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 99_950) return `${Math.round(value / 1000)}k`;
  return Math.round(value).toLocaleString("en-US");
}

/** What came out, in a line. */
export function describeDistillation({ accepted, rejected, calls, teacher, emails, costUsd }: DistillReport): string {
  const total = calls.generate + calls.judge + calls.refine;
  const money = costUsd ? `, ${formatUsd(costUsd)}` : "";
  return `${accepted} of ${emails.sampled} replies accepted, ${rejected} rejected, ${total} calls${money}, teacher: ${teacher.label}`;
}

/** What did not go straight in the batches; nothing where all did. */
function describeBatchTrouble(batch: NonNullable<DistillReport["batch"]>): string[] {
  const { failed, expired, missing, duplicated, foreign, malformed, unclaimed, queueFull, failedBatches } = batch;
  const parts = [
    [failed, "requests failed"],
    [expired, "expired and were sent again"],
    [missing, "had no line in any file and were sent again"],
    [duplicated, "lines were repeated"],
    [foreign, "lines belonged to no request"],
    [malformed, "lines could not be read"],
    [unclaimed, "answers were for mails that are gone or changed"],
    [failedBatches, "batches failed as a whole"],
    [queueFull, "batches met a full queue"],
  ] as const;
  const met = parts.filter(([count]) => count > 0).map(([count, what]) => `${count.toLocaleString("en-US")} ${what}`);
  const { batches, requests, waves } = batch;
  const all = `${requests.toLocaleString("en-US")} requests in ${batches} batches of ${waves} waves`;
  return met.length > 0 ? [`  of ${all}: ${met.join(", ")}.`] : [`  ${all}.`];
}

/** What a person must know of a run that ended early, or whose cost is not known. */
export function warnings({
  stopped,
  undecided,
  rules,
  accepted,
  costUsd,
  callsWithoutCost,
  lostUsd,
  teacher,
  judge,
  batch,
}: DistillReport): string[] {
  const lines: string[] = batch ? describeBatchTrouble(batch) : [];
  if (stopped)
    lines.push(
      `  stopped by distill.${stopped.rule}: ${stopped.detail}; ${undecided} mails are undecided. Raise distill.${stopped.rule} and run the same command again to go on.`,
    );
  else if (rules.accept !== null && accepted < rules.accept)
    lines.push(`  distill.accept asks for ${rules.accept} replies, and all mails together gave ${accepted}.`);
  if (costUsd === null) {
    const models = [...new Set([teacher.model, judge.model])].join(", ");
    lines.push(
      `  the cost of ${callsWithoutCost} calls is not known (${models}): give teacher.price.input and teacher.price.output, in US dollars per million tokens.`,
    );
  }
  if (lostUsd > 0)
    lines.push(
      `  calls without a whole answer may have cost up to ${formatUsd(lostUsd)} on top: see the provider's bill.`,
    );
  return lines;
}
