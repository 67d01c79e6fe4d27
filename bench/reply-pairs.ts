/** Pairs of replies for benchmarks of metrics: the same from the same count, on any machine. */
import { writeReply } from "../src/distill/builtin/rules/write.ts";
import { generateSampleMailbox } from "../src/mail/sample/index.ts";
import { createRandom } from "../src/random.ts";

/** References are replies to the sample mailbox; candidates are other drafts with a fifth of their words moved, dropped or changed. One line each. */
export function replyPairs(count: number): { candidates: string[]; references: string[] } {
  const random = createRandom(1);
  const references: string[] = [];
  const candidates: string[] = [];
  for (const { from, subject, body } of generateSampleMailbox({ seed: 7, count })) {
    const mail = `From: ${from.name}\nSubject: ${subject}\n\n${body}`;
    references.push(writeReply(mail, { variant: 0 }).replaceAll("\n", " "));
    const words = writeReply(mail, { variant: 1 }).split(" ");
    for (let changes = Math.ceil(words.length / 5); changes > 0; changes--) {
      const at = random.integer(words.length);
      const action = random.integer(3);
      if (action === 0) words.splice(at, 1);
      else if (action === 1) words.splice(random.integer(words.length), 0, ...words.splice(at, 2));
      else words[at] = random.pick(words);
    }
    candidates.push(words.join(" ").replaceAll("\n", " "));
  }
  return { candidates, references };
}
