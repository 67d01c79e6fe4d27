/** How far a run is, with its speed against the limits and its money: measured as it goes, shown by the command line. */

import type { Binding, Pacer, Price } from "../endpoint/index.ts";
import type { CallKind } from "../prompts/index.ts";
import type { BatchProgress } from "./batch/run-batches.ts";
import type { JournalTotals } from "./journal-totals.ts";
import type { LoopEvent } from "./loop.ts";

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
  /** Requests at the endpoints now. */
  readonly inFlight: number;
  /** Of the last minute; null until some seconds were measured. */
  readonly callsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  /** The limits of all endpoints together, given or learned; null where one is not known. */
  readonly limits: { readonly callsPerMinute: number | null; readonly tokensPerMinute: number | null };
  /** What holds calls back now, where something does. */
  readonly binds: Binding | null;
  /** US dollars so far; null where no price is known. */
  readonly costUsd: number | null;
  /** US dollars when all is done, if the rest costs what the mails so far cost; null where that is not known. */
  readonly projectedUsd: number | null;
  /** The present wave, where calls go out in batches. */
  readonly batch?: BatchProgress;
}

/** Turns the loop's events into progress. */
export function createProgress(options: {
  sample: { readonly size: number };
  journal: { readonly totals: JournalTotals };
  prices: Readonly<Record<CallKind, Price | null>>;
  stopRules: { readonly accept: number | null; readonly budgetUsd: number | null };
  pacers: readonly Pacer[];
  onProgress: (progress: DistillProgress) => void;
  now?: () => number;
}): (event: LoopEvent) => void {
  const { sample, journal, prices, stopRules, pacers, onProgress, now = () => performance.now() } = options;
  const seen: Record<LoopEvent, number> = { open: 0, call: 0, accept: 0, reject: 0, defer: 0 };
  const isPriced = Object.values(prices).every((price) => price !== null);
  const speed = createSpeed(now);
  let toldMs = Number.NEGATIVE_INFINITY;
  return (event) => {
    seen[event]++;
    const { totals } = journal;
    const { retries, promptTokens, completionTokens } = totals;
    const calls = totals.calls.generate + totals.calls.judge + totals.calls.refine;
    const done = seen.accept + seen.reject;
    if (event === "call") speed.add(calls, promptTokens + completionTokens);
    if (done < sample.size && now() - toldMs < TELL_EVERY_MS) return;
    toldMs = now();
    const costUsd = isPriced ? totals.costUsd + totals.lostUsd : null;
    onProgress({
      total: sample.size,
      done,
      accepted: seen.accept,
      rejected: seen.reject,
      open: seen.open - done - seen.defer,
      calls,
      retries,
      promptTokens,
      completionTokens,
      ...speed.read(),
      ...readPacers(pacers),
      costUsd,
      projectedUsd: costUsd === null ? null : projectUsd({ costUsd, done, accepted: seen.accept, sample, stopRules }),
    });
  };
}

function readPacers(pacers: readonly Pacer[]): Pick<DistillProgress, "inFlight" | "limits" | "binds"> {
  const states = pacers.map((pacer) => pacer.state());
  const sum = (values: readonly (number | null)[]) =>
    values.reduce<number | null>((total, value) => (total === null || value === null ? null : total + value), 0);
  return {
    inFlight: states.reduce((total, { inFlight }) => total + inFlight, 0),
    limits: {
      callsPerMinute: sum(states.map(({ requests }) => requests.perMinute)),
      tokensPerMinute: sum(states.map(({ tokens }) => tokens.perMinute)),
    },
    binds: states.find(({ binds }) => binds !== null)?.binds ?? null,
  };
}

/** Milliseconds between two reports: often enough to look alive, seldom enough to cost nothing. */
const TELL_EVERY_MS = 50;

/** Too few mails say nothing about the rest. */
const FEWEST_MAILS = 10;

function projectUsd(options: {
  costUsd: number;
  done: number;
  accepted: number;
  sample: { readonly size: number };
  stopRules: { readonly accept: number | null; readonly budgetUsd: number | null };
}): number | null {
  const { costUsd, done, accepted, sample, stopRules } = options;
  if (done < FEWEST_MAILS || accepted === 0) return null;
  const mails = Math.min(sample.size, stopRules.accept === null ? sample.size : (done / accepted) * stopRules.accept);
  const projected = Math.max(costUsd, (costUsd / done) * mails);
  return stopRules.budgetUsd === null ? projected : Math.min(projected, stopRules.budgetUsd);
}

const WINDOW_MS = 60_000;
const SLOT_MS = 1000;
/** A shorter time makes no rate. */
const SHORTEST_MS = 2000;

/** Calls and tokens of the last minute, from running totals noted about once a second. */
function createSpeed(now: () => number): {
  add(calls: number, tokens: number): void;
  read(): { callsPerMinute: number | null; tokensPerMinute: number | null };
} {
  let notes: { atMs: number; calls: number; tokens: number }[] = [];
  let last = { atMs: 0, calls: 0, tokens: 0 };
  return {
    add(calls, tokens) {
      last = { atMs: now(), calls, tokens };
      if (notes.length > 0 && last.atMs - notes[notes.length - 1].atMs < SLOT_MS) return;
      notes.push(last);
      if (notes[0].atMs < last.atMs - WINDOW_MS) notes = notes.filter(({ atMs }) => atMs >= last.atMs - WINDOW_MS);
    },
    read() {
      const first = notes[0];
      const ms = first ? last.atMs - first.atMs : 0;
      if (ms < SHORTEST_MS) return { callsPerMinute: null, tokensPerMinute: null };
      const perMinute = (amount: number) => (amount / ms) * 60_000;
      return {
        callsPerMinute: perMinute(last.calls - first.calls),
        tokensPerMinute: perMinute(last.tokens - first.tokens),
      };
    },
  };
}
