/** A2: one to three sentences, as the paper asks, and about as many words as a person would write. */
import { toWords } from "./words.ts";

/** The paper, §A.1: "Keep the response between 1 to 3 sentences." Greeting and sign-off are not counted. */
const MAX_SENTENCES = 3;

/** ours: a reply of a third of the shortest or three times the longest reference says too little or too much. */
const SHORTEST_SHARE = 1 / 3;
const LONGEST_SHARE = 3;

/** The sentences beyond the third. */
export function findExtraSentences(sentences: readonly string[]): string | undefined {
  return sentences.length > MAX_SENTENCES ? sentences.slice(MAX_SENTENCES).join(" ") : undefined;
}

/** Says so where the reply is far shorter than the shortest reference or far longer than the longest; words are counted. */
export function findOddLength(reply: string, references: readonly string[]): string | undefined {
  if (references.length === 0) return undefined;
  const words = toWords(reply).length;
  const counts = references.map((reference) => toWords(reference).length);
  const least = Math.floor(Math.min(...counts) * SHORTEST_SHARE);
  const most = Math.ceil(Math.max(...counts) * LONGEST_SHARE);
  return words < least || words > most ? `${words} words; ${least} to ${most} would do: ${reply}` : undefined;
}
