/**
 * Completion while typing, measured as Smart Compose does (Chen et al. 2019, arXiv:1906.00080 §4): the accepted replies of a run's held-out mails are
 * typed word by word. Coverage: places where something is offered. ExactMatch@N: of the offers of N words or more, those whose first N are the next N
 * of the reply. Latency: of every call that asks the model, the first of a mail included.
 *
 *   npx tsx bench/complete.ts [--run runs/quickstart] [--model MODEL.gguf] [--mails N] [--confidence 0.3,0.5,0.7] [--threads 1]
 */
import { parseArgs } from "node:util";
import { openAssistant, toAssistantMail } from "../src/reply/index.ts";
import { readHeldOut } from "./held-out.ts";

const { values } = parseArgs({
  options: {
    run: { type: "string", default: "runs/quickstart" },
    model: { type: "string" },
    mails: { type: "string", default: "60" },
    confidence: { type: "string", default: "0.3,0.5,0.7" },
    threads: { type: "string", default: "1" },
  },
});
const { gguf, held } = await readHeldOut(values.run, values.model);
const rows = held.slice(0, Number(values.mails));
const assistant = await openAssistant(gguf, { threads: Number(values.threads), mostContextTokens: 1024 });
const MOST_WORDS = 15;

/** The words of a reply with the blanks before them. */
const wordsOf = (text: string) => text.match(/\s*\S+/g) ?? [];
const plain = (words: readonly string[]) => words.map((word) => word.trim());

async function measure(confidence: number): Promise<void> {
  const ms: number[] = [];
  const offered = Array.from({ length: MOST_WORDS + 1 }, () => 0);
  const right = Array.from({ length: MOST_WORDS + 1 }, () => 0);
  let places = 0;
  let savedLetters = 0;
  let letters = 0;
  for (const { email, reply } of rows) {
    const mail = toAssistantMail(email);
    const words = wordsOf(reply);
    letters += reply.length;
    let freeAt = 0; // words that an offer that was taken has typed
    for (let at = 1; at < words.length; at++) {
      const typed = `${words.slice(0, at).join("")} `;
      const startMs = performance.now();
      const found = await assistant.complete(mail, typed, { confidence });
      ms.push(performance.now() - startMs);
      places++;
      const offer = plain(wordsOf(found?.text ?? ""));
      const next = plain(words.slice(at));
      let same = 0;
      while (same < offer.length && offer[same] === next[same]) same++;
      for (let n = 1; n <= Math.min(offer.length, MOST_WORDS); n++) {
        offered[n]++;
        if (same >= n) right[n]++;
      }
      if (offer.length > 0 && same === offer.length && at >= freeAt) {
        savedLetters += found!.text.trim().length;
        freeAt = at + offer.length;
      }
    }
  }
  ms.sort((a, b) => a - b);
  const percent = (a: number, b: number) => (b === 0 ? "n/a" : `${Math.round((100 * a) / b)} %`);
  console.log(
    `confidence ${confidence}: coverage ${percent(offered[1], places)} of ${places} places, p50 ${ms[ms.length >> 1].toFixed(1)} ms, ` +
      `p90 ${ms[Math.floor(0.9 * ms.length)].toFixed(1)} ms; whole offers that were right would type ${percent(savedLetters, letters)} of the letters`,
  );
  console.log(
    `  ExactMatch@N (offers): ${offered
      .map((count, n) => `${n}: ${percent(right[n], count)} (${count})`)
      .slice(1)
      .join(", ")}`,
  );
}

console.log(`${gguf}, ${rows.length} held-out mails, ${values.threads} thread(s)`);
for (const confidence of values.confidence.split(",")) await measure(Number(confidence));
await assistant.close();
