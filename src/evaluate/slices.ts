/** Slices: the held-out mails by what they are like, so that a mean does not hide a weakness. */
import { understandEmail } from "../mail/index.ts";
import { nameBucket, SIMILARITY_EDGES, similarityBucket } from "./leakage.ts";

/** The ways in which mails are told apart. */
export const SLICES = ["length", "asks", "intent", "language", "similarity"] as const;
export type SliceName = (typeof SLICES)[number];

/** Where one mail stands in each way. */
export type SliceValues = Readonly<Record<SliceName, string>>;

const LENGTHS = [25, 50, 100, 200] as const; // words; ours: a quarter of business mail each, about
const MOST_ASKS = 3;

/** Reads a mail as rendered for the model. `language` is a code or a name; null where it was not told. */
export function sliceEmail(email: string, known: { containment: number; language: string | null }): SliceValues {
  const { asks, intent } = understandEmail(email);
  return {
    length: nameLength(email.split(/\s+/).filter((word) => word !== "").length),
    asks: asks.length >= MOST_ASKS ? `${MOST_ASKS} or more` : String(asks.length),
    intent: intent.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    language: known.language ?? "not told",
    similarity: nameBucket(similarityBucket(known.containment)),
  };
}

function nameLength(words: number): string {
  const at = LENGTHS.findIndex((most) => words <= most);
  if (at < 0) return `over ${LENGTHS[LENGTHS.length - 1]} words`;
  return `${at === 0 ? 0 : LENGTHS[at - 1] + 1}–${LENGTHS[at]} words`;
}

/** The values of one slice in the order a person expects: numbers upwards, names by how many mails they have. */
export function orderValues(slice: SliceName, counts: ReadonlyMap<string, number>): string[] {
  const values = [...counts.keys()];
  const number = (value: string) => (value.startsWith("over") ? Number.POSITIVE_INFINITY : Number.parseInt(value, 10));
  switch (slice) {
    case "length":
    case "asks":
      return values.sort((a, b) => number(a) - number(b));
    case "similarity":
      return SIMILARITY_EDGES.slice(1)
        .map((_, i) => nameBucket(i))
        .filter((name) => counts.has(name));
    case "intent":
    case "language":
      return values.sort((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1));
    default:
      return slice satisfies never;
  }
}
