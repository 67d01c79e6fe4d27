/** Scores of some of the items: by how much training has seen of them, and by what they are like. */

import type { Steps } from "../metrics/index.ts";
import { type ConfidenceInterval, confidenceIntervalSteps } from "../metrics/index.ts";
import { type Likeness, nameBucket, SIMILARITY_EDGES, similarityBucket } from "./leakage.ts";
import { orderValues, SLICES, type SliceName, type SliceValues } from "./slices.ts";
import { mean, pickRows, type ScoredSystem, type SubsetScore, type SystemName, scoreSubset } from "./systems.ts";

/** Figures of the model and of what it is compared with, on some of the items. */
export interface SubsetReport {
  readonly name: string;
  readonly items: number;
  readonly student: SubsetScore;
  readonly base: SubsetScore | null;
  readonly nearest: SubsetScore;
}

/** How much of the test stands in training, and what the scores are without it. */
export interface LeakageReport {
  /** Items below this similarity are clean. */
  readonly cleanBelow: number;
  /** Similarity: the share of a mail's five-word runs that stand in one training mail. */
  readonly meanSimilarity: number;
  readonly longRuns: number; //         items that share thirteen words in a row with a training mail
  readonly referencesSeen: number; //   items whose reference is a training reply
  /** From the least alike to the most; empty buckets are left out. */
  readonly buckets: readonly SubsetReport[];
  /** The clean items alone; null where there is none. */
  readonly clean: (SubsetReport & { readonly bleuInterval: ConfidenceInterval }) | null;
}

/** The scored systems by name. */
export type Systems = ReadonlyMap<SystemName, ScoredSystem>;

/** The places of what holds. */
export function listWhere<T>(list: readonly T[], holds: (value: T) => boolean): number[] {
  return list.flatMap((value, i) => (holds(value) ? [i] : []));
}

/** The BLEU interval of the model on some items; null for none. */
export function* intervalSteps({ bleu }: ScoredSystem, indices: readonly number[]): Steps<ConfidenceInterval | null> {
  if (indices.length === 0) return null;
  return (yield* confidenceIntervalSteps([pickRows(bleu, indices)]))[0];
}

/** What training has seen, bucket by bucket, and the clean items alone. */
export function reportLeakage(options: {
  likeness: readonly Likeness[];
  systems: Systems;
  cleanBelow: number;
  clean: readonly number[];
  cleanInterval: ConfidenceInterval | null;
}): LeakageReport {
  const { likeness, systems, cleanBelow, clean, cleanInterval } = options;
  const buckets = SIMILARITY_EDGES.slice(1).flatMap((_, bucket) => {
    const members = listWhere(likeness, ({ containment }) => similarityBucket(containment) === bucket);
    return members.length > 0 ? [reportSubset(nameBucket(bucket), members, systems)] : [];
  });
  return {
    cleanBelow,
    meanSimilarity: mean(likeness.map(({ containment }) => containment)),
    longRuns: likeness.filter(({ longRun }) => longRun).length,
    referencesSeen: likeness.filter(({ referenceSeen }) => referenceSeen).length,
    buckets,
    clean: cleanInterval && { ...reportSubset("clean", clean, systems), bleuInterval: cleanInterval },
  };
}

/** The scores of every slice, each in the order of its values. */
export function reportSlices(
  sliced: readonly SliceValues[],
  systems: Systems,
): Readonly<Record<SliceName, readonly SubsetReport[]>> {
  const report = (slice: SliceName) => {
    const counts = new Map<string, number>();
    for (const values of sliced) counts.set(values[slice], (counts.get(values[slice]) ?? 0) + 1);
    return orderValues(slice, counts).map((value) =>
      reportSubset(
        value,
        listWhere(sliced, (values) => values[slice] === value),
        systems,
      ),
    );
  };
  return Object.fromEntries(SLICES.map((slice) => [slice, report(slice)])) as unknown as Readonly<
    Record<SliceName, readonly SubsetReport[]>
  >;
}

function reportSubset(name: string, indices: readonly number[], systems: Systems): SubsetReport {
  const score = (system: SystemName) => scoreSubset(systems.get(system)!, indices);
  return {
    name,
    items: indices.length,
    student: score("student"),
    base: systems.has("base") ? score("base") : null,
    nearest: score("nearest"),
  };
}
