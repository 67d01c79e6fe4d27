/** Whether a model that was trained further may take the place of the one before. Pure. */
import { wilson } from "../metrics/index.ts";
import type { Recipe } from "../recipe.ts";
import type { RankedReply } from "./improve-lessons.ts";

/** The line of the gate whose `after` is the validation loss of the new model. */
export const LOSS_LINE = "validation loss";

/** A model on the validation mails. */
export interface GateFigures {
  /** Mean words of a reply. */
  readonly words: number;
  /** Share of the claims that stand in the mail; 1 where none is made. */
  readonly grounded: number;
  /** Loops, sentences twice and missing ends, all replies together. */
  readonly faults: number;
  /** Mean loss on the validation replies. */
  readonly loss: number;
}

/** One line of the gate. */
export interface GateLine {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly passed: boolean;
  /** What is asked, in words. */
  readonly asks: string;
}

export interface GateVerdict {
  readonly passed: boolean;
  readonly lines: readonly GateLine[];
  /** Mails on which the reply after is the better one, the worse one, or as good; and the share of wins among those decided, with its 95 % interval. */
  readonly pairs: JudgedWins & {
    readonly share: number | null;
    readonly low: number | null;
    readonly high: number | null;
  };
}

/** Figures of replies, one a mail. */
function gateFigures(replies: readonly RankedReply[], loss: number): GateFigures {
  const total = (of: (reply: RankedReply) => number) => replies.reduce((sum, reply) => sum + of(reply), 0);
  const claims = total((reply) => reply.claims);
  return {
    words: total(({ words }) => words) / replies.length,
    grounded: claims === 0 ? 1 : total(({ grounded }) => grounded) / claims,
    faults: total(({ repeats, unfinished }) => Number(repeats) + Number(unfinished)),
    loss,
  };
}

/** How the replies after fared beside those before. */
export interface JudgedWins {
  /** Who compared them, in words. */
  readonly by: string;
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
}

/** Compares the replies after with those before to the same mails, in the same order, by their quality alone. */
export function compareQuality(before: readonly RankedReply[], after: readonly RankedReply[]): JudgedWins {
  const wins = after.filter(({ quality }, i) => quality > before[i].quality).length;
  const losses = after.filter(({ quality }, i) => quality < before[i].quality).length;
  return { by: "the checks and the likeness to the accepted reply", wins, losses, ties: after.length - wins - losses };
}

/** Weighs the replies after against those before to the same mails, in the same order. */
export function gate(
  before: { replies: readonly RankedReply[]; loss: number },
  after: { replies: readonly RankedReply[]; loss: number },
  { wins, losses, ties, by }: JudgedWins,
  { lengthChange, groundingDrop, lossRise }: Pick<Recipe["improve"], "lengthChange" | "groundingDrop" | "lossRise">,
): GateVerdict {
  const [a, b] = [gateFigures(before.replies, before.loss), gateFigures(after.replies, after.loss)];
  const decided = wins + losses;
  const interval = decided === 0 ? null : wilson(wins, decided);
  const lines: GateLine[] = [
    {
      ...{ name: "words a reply", before: a.words, after: b.words, asks: `within ${percent(lengthChange)} of before` },
      passed: Math.abs(b.words / a.words - 1) <= lengthChange,
    },
    {
      ...{ name: "grounded claims", before: a.grounded, after: b.grounded },
      ...{ asks: `at most ${percent(groundingDrop)} of all fewer`, passed: b.grounded >= a.grounded - groundingDrop },
    },
    {
      ...{ name: LOSS_LINE, before: a.loss, after: b.loss, asks: `at most ${percent(lossRise)} higher` },
      passed: b.loss <= a.loss * (1 + lossRise),
    },
    {
      ...{ name: "loops and missing ends", before: a.faults, after: b.faults, asks: "fewer, or none at all" },
      passed: b.faults < a.faults || b.faults === 0,
    },
    {
      ...{ name: "better replies", before: losses, after: wins, asks: "wins, by more than chance" },
      passed: interval !== null && interval.low > 0.5, // 23 to 14 once passed on validation mails and was worse on others
    },
  ];
  const pairs = { by, wins, losses, ties, share: decided === 0 ? null : wins / decided };
  return {
    passed: lines.every(({ passed }) => passed),
    lines,
    pairs: { ...pairs, low: interval?.low ?? null, high: interval?.high ?? null },
  };
}

const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;
