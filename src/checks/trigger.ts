/** A16: whether a mail needs a reply: how well scores in [0, 1] order and describe the truth. */

/** A score and the truth it is about. */
export interface TriggerCase {
  readonly score: number;
  readonly needsReply: boolean;
}

/** The chance that a mail that needs a reply scores above one that does not; ties count half. NaN without both kinds. */
export function rocAuc(cases: readonly TriggerCase[]): number {
  const positives = cases.filter(({ needsReply }) => needsReply).length;
  const negatives = cases.length - positives;
  if (positives === 0 || negatives === 0) return Number.NaN;
  const sorted = [...cases].sort((a, b) => a.score - b.score);
  let rankSum = 0; // of positives; tied scores share their mean rank
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && sorted[to].score === sorted[from].score) to++;
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) if (sorted[i].needsReply) rankSum += rank;
    from = to;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Average precision: precision at each threshold, weighted by the recall it adds. NaN without a positive. */
export function averagePrecision(cases: readonly TriggerCase[]): number {
  const positives = cases.filter(({ needsReply }) => needsReply).length;
  if (positives === 0) return Number.NaN;
  const sorted = [...cases].sort((a, b) => b.score - a.score);
  let hits = 0;
  let sum = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    let added = 0;
    while (to < sorted.length && sorted[to].score === sorted[from].score) added += sorted[to++].needsReply ? 1 : 0;
    hits += added;
    sum += (added / positives) * (hits / to);
    from = to;
  }
  return sum;
}

const BINS = 10;

/** Expected calibration error in ten bins of equal width (Guo et al. 2017, arXiv:1706.04599). */
export function calibrationError(cases: readonly TriggerCase[]): number {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, scores: 0, positives: 0 }));
  for (const { score, needsReply } of cases) {
    const bin = bins[Math.min(BINS - 1, Math.floor(score * BINS))];
    bin.count++;
    bin.scores += score;
    bin.positives += needsReply ? 1 : 0;
  }
  return bins.reduce((sum, { scores, positives }) => sum + Math.abs(scores - positives), 0) / cases.length;
}

/** The share of mails that need no reply and get none at `threshold`. */
export function abstainRate(cases: readonly TriggerCase[], threshold: number): number {
  const idle = cases.filter(({ needsReply }) => !needsReply);
  return idle.length === 0 ? Number.NaN : idle.filter(({ score }) => score < threshold).length / idle.length;
}
