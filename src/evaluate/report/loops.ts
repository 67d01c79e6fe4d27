/** Words that a reply says over and over, told once with how often: "new ×110". */

/** ours: the longest run of words that is looked for, and how often it must come to be told so. */
const LONGEST = 16;
const FEWEST_TIMES = 4;

/** `text` with every run of up to 16 words that stands four times or more in a row written once; texts without one are as they were. */
export function tellLoops(text: string): string {
  const parts = text.split(/(\s+)/); // words at even places, what parts them at odd ones
  const words = parts.filter((_, i) => i % 2 === 0);
  const kept: string[] = [];
  for (let i = 0; i < words.length; ) {
    const loop = loopAt(words, i);
    if (loop === null) {
      kept.push(words[i], parts[2 * i + 1] ?? "");
      i++;
      continue;
    }
    const { length, times } = loop;
    kept.push(parts.slice(2 * i, 2 * (i + length) - 1).join(""), ` ×${times}`);
    i += length * times;
    kept.push(parts[2 * i - 1] ?? "");
  }
  return kept.join("");
}

/** The shortest run that repeats from word `from` on. */
function loopAt(words: readonly string[], from: number): { length: number; times: number } | null {
  if (words[from] === "") return null;
  for (let length = 1; length <= LONGEST; length++) {
    let end = from + length;
    while (end < words.length && words[end] === words[end - length]) end++;
    const times = Math.floor((end - from) / length);
    if (times >= FEWEST_TIMES) return { length, times };
  }
  return null;
}
