/** Which mails train the model, choose its checkpoint, and test it, so that nothing alike stands on two sides. */
import { hashString } from "../random.ts";
import { createDisjointSets } from "./disjoint.ts";
import { clusterNearDuplicates } from "./duplicates.ts";
import { shingle } from "./shingles.ts";

/** What the split needs of a mail. */
export interface SplitRow {
  readonly id: string;
  readonly threadId: string;
  readonly text: string;
}

export type SplitSide = "train" | "validation" | "test";

/**
 * A side for every row. A group is all that hangs together by thread or by near-duplicate text (true Jaccard similarity of
 * five-word runs at or above `nearDuplicateJaccard`); it goes whole to one side, by a hash of its smallest thread id and the
 * seed, so it keeps its side when other mails are added. `testFraction` is of all, `validationFraction` of the rest. Test and
 * validation get at least one group each where there are three groups or more (and the fraction is not 0).
 */
export function splitGroups(
  rows: readonly SplitRow[],
  options: { testFraction: number; validationFraction: number; nearDuplicateJaccard: number; seed: number },
): Map<string, SplitSide> {
  const { testFraction, validationFraction, nearDuplicateJaccard, seed } = options;
  const names = groupNames(rows, nearDuplicateJaccard);
  const places = new Map<string, number>(); // of each group, in [0, 1)
  for (const name of names) places.set(name, hashString(`${seed}/${name}`) / 2 ** 32);
  const ordered = [...places].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)).map(([name]) => name);

  const validationEnd = testFraction + (1 - testFraction) * validationFraction;
  const sides = new Map<string, SplitSide>();
  for (const [name, place] of places)
    sides.set(name, place < testFraction ? "test" : place < validationEnd ? "validation" : "train");
  if (ordered.length >= 3) {
    const has = (side: SplitSide) => [...sides.values()].includes(side);
    if (testFraction > 0 && !has("test")) sides.set(ordered[0], "test");
    if (validationFraction > 0 && !has("validation"))
      sides.set(ordered.find((name) => sides.get(name) !== "test")!, "validation");
  }
  return new Map(rows.map(({ id }, i) => [id, sides.get(names[i])!]));
}

/** The name of each row's group: the smallest thread id in it. */
function groupNames(rows: readonly SplitRow[], minJaccard: number): string[] {
  const alike = clusterNearDuplicates(
    rows.map(({ text }) => shingle(text)),
    minJaccard,
  );
  const groups = createDisjointSets(rows.length);
  const threads = new Map<string, number>();
  for (const [i, { threadId }] of rows.entries()) {
    groups.join(i, alike.find(i));
    groups.join(i, threads.get(threadId) ?? i);
    threads.set(threadId, i);
  }
  const smallest = new Map<number, string>();
  for (const [i, { threadId }] of rows.entries()) {
    const known = smallest.get(groups.find(i));
    if (known === undefined || threadId < known) smallest.set(groups.find(i), threadId);
  }
  return rows.map((_, i) => smallest.get(groups.find(i))!);
}
