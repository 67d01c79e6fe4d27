/** Which responses of a set fit a mail: by its signs, before any model; and the three to show, each another intent. */
import { stanceOf } from "../../checks/portable.ts";
import type { Intent } from "../assistant/phrases.ts";
import type { Reading } from "../assistant/reading.ts";
import { type Signs, signsOf } from "./mine.ts";
import type { Response, ResponseSet } from "./set.ts";

/** A response with what the ranking goes by. */
export interface RankedResponse extends Response {
  readonly score: number;
}

/** ours: what a response that was never seen after a sign is still thought to have been. */
const SMOOTHING = 0.1;

/** All responses, the one first that was given most often after mails with these signs (naive Bayes over the counts of the set). */
export function rankBySigns({ responses }: ResponseSet, reading: Signs): RankedResponse[] {
  const signs = signsOf(reading);
  const score = ({ count, after }: Response) =>
    Math.log(count + SMOOTHING) +
    signs.reduce((sum, sign) => sum + Math.log(((after[sign] ?? 0) + SMOOTHING) / (count + 1)), 0);
  return byScore(responses.map((response) => ({ ...response, score: score(response) })));
}

/** By how often they were given: what an unseen mail gets from a program that does not read it. */
export function rankByCount({ responses }: ResponseSet): RankedResponse[] {
  return byScore(responses.map((response) => ({ ...response, score: response.count })));
}

/** The response of this intent that fits a mail best, if one was given after mails that ask the same; `fits` is asked before it is taken. */
export function bestOfIntent(
  ranked: readonly RankedResponse[],
  { intent, reading, fits }: { intent: Intent; reading: Signs; fits: (text: string) => boolean },
): RankedResponse | null {
  const [, ...most] = signsOf(reading).reverse(); // what it is about is too coarse a sign alone
  const wasGiven = ({ after }: Response) => most.some((sign) => (after[sign] ?? 0) > 0);
  return ranked.find((one) => one.intent === intent && wasGiven(one) && fits(one.text)) ?? null;
}

function byScore(list: readonly RankedResponse[]): RankedResponse[] {
  return list.toSorted((a, b) => b.score - a.score);
}

const SHOWN = 3;

/**
 * Three of `ranked`, no two of one cluster, and of one intent only where there is no other. Where the mail wants a decision one says no and one
 * does not, if the set has them (arXiv:1606.04870 §5.2).
 */
export function chooseDiverse(
  ranked: readonly RankedResponse[],
  { wantsDecision }: Pick<Reading, "wantsDecision">,
): RankedResponse[] {
  const chosen: RankedResponse[] = [];
  const take = (isFree: (one: RankedResponse) => boolean) => {
    while (chosen.length < SHOWN) {
      const next = ranked.find((one) => !chosen.includes(one) && isFree(one));
      if (next === undefined) return;
      chosen.push(next);
    }
  };
  take((one) => chosen.every(({ intent }) => intent !== one.intent));
  take((one) => chosen.every(({ cluster }) => cluster !== one.cluster));
  if (!wantsDecision) return chosen;
  const isNo = ({ text, intent }: RankedResponse) => intent === "decline" || stanceOf(text) === "no";
  const isYes = ({ text, intent }: RankedResponse) => intent === "accept" || stanceOf(text) === "yes";
  const missing = [isYes, isNo].flatMap((is) => (chosen.some(is) ? [] : (ranked.find(is) ?? [])));
  const others = [...chosen.keys()].filter((i) => !isYes(chosen[i]) && !isNo(chosen[i]));
  const places = [...(others.length >= missing.length ? others : chosen.keys())].slice(
    -missing.length || chosen.length,
  );
  for (const [i, one] of missing.entries()) chosen[places[i]] = one;
  return chosen;
}
