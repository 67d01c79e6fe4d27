/** What a model's own drafts teach: checked, ranked, and made into comparisons. Pure. */
import { createReplyChecker } from "../checks/index.ts";
import { checkSteering, type Email, readSteering, renderAsked } from "../mail/index.ts";
import { DOUBLE, measureChrf } from "../metrics/index.ts";
import type { Lesson } from "../train/index.ts";

/** A reply as the checks see it. */
export interface RankedReply {
  readonly text: string;
  /** Why it cannot be sent as it is, but for what the accepted reply has too, and what of its line it does not follow: so many reasons. */
  readonly faults: number;
  /** A loop, a sentence twice, a word twice. */
  readonly repeats: boolean;
  readonly unfinished: boolean;
  readonly claims: number;
  readonly grounded: number;
  readonly words: number;
  /** 0 to 1: likeness to the accepted reply (chrF++), less a quarter for each fault. */
  readonly quality: number;
}

/** A reply that was made, to the mail of an accepted one. */
export interface MadeReply {
  readonly reply: string;
  readonly cutAtLimit: boolean;
  readonly accepted: string;
  readonly email: Email;
  /** The line that it was to follow. */
  readonly steering?: string;
}

const PENALTY = 0.25;

/** Checks replies, each by itself: what came before or after it, and which model wrote it, is not known here. */
export function checkMade(replies: readonly MadeReply[]): RankedReply[] {
  if (replies.length === 0) return [];
  const likeness = measureChrf(
    replies.map(({ reply }) => reply),
    [replies.map(({ accepted }) => accepted)],
    { wordOrder: 2 },
  );
  return replies.map(({ reply, cutAtLimit, accepted, email, steering = "" }, i) => {
    const people = { sender: email.from, user: email.to[0], sentAt: email.date ?? undefined };
    const checkOne = createReplyChecker({ email: renderAsked({ email, steering }), ...people });
    const found = checkOne(reply, { cutAtLimit });
    const shared = new Set(checkOne(accepted).faults.map(({ fault }) => fault)); // a date left to fill in, where nobody could know it
    const unheeded = checkSteering(readSteering(steering), reply).filter(({ followed }) => !followed).length;
    const faults = found.faults.filter(({ fault }) => !shared.has(fault)).length + unheeded;
    const { claims, ungrounded } = found.grounding;
    const { width, values } = likeness.statistics;
    const like = likeness.scoreSums(values.subarray(i * width, (i + 1) * width), DOUBLE) / 100;
    return {
      text: reply,
      faults,
      repeats: found.faults.some(({ fault }) => fault === "repeats"),
      unfinished: found.findings.some(({ check }) => check === "unfinished"),
      claims,
      grounded: claims - ungrounded.length,
      words: reply.split(/\s+/).filter((word) => word !== "").length,
      quality: Math.max(0, like - PENALTY * faults),
    };
  });
}

/** A reply in which somebody who judges it found one fault more than the checks. */
export function withFault(reply: RankedReply): RankedReply {
  return { ...reply, faults: reply.faults + 1, quality: Math.max(0, reply.quality - PENALTY) };
}

/**
 * Lessons of one mail's drafts. Keep-best: the best draft, where nothing is wrong with it, is imitated and preferred to one that is worse
 * by `gap`; of the worse ones that nearest to two deviations below the mean, not the very worst where there is a choice (arXiv:2502.16825).
 * Where no draft is sound the accepted reply stands in its place; where one is, the accepted reply is imitated too, so that what was learnt stays. Drafts that repeat themselves are driven away at the repeats.
 */
export function lessonsOf(
  { accepted, ...of }: Pick<Lesson, "id" | "mail"> & { accepted: string },
  drafts: readonly RankedReply[],
  { gap }: { gap: number },
): Lesson[] {
  const different = [...new Map(drafts.map((draft) => [draft.text, draft])).values()].filter(({ text }) => text !== "");
  const lessons: Lesson[] = different
    .filter(({ repeats }) => repeats)
    .map(({ text }) => ({ ...of, kind: "avoid", reply: text }));
  const sorted = different.sort((a, b) => b.quality - a.quality);
  const best = sorted[0];
  if (best === undefined) return lessons;
  const chosen = best.faults === 0 ? best : { text: accepted, quality: 1 };
  const mean = sorted.reduce((sum, { quality }) => sum + quality, 0) / sorted.length;
  const deviation = Math.sqrt(sorted.reduce((sum, { quality }) => sum + (quality - mean) ** 2, 0) / sorted.length);
  const worse = sorted.filter(({ text, quality }) => text !== chosen.text && quality <= chosen.quality - gap);
  const candidates = worse.length > 2 ? worse.slice(0, -1) : worse;
  const target = mean - 2 * deviation;
  const rejected = [...candidates].sort((a, b) => Math.abs(a.quality - target) - Math.abs(b.quality - target))[0];
  if (chosen.text !== accepted) lessons.push({ ...of, kind: "imitate", reply: accepted });
  if (rejected === undefined) return [...lessons, { ...of, kind: "imitate", reply: chosen.text }];
  return [...lessons, { ...of, kind: "pair", chosen: chosen.text, rejected: rejected.text }];
}
