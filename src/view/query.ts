/** Which rows a query lets through, in which order, and how many there are of each kind. */

import { wilson } from "../metrics/index.ts";
import { criteria } from "../prompts/index.ts";
import {
  type AttemptCount,
  type Bin,
  type Criterion,
  type Estimate,
  type FacetCount,
  type Facets,
  type FaultName,
  faultNames,
  type ReviewState,
  reviewStates,
  type Sort,
  type Status,
  sorts,
  statuses,
} from "./api.ts";
import type { IndexedRow } from "./row.ts";

/** A query, read; an empty list lets everything through. */
export interface Query {
  readonly status: readonly string[];
  readonly intent: readonly string[];
  readonly reason: readonly string[];
  readonly review: readonly string[];
  readonly attempts: readonly number[];
  readonly fault: readonly string[];
  /** Which score `score` and the histogram are of; null: the one that the run's rule makes. */
  readonly scoreOf: Criterion | null;
  readonly score: Range | null;
  readonly words: Range | null;
  /** Only the mails of this group, RowSummary.group; null: all. */
  readonly like: string | null;
  /** Words in lower case, each of which must occur. */
  readonly text: readonly string[];
  readonly sort: Sort;
}

/** Both ends belong to it. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A query that cannot be read; the message says which part and what it may be. */
export class QueryError extends Error {
  override name = "QueryError";
}

/** ours: what a person types; longer is pasted by mistake. */
const LONGEST_TEXT = 200;

/** Reads the parameters of api.ts. Throws QueryError. */
export function parseQuery(parameters: URLSearchParams): Query {
  const among = (name: string, known: readonly string[]) => {
    const values = parameters.getAll(name);
    const odd = values.find((value) => !known.includes(value));
    if (odd !== undefined) throw new QueryError(`${name} is one of ${known.join(", ")}, not "${odd.slice(0, 40)}".`);
    return values;
  };
  const number = (name: string) => {
    const text = parameters.get(name);
    if (text === null || text === "") return null;
    const value = Number(text);
    if (!Number.isFinite(value)) throw new QueryError(`${name} is a number, not "${text.slice(0, 40)}".`);
    return value;
  };
  const range = (name: string): Range | null => {
    const [from, to] = [number(`${name}From`), number(`${name}To`)];
    return from === null && to === null
      ? null
      : { from: from ?? Number.NEGATIVE_INFINITY, to: to ?? Number.POSITIVE_INFINITY };
  };
  const text = (parameters.get("text") ?? "").slice(0, LONGEST_TEXT).toLowerCase();
  return {
    status: among("status", statuses),
    intent: parameters.getAll("intent"),
    reason: parameters.getAll("reason"),
    review: among("review", reviewStates),
    attempts: parameters.getAll("attempts").map(Number),
    fault: among("fault", faultNames),
    scoreOf: (among("scoreOf", criteria)[0] as Criterion | undefined) ?? null, // checked by among
    score: range("score"),
    words: range("words"),
    like: parameters.get("like") || null,
    text: text.split(/\s+/).filter((word) => word !== ""),
    sort: (among("sort", sorts)[0] as Sort | undefined) ?? "mailbox", // checked by among
  };
}

type Part = Exclude<keyof Query, "sort" | "scoreOf">;

/** A rounding error of a mean of decimals must not push a score out of the bin or range that it is written in. */
const ROUNDING = 1e-9;

/** For each part of a query whether a row passes it. */
const tests: Readonly<Record<Part, (row: IndexedRow, query: Query) => boolean>> = {
  status: (row, { status }) => status.length === 0 || status.includes(row.status),
  intent: (row, { intent }) => intent.length === 0 || intent.includes(row.intent),
  reason: (row, { reason }) => reason.length === 0 || (row.reason !== null && reason.includes(row.reason)),
  review: (row, { review }) => review.length === 0 || review.includes(row.review),
  attempts: (row, { attempts }) => attempts.length === 0 || attempts.includes(row.attempts),
  fault: (row, { fault }) => fault.length === 0 || row.faults.some((one) => fault.includes(one)),
  score: (row, { score, scoreOf }) => score === null || inRange(scoreIn(row, scoreOf), score),
  words: (row, { words }) => words === null || inRange(row.words, words),
  like: (row, { like }) => like === null || row.group === like,
  text: (row, { text }) => text.every((word) => row.searched.includes(word)),
};
const parts = Object.keys(tests) as Part[];

const scoreIn = (row: IndexedRow, of: Criterion | null) => (of === null ? row.score : (row.scores?.[of] ?? null));

const inRange = (value: number | null, { from, to }: Range) =>
  value !== null && value >= from - ROUNDING && value <= to + ROUNDING;

/** The rows that pass, in the order asked for. */
export function selectRows(rows: readonly IndexedRow[], query: Query): IndexedRow[] {
  const found = rows.filter((row) => parts.every((part) => tests[part](row, query)));
  const by = (value: (row: IndexedRow) => number | null, direction: 1 | -1) =>
    found.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return x === y ? a.place - b.place : x === null ? 1 : -1; // without a value: last
      return (x - y) * direction || a.place - b.place;
    });
  switch (query.sort) {
    case "mailbox":
      return found;
    case "random":
      return by(({ drawn }) => drawn, 1);
    case "score-up":
      return by(({ score }) => score, 1);
    case "score-down":
      return by(({ score }) => score, -1);
    case "words-up":
      return by(({ words }) => words, 1);
    case "words-down":
      return by(({ words }) => words, -1);
    default:
      return query.sort satisfies never;
  }
}

/** ours: scores are mostly given in steps of 0.05. */
const SCORE_BINS = 20;
const WORD_BINS = 20;

/** Counts each part under the rest of the query. One pass: a row counts for a part when it fails no other. */
export function countFacets(rows: readonly IndexedRow[], query: Query, version: number): Facets {
  const status = new Map<Status, number>(statuses.map((value) => [value, 0]));
  const review = new Map<ReviewState, number>(reviewStates.map((value) => [value, 0]));
  const [reason, intent] = [new Map<string, number>(), new Map<string, number>()];
  const fault = new Map<FaultName, number>(faultNames.map((value) => [value, 0]));
  const passed: IndexedRow[] = [];
  const attempts = new Map<number, number>();
  const byAttempt = new Map<number, { reached: number; accepted: number }>();
  const score = createBins(SCORE_BINS, 1 / SCORE_BINS);
  const wordBins = createBins(WORD_BINS, binWidth(rows));
  let total = 0;
  for (const row of rows) {
    const failed = parts.filter((part) => !tests[part](row, query));
    if (failed.length > 1) continue;
    const counts = (part: Part) => failed.length === 0 || failed[0] === part;
    if (failed.length === 0) total = passed.push(row);
    if (counts("status")) increase(status, row.status);
    if (counts("review")) increase(review, row.review);
    if (counts("reason") && row.reason !== null) increase(reason, row.reason);
    if (counts("intent")) increase(intent, row.intent);
    if (counts("fault")) for (const one of row.faults) increase(fault, one);
    const value = scoreIn(row, query.scoreOf);
    if (counts("score") && value !== null) score.add(value, row.status);
    if (counts("words") && row.words !== null) wordBins.add(row.words, row.status);
    if (counts("attempts")) {
      increase(attempts, row.attempts);
      for (let attempt = 1; attempt <= row.attempts; attempt++) {
        const count = byAttempt.get(attempt) ?? { reached: 0, accepted: 0 };
        count.reached++;
        if (attempt === row.attempts && row.status === "accepted") count.accepted++;
        byAttempt.set(attempt, count);
      }
    }
  }
  return {
    version,
    total,
    status: list(status),
    review: list(review),
    reason: list(reason).sort(mostFirst),
    intent: list(intent).sort(mostFirst),
    attempts: list(attempts).sort((a, b) => a.value - b.value),
    score: score.bins,
    words: wordBins.bins,
    fault: list(fault),
    estimate: estimateOverturned(passed),
    byAttempt: [...byAttempt]
      .sort(([a], [b]) => a - b)
      .map(([attempt, count]): AttemptCount => ({ attempt, ...count })),
  };
}

/**
 * The share of mails on which the person overturned teacher and judge. Only of the mails from the head of the random order to the first
 * that was not looked at: a sample that nobody chose. null where none was decided.
 */
function estimateOverturned(rows: readonly IndexedRow[]): Estimate | null {
  const drawn = [...rows].sort((a, b) => a.drawn - b.drawn || a.place - b.place);
  const end = drawn.findIndex(({ review }) => review === "none" || review === "outdated");
  const looked = drawn.slice(0, end < 0 ? drawn.length : end).filter(({ review }) => review !== "unsure");
  if (looked.length === 0) return null;
  const isOverturned = ({ status, review }: IndexedRow) =>
    status === "accepted" ? review !== "accepted" : review !== "rejected";
  const overturned = looked.filter(isOverturned).length;
  return { decided: looked.length, overturned, ...wilson(overturned, looked.length) };
}

function increase<T>(counts: Map<T, number>, value: T): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

const list = <T>(counts: ReadonlyMap<T, number>) =>
  [...counts].map(([value, count]): FacetCount<T> => ({ value, count }));
const mostFirst = (a: FacetCount<string>, b: FacetCount<string>) => b.count - a.count || (a.value < b.value ? -1 : 1);

/** Words a bin: a round number with which the longest reply but the odd one (99th percentile) stands in the bins. */
function binWidth(rows: readonly IndexedRow[]): number {
  const words = Float64Array.from(rows.flatMap((row) => row.words ?? [])).sort();
  const long = words[Math.floor((words.length - 1) * 0.99)] ?? 0;
  return [1, 2, 5, 10, 20, 50, 100].find((width) => width * WORD_BINS > long) ?? 200;
}

/** Bins of one width; what lies above stands in the last. */
function createBins(count: number, width: number) {
  const bins = Array.from({ length: count }, (_, i) => ({
    from: round(i * width),
    to: round((i + 1) * width),
    accepted: 0,
    rejected: 0,
    open: 0,
  }));
  return {
    bins: bins as readonly Bin[],
    add(value: number, status: Status): void {
      bins[Math.min(count - 1, Math.max(0, Math.floor(value / width + ROUNDING)))][status]++;
    },
  };
}

const round = (value: number) => Math.round(value * 1e6) / 1e6;
