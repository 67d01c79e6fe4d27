/** What a model's own drafts teach: checked, ranked, and made into comparisons. Pure. */
import { checkReply, createGrounder } from "../checks/index.ts";
import { renderEmail } from "../mail/index.ts";
import { DOUBLE, measureChrf } from "../metrics/index.ts";
import type { Lesson } from "../train/index.ts";

/** The faults that a gate counts: a sentence twice or a loop, and a reply without an end. */
const LOOPS_AND_ENDS: readonly string[] = ["repetition", "unfinished"];

/** A reply as the checks see it. */
export interface CheckedReply {
  readonly text: string;
  /** Findings of the checks of one reply. */
  readonly findings: number;
  /** Of these, loops and missing ends. */
  readonly faults: number;
  readonly repeats: boolean;
  readonly claims: number;
  readonly grounded: number;
  readonly words: number;
  /** 0 to 1: likeness to the accepted reply (chrF++), less a quarter for each finding and a quarter of the share of claims that stand nowhere. */
  readonly quality: number;
}

/** A reply that was made, to the mail of an accepted one. */
export interface MadeReply {
  readonly reply: string;
  readonly cutAtLimit: boolean;
  readonly accepted: string;
  readonly email: Lesson["email"];
}

const PENALTY = 0.25;

/** Checks replies, each by itself: what came before or after it, and which model wrote it, is not known here. */
export function checkMade(replies: readonly MadeReply[]): CheckedReply[] {
  if (replies.length === 0) return [];
  const likeness = measureChrf(
    replies.map(({ reply }) => reply),
    [replies.map(({ accepted }) => accepted)],
    { wordOrder: 2 },
  );
  return replies.map(({ reply, cutAtLimit, email }, i) => {
    const rendered = renderEmail(email);
    const found = checkReply(reply, { email: rendered, cutAtLimit });
    const { claims, ungrounded } = createGrounder({ texts: [rendered], sentAt: email.date ?? undefined })(reply);
    const { width, values } = likeness.statistics;
    const like = likeness.scoreSums(values.subarray(i * width, (i + 1) * width), DOUBLE) / 100;
    const quality = like - PENALTY * found.length - PENALTY * (claims === 0 ? 0 : ungrounded.length / claims);
    return {
      text: reply,
      findings: found.length,
      faults: found.filter(({ check }) => LOOPS_AND_ENDS.includes(check)).length,
      repeats: found.some(({ check }) => check === "repetition"),
      claims,
      grounded: claims - ungrounded.length,
      words: reply.split(/\s+/).filter((word) => word !== "").length,
      quality: Math.max(0, quality),
    };
  });
}

/**
 * Lessons of one mail's drafts. Keep-best: the best draft, where nothing is wrong with it, is imitated and preferred to one that is worse
 * by `gap`; of the worse ones that nearest to two deviations below the mean, not the very worst where there is a choice (arXiv:2502.16825).
 * Where no draft is sound the accepted reply stands in its place. Drafts that repeat themselves are driven away at the repeats.
 */
export function lessonsOf(
  { id, email, accepted }: { id: string; email: Lesson["email"]; accepted: string },
  drafts: readonly CheckedReply[],
  { gap }: { gap: number },
): Lesson[] {
  const different = [...new Map(drafts.map((draft) => [draft.text, draft])).values()].filter(({ text }) => text !== "");
  const lessons: Lesson[] = different
    .filter(({ repeats }) => repeats)
    .map(({ text }) => ({ id, email, kind: "avoid", reply: text }));
  const sorted = different.sort((a, b) => b.quality - a.quality);
  const best = sorted[0];
  if (best === undefined) return lessons;
  const isSound = best.findings === 0 && best.grounded === best.claims;
  const chosen = isSound ? best : { text: accepted, quality: 1 };
  const mean = sorted.reduce((sum, { quality }) => sum + quality, 0) / sorted.length;
  const deviation = Math.sqrt(sorted.reduce((sum, { quality }) => sum + (quality - mean) ** 2, 0) / sorted.length);
  const worse = sorted.filter(({ text, quality }) => text !== chosen.text && quality <= chosen.quality - gap);
  const candidates = worse.length > 2 ? worse.slice(0, -1) : worse;
  const target = mean - 2 * deviation;
  const rejected = [...candidates].sort((a, b) => Math.abs(a.quality - target) - Math.abs(b.quality - target))[0];
  if (rejected === undefined) return [...lessons, { id, email, kind: "imitate", reply: chosen.text }];
  return [...lessons, { id, email, kind: "pair", chosen: chosen.text, rejected: rejected.text }];
}
