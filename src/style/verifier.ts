/**
 * Whether a text could be a certain person's: character 3- to 5-grams by TF-IDF, the strongest plain baseline of authorship verification
 * (PAN 2020, Kestemont et al.), against what other people wrote on the same matters. Its own errors are measured, not assumed.
 */
import { hashString } from "../random.ts";

/** A trained verifier. */
export interface Verifier {
  /** How much nearer the text is to the person than to the others: a difference of cosines, as a share of the cosine that the person's own texts of its length have. */
  score(text: string): number;
  /** Texts from here on are taken for the person's. */
  readonly threshold: number;
  /** Share of calibration texts that are taken wrongly on either side at the threshold. */
  readonly calibrationError: number;
}

const SHORTEST_GRAM = 3;
const LONGEST_GRAM = 5;
/** A hash of 20 bits: with some ten thousand texts, collisions are a thousandth of the grams. */
const BUCKETS = 1 << 20;
/** ours: longer texts say no more, and would outweigh the rest. */
const MOST_CHARACTERS = 2000;

type Vector = ReadonlyMap<number, number>;

/** ours: five folds leave four fifths of a few dozen texts to train on. */
const FOLDS = 5;
/** ours: so many groups of others, each of as many texts as the person's: a centroid of more texts is nearer to every text. */
const MOST_GROUPS = 12;
/** ours: a text less like the person than all but this share of their own is not theirs, however unlike the others it is: noise is unlike everybody. */
const LEAST_LIKE = 0.05;

/**
 * Trains on texts of the person and of others, and sets the threshold where both kinds of error are the same on texts held out in turn, so
 * that every text calibrates and none is scored by a verifier that has seen it.
 */
export function trainVerifier(texts: {
  readonly own: readonly string[];
  readonly others: readonly string[];
}): Verifier {
  const [ownCounts, otherCounts] = [texts.own.map(countGrams), texts.others.map(countGrams)];
  const weigh = createWeights([...ownCounts, ...otherCounts]);
  const [own, others] = [ownCounts.map(weigh), otherCounts.map(weigh)];
  const heldOut = Array.from({ length: FOLDS }, (_, fold) => {
    const isHeld = (_: Vector, index: number) => index % FOLDS === fold;
    const isKept = (vector: Vector, index: number) => !isHeld(vector, index);
    const near = compare(own.filter(isKept), others.filter(isKept));
    return { own: own.filter(isHeld).map(near), others: others.filter(isHeld).map(near) };
  });
  const [ownNear, othersNear] = [heldOut.flatMap((fold) => fold.own), heldOut.flatMap((fold) => fold.others)];
  const usual = usualLikeness(ownNear);
  const likeness = ownNear.map(({ person, grams }) => person / usual(grams)).sort((a, b) => a - b);
  const least = likeness[Math.floor(LEAST_LIKE * likeness.length)] ?? 0;
  const scoreOf = ({ person, rest, grams }: Nearness) =>
    person < least * usual(grams) ? -1 : (person - rest) / usual(grams);
  const { threshold, error } = equalError(ownNear.map(scoreOf), othersNear.map(scoreOf));
  const near = compare(own, others);
  return { score: (text) => scoreOf(near(weigh(countGrams(text)))), threshold, calibrationError: error };
}

/** A text's number of different grams, and its cosines with the person's texts and with other people's. */
interface Nearness {
  readonly grams: number;
  readonly person: number;
  readonly rest: number;
}

function compare(own: readonly Vector[], others: readonly Vector[]): (vector: Vector) => Nearness {
  const person = centre(own);
  const count = Math.max(1, Math.min(MOST_GROUPS, Math.floor(others.length / Math.max(1, own.length))));
  const groups = Array.from({ length: count }, (_, group) =>
    centre(others.filter((_, index) => index % count === group)),
  );
  return (vector) => ({
    grams: vector.size,
    person: dot(vector, person),
    rest: groups.reduce((sum, group) => sum + dot(vector, group), 0) / count,
  });
}

/** ours: cosines are no smaller, for a logarithm has to be taken of them. */
const SMALLEST = 1e-4;

/**
 * The cosine that a text of so many grams has with its author: a line through the logarithms, by least squares. A short text is nearer to nobody, so by one
 * threshold for all lengths hardly any short one would be its author's.
 */
function usualLikeness(own: readonly Nearness[]): (grams: number) => number {
  const points = own.map(({ grams, person }) => [Math.log(grams || 1), Math.log(Math.max(SMALLEST, person))] as const);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
  const [middle, height] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - middle) ** 2, 0);
  const slope = spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - middle) * (y - height), 0) / spread;
  return (grams) => Math.exp(height + slope * (Math.log(grams || 1) - middle));
}

/** Shares of `texts` that the verifier takes for the person's; null of none. */
export function acceptedShare({ score, threshold }: Verifier, texts: readonly string[]): number | null {
  if (texts.length === 0) return null;
  return texts.filter((text) => score(text) >= threshold).length / texts.length;
}

function countGrams(text: string): Vector {
  const plain = ` ${text.slice(0, MOST_CHARACTERS).replace(/\s+/g, " ").replace(/\d/g, "0").trim()} `;
  const counts = new Map<number, number>();
  for (let size = SHORTEST_GRAM; size <= LONGEST_GRAM; size++) {
    for (let at = 0; at + size <= plain.length; at++) {
      const bucket = hashString(plain.slice(at, at + size)) % BUCKETS;
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
  }
  return counts;
}

/** Sublinear counts times the inverse document frequency, of length 1. */
function createWeights(documents: readonly Vector[]): (counts: Vector) => Vector {
  const frequency = new Map<number, number>();
  for (const counts of documents) for (const gram of counts.keys()) frequency.set(gram, (frequency.get(gram) ?? 0) + 1);
  const inverse = (gram: number) => Math.log((1 + documents.length) / (1 + (frequency.get(gram) ?? 0))) + 1;
  return (counts) => {
    const weighted = new Map([...counts].map(([gram, count]) => [gram, (1 + Math.log(count)) * inverse(gram)]));
    const length = Math.sqrt([...weighted.values()].reduce((sum, value) => sum + value * value, 0)) || 1;
    return new Map([...weighted].map(([gram, value]) => [gram, value / length]));
  };
}

function centre(vectors: readonly Vector[]): Vector {
  const sum = new Map<number, number>();
  for (const vector of vectors) for (const [gram, value] of vector) sum.set(gram, (sum.get(gram) ?? 0) + value);
  const length = Math.sqrt([...sum.values()].reduce((total, value) => total + value * value, 0)) || 1;
  return new Map([...sum].map(([gram, value]) => [gram, value / length]));
}

function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (const [gram, value] of a) sum += value * (b.get(gram) ?? 0);
  return sum;
}

/** The threshold at which the share of own texts below it and of others' above it are nearest to each other, and their mean there. */
function equalError(own: readonly number[], others: readonly number[]): { threshold: number; error: number } {
  const scores = [...own, ...others].sort((a, b) => a - b);
  let best = { threshold: 0, error: 0.5, gap: Number.POSITIVE_INFINITY };
  for (const threshold of scores) {
    const missed = own.filter((score) => score < threshold).length / (own.length || 1);
    const taken = others.filter((score) => score >= threshold).length / (others.length || 1);
    const gap = Math.abs(missed - taken);
    if (gap < best.gap) best = { threshold, error: (missed + taken) / 2, gap };
  }
  return best;
}
