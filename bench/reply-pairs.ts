/** Pairs of replies for benchmarks of metrics: the same from the same count, on any machine. */
import { writeReply } from "../src/builtin/rules/write.ts";
import { readJsonl } from "../src/formats/index.ts";
import type { Email } from "../src/mail/index.ts";
import { createRandom, type Random } from "../src/random.ts";
import { generateSampleMailbox } from "../src/sample/index.ts";

/** Texts that belong together by their place. */
export interface ReplyPairs {
  readonly candidates: string[];
  readonly references: string[];
}

/** References are replies to the sample mailbox; candidates are other drafts with a fifth of their words moved, dropped or changed. One line each. */
export function replyPairs(count: number): ReplyPairs {
  const random = createRandom(1);
  const references: string[] = [];
  const candidates: string[] = [];
  for (const { from, subject, body } of generateSampleMailbox({ seed: 7, count })) {
    const mail = `From: ${from.name}\nSubject: ${subject}\n\n${body}`;
    references.push(writeReply(mail, { variant: 0 }).replaceAll("\n", " "));
    candidates.push(changeWords(writeReply(mail, { variant: 1 }).split(" "), random).replaceAll("\n", " "));
  }
  return { candidates, references };
}

/**
 * References are passages of 40 to 60 words of the mails in `emails.jsonl` files, each once; every other candidate is its reference with a
 * fifth of the words moved, dropped or changed, the others are the passage after it. Throws where the mails hold too few.
 */
export async function mailPairs(paths: readonly string[], count: number): Promise<ReplyPairs> {
  const random = createRandom(1);
  const passages = new Set<string>();
  for (const path of paths)
    for await (const { value } of readJsonl(path)) {
      const words = (value as Email).body.split(/\s+/); // written by import
      for (let at = 0; at + 60 <= words.length; ) {
        const length = 40 + random.integer(21);
        passages.add(words.slice(at, at + length).join(" "));
        at += length;
      }
    }
  const all = [...passages];
  if (all.length < count) throw new Error(`The mails hold ${all.length} passages, not ${count}.`);
  const references = all.slice(0, count);
  const candidates = references.map((reference, i) =>
    i % 2 === 0 ? changeWords(reference.split(" "), random) : `${all[(i + 1) % all.length]} ${i}`,
  );
  return { candidates, references };
}

/** A fifth of the words moved, dropped or changed. */
function changeWords(words: string[], random: Random): string {
  for (let changes = Math.ceil(words.length / 5); changes > 0; changes--) {
    const at = random.integer(words.length);
    const action = random.integer(3);
    if (action === 0) words.splice(at, 1);
    else if (action === 1) words.splice(random.integer(words.length), 0, ...words.splice(at, 2));
    else words[at] = random.pick(words);
  }
  return words.join(" ");
}
