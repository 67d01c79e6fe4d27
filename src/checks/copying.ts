/** A4: the reply neither parrots the mail nor recites a training reply. */
import { runs, toWords } from "./words.ts";

/** The rule of GPT-3's decontamination (Brown et al. 2020, appendix C): 13 words in a row are no accident. */
const MEMORY_WORDS = 13;

/** The longest run of words that `reply` and `email` share, for a person; "" where they share none. Time: the product of lengths. */
export function longestSharedRun(reply: string, email: string): string {
  const a = toWords(reply);
  const b = toWords(email);
  let best = 0;
  let end = 0;
  let before = new Uint32Array(b.length + 1);
  for (let i = 0; i < a.length; i++) {
    const now = new Uint32Array(b.length + 1);
    for (let j = 0; j < b.length; j++) {
      if (a[i] !== b[j]) continue;
      now[j + 1] = before[j] + 1;
      if (now[j + 1] > best) {
        best = now[j + 1];
        end = i + 1;
      }
    }
    before = now;
  }
  return a.slice(end - best, end).join(" ");
}

/** The runs of 13 words that stand in `replies` and in some training reply: a stream of any length against a set in memory. */
export async function findTrainingRuns(
  replies: Iterable<string>,
  training: AsyncIterable<string> | Iterable<string>,
): Promise<ReadonlySet<string>> {
  const wanted = new Set<string>();
  for (const reply of replies) for (const run of runs(toWords(reply), MEMORY_WORDS)) wanted.add(run);
  const found = new Set<string>();
  for await (const reply of training)
    for (const run of runs(toWords(reply), MEMORY_WORDS)) if (wanted.has(run)) found.add(run);
  return found;
}

/** The first run of 13 words of `training` (`findTrainingRuns`) that is not in the mail itself. */
export function findMemorised(reply: string, email: string, training: ReadonlySet<string>): string | undefined {
  const inMail = new Set(runs(toWords(email), MEMORY_WORDS));
  return runs(toWords(reply), MEMORY_WORDS).find((run) => training.has(run) && !inMail.has(run));
}
