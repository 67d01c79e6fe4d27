/**
 * The exact join of near-duplicates against MinHash with LSH (16 bands of 8), at the paper's scale: time, and joins that are missed.
 *
 *   npx tsx bench/near-duplicates.ts runs/mine/emails.jsonl [more.jsonl …]
 *
 * 50,000 texts: the mails of the files, then random words of the same lengths, and for every fourth text a copy of an earlier one
 * with up to 8 % of its words changed, so that all similarities occur.
 */

import { readJsonl } from "../src/formats/index.ts";
import { createDisjointSets } from "../src/mail/disjoint.ts";
import { clusterNearDuplicates } from "../src/mail/duplicates.ts";
import { createNearCopies } from "../src/mail/filter/near-copies.ts";
import type { Email } from "../src/mail/index.ts";
import { jaccard, shingle } from "../src/mail/shingles.ts";
import { createRandom } from "../src/random.ts";

const COUNT = 50_000;
const MIN_JACCARD = 0.7;
const [BANDS, ROWS] = [16, 8];

const random = createRandom("bench/near-duplicates");
const texts = await makeTexts(process.argv.slice(2));
const sets = timed("shingling", () => texts.map(shingle));
const exact = timed("exact prefix join", () => clusterNearDuplicates(sets, MIN_JACCARD));
const hashed = timed("MinHash 16 × 8, verified", () => joinByMinHash(sets));
timed("streaming near-copies, with shingling", () => {
  const copies = createNearCopies<number>({ minJaccard: MIN_JACCARD, minWords: 5 });
  console.log(
    `  ${texts.filter((text, index) => copies.look(index, text) !== null).length} near-copies of a kept text`,
  );
});
const joins = (find: (item: number) => number) => COUNT - new Set(sets.map((_, index) => find(index))).size;
console.log(`joins: exact ${joins(exact.find)}, MinHash ${joins(hashed.find)}`);

async function makeTexts(paths: readonly string[]): Promise<string[]> {
  const real: string[] = [];
  for (const path of paths) for await (const { value } of readJsonl(path)) real.push((value as Email).body);
  if (real.length === 0) throw new Error("Give the emails.jsonl of an import.");
  const vocabulary = [...new Set(real.flatMap((text) => text.split(/\s+/)))];
  const made = real.slice(0, COUNT);
  for (let i = made.length; i < COUNT; i++) {
    const isCopy = i % 4 === 3;
    const rate = isCopy ? random.next() * 0.08 : 1;
    const base = isCopy ? random.pick(made) : real[i % real.length];
    const words = base.split(/\s+/).map((word) => (random.next() < rate ? random.pick(vocabulary) : word));
    made.push(words.join(" "));
  }
  return made;
}

function joinByMinHash(all: readonly Uint32Array[]) {
  const size = BANDS * ROWS;
  const multipliers = Uint32Array.from({ length: size }, () => random.integer(2 ** 31) * 2 + 1);
  const masks = Uint32Array.from({ length: size }, () => random.integer(2 ** 32));
  const clusters = createDisjointSets(all.length);
  const buckets = Array.from({ length: BANDS }, () => new Map<string, number[]>());
  const signature = new Uint32Array(size);
  for (const [index, set] of all.entries()) {
    if (set.length === 0) continue;
    signature.fill(0xffffffff);
    for (const element of set) {
      for (let p = 0; p < size; p++) {
        let hash = Math.imul(element ^ masks[p], multipliers[p]);
        hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
        hash = (hash ^ (hash >>> 13)) >>> 0;
        if (hash < signature[p]) signature[p] = hash;
      }
    }
    const compared = new Set<number>();
    for (let band = 0; band < BANDS; band++) {
      const key = Buffer.from(signature.buffer, band * ROWS * 4, ROWS * 4).toString("latin1");
      const bucket = buckets[band].get(key) ?? [];
      for (const other of bucket) {
        if (compared.has(other)) continue;
        compared.add(other);
        if (jaccard(set, all[other]) >= MIN_JACCARD) clusters.join(index, other);
      }
      bucket.push(index);
      buckets[band].set(key, bucket);
    }
  }
  return clusters;
}

function timed<T>(name: string, work: () => T): T {
  const began = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(began);
  console.log(`${name}: ${((user + system) / 1e6).toFixed(1)} s of CPU time`);
  return result;
}
