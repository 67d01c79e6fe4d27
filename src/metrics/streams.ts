/** Reference streams: `references[k][i]` is the k-th reference of segment i, or null where it has fewer. */
import { UserError } from "../errors.ts";

/** Reference streams, each as long as the candidates. A null is a missing reference; "" is an empty one. */
export type ReferenceStreams = readonly (readonly (string | null)[])[];

/**
 * The references of each segment. Throws UserError where there are no segments or streams, lengths differ, or a segment has no
 * reference at all.
 */
export function referencesBySegment(candidates: readonly string[], references: ReferenceStreams): string[][] {
  if (candidates.length === 0) throw new UserError("There is nothing to score: the list of candidates is empty.");
  if (references.length === 0) throw new UserError("There is nothing to compare with: no reference stream was given.");
  references.forEach((stream, k) => {
    if (stream.length !== candidates.length) {
      throw new UserError(
        `${candidates.length} candidates cannot be compared with ${stream.length} references (stream ${k + 1}): every candidate needs its own.`,
      );
    }
  });
  return candidates.map((_, i) => {
    const given = references.map((stream) => stream[i]).filter((reference) => reference !== null);
    if (given.length === 0) throw new UserError(`Segment ${i + 1} has no reference.`);
    return given;
  });
}

/** The `nrefs` of a signature: the number of references of every segment, or "var". */
export function referenceCount(segments: readonly (readonly string[])[]): string {
  const counts = new Set(segments.map(({ length }) => length));
  return counts.size === 1 ? String([...counts][0]) : "var";
}
