/** What the list is narrowed to and how it is ordered, as the address bar and the API write it. */
import {
  type Criterion,
  type FaultName,
  faultNames,
  type ReviewState,
  reviewStates,
  type Sort,
  type Status,
  sorts,
  statuses,
} from "../../src/view/api.ts";

export interface Query {
  readonly status: readonly Status[];
  readonly review: readonly ReviewState[];
  readonly intent: readonly string[];
  readonly reason: readonly string[];
  readonly attempts: readonly number[];
  readonly fault: readonly FaultName[];
  /** "": the one that the run's rule makes. */
  readonly scoreOf: Criterion | "";
  readonly scoreFrom: number | null;
  readonly scoreTo: number | null;
  readonly wordsFrom: number | null;
  readonly wordsTo: number | null;
  /** The mails of one group; "" for all. */
  readonly like: string;
  readonly text: string;
  readonly sort: Sort;
}

/** All mails, in mailbox order. */
export const everything: Query = {
  status: [],
  review: [],
  intent: [],
  reason: [],
  attempts: [],
  fault: [],
  scoreOf: "",
  scoreFrom: null,
  scoreTo: null,
  wordsFrom: null,
  wordsTo: null,
  like: "",
  text: "",
  sort: "mailbox",
};

const choices = ["status", "review", "intent", "reason", "attempts", "fault"] as const;
const criteria = ["relevance", "conciseness", "adaptability", "politeness"] as const satisfies readonly Criterion[];
const ends = ["scoreFrom", "scoreTo", "wordsFrom", "wordsTo"] as const;

/** The query as URL parameters, always in the same order: equal queries have equal texts. */
export function writeQuery(query: Query): string {
  const params = new URLSearchParams();
  for (const key of choices) for (const value of query[key]) params.append(key, String(value));
  for (const key of ends) if (query[key] !== null) params.set(key, String(query[key]));
  if (query.scoreOf !== "") params.set("scoreOf", query.scoreOf);
  if (query.like !== "") params.set("like", query.like);
  if (query.text !== "") params.set("text", query.text);
  if (query.sort !== "mailbox") params.set("sort", query.sort);
  return params.toString();
}

/** The query that URL parameters describe; what is no value of ours, in an address typed by hand, is left out. */
export function readQuery(params: URLSearchParams): Query {
  const number = (text: string | null) => (text === null || text === "" || Number.isNaN(+text) ? null : +text);
  const sort = sorts.find((known) => known === params.get("sort")) ?? "mailbox";
  return {
    status: statuses.filter((status) => params.getAll("status").includes(status)),
    review: reviewStates.filter((state) => params.getAll("review").includes(state)),
    intent: params.getAll("intent"),
    reason: params.getAll("reason"),
    attempts: params.getAll("attempts").map(Number).filter(Number.isInteger),
    fault: faultNames.filter((fault) => params.getAll("fault").includes(fault)),
    scoreOf: criteria.find((one) => one === params.get("scoreOf")) ?? "",
    scoreFrom: number(params.get("scoreFrom")),
    scoreTo: number(params.get("scoreTo")),
    wordsFrom: number(params.get("wordsFrom")),
    wordsTo: number(params.get("wordsTo")),
    like: params.get("like") ?? "",
    text: params.get("text") ?? "",
    sort,
  };
}

/** How many filters narrow the list: each chosen value, each range, the search. */
export function countFilters(query: Query): number {
  const chosen = choices.reduce((sum, key) => sum + query[key].length, 0);
  const ranges = [
    [query.scoreFrom, query.scoreTo],
    [query.wordsFrom, query.wordsTo],
  ].filter(([from, to]) => from !== null || to !== null).length;
  return chosen + ranges + (query.text === "" ? 0 : 1) + (query.like === "" ? 0 : 1);
}

/** The list with the value, or without it where it was in. */
export function toggled<T>(values: readonly T[], value: T): readonly T[] {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
}
