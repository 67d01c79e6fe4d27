/** A3: no loops inside a reply. */
import { runs, toWords } from "./words.ts";

const LOOP_WORDS = 4;
const LOOP_TIMES = 3;

/** Four words in a row that stand three times, or a sentence that stands twice. */
export function findRepetition(reply: string, sentences: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const run of runs(toWords(reply), LOOP_WORDS)) counts.set(run, (counts.get(run) ?? 0) + 1);
  const loop = [...counts].find(([, count]) => count >= LOOP_TIMES);
  if (loop) return loop[0];
  const seen = new Set<string>();
  for (const sentence of sentences) {
    const words = toWords(sentence).join(" ");
    if (seen.has(words)) return sentence;
    seen.add(words);
  }
  return undefined;
}
