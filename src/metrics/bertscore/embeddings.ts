/** Vectors of texts, each encoded once while there is room: the newest stay, the text that was not asked for longest goes. */
import { createHash } from "node:crypto";
import type { Encoder } from "./encoder.ts";

/** A text with its tokens; `key` is the SHA-256 of the text. */
export interface EncodedText {
  readonly key: string;
  readonly ids: readonly number[];
  readonly isCut: boolean;
}

/** Vectors by text, within a number of bytes. */
export interface EmbeddingCache {
  /** Tokens of a text, with its key. */
  tokenize(text: string): EncodedText;
  /** Encodes those of `texts` that are not at hand, longest first; `afterRun` is called after each run and may throw to stop. */
  fill(texts: readonly EncodedText[], afterRun: (texts: number) => Promise<void>): Promise<void>;
  /** The vectors of a text that was filled last time.  [T, D] */
  get(text: EncodedText): Float32Array;
  /** How many texts `fill` may be given at once, so that all of them stay. */
  fits(tokens: number): boolean;
  /** Drops all vectors. */
  clear(): void;
  /** Texts encoded so far. */
  readonly encoded: number;
}

/** A cache over `encoder` that holds up to `limitBytes` of vectors, or what is needed at once where that is more. */
export function createEmbeddingCache(encoder: Encoder, limitBytes: number): EmbeddingCache {
  const vectors = new Map<string, Float32Array>(); // in the order of last use
  let bytes = 0;
  let encoded = 0;

  const put = (key: string, values: Float32Array, needed: ReadonlySet<string>) => {
    vectors.set(key, values);
    bytes += values.byteLength;
    for (const [oldest, old] of vectors) {
      if (bytes <= limitBytes || needed.has(oldest)) break; // what is needed now stands behind all else
      vectors.delete(oldest);
      bytes -= old.byteLength;
    }
  };

  return {
    tokenize(text) {
      const { ids, isCut } = encoder.tokenizer.encode(text, encoder.maxTokens);
      return { key: createHash("sha256").update(text).digest("base64"), ids, isCut };
    },
    async fill(texts, afterRun) {
      const missing = new Map<string, EncodedText>();
      const needed = new Set(texts.map(({ key }) => key));
      for (const text of texts) {
        const known = vectors.get(text.key);
        if (known === undefined) missing.set(text.key, text);
        else {
          vectors.delete(text.key); // to the newest end
          vectors.set(text.key, known);
        }
      }
      const byLength = [...missing.values()].sort((a, b) => b.ids.length - a.ids.length);
      for (let start = 0; start < byLength.length; ) {
        const length = byLength[start].ids.length;
        const most = start + encoder.textsPerRun(length);
        let end = start + 1;
        while (end < byLength.length && end < most && byLength[end].ids.length === length) end++;
        const run = byLength.slice(start, end);
        const results = await encoder.embed(run.map(({ ids }) => ids));
        run.forEach(({ key }, i) => {
          put(key, results[i], needed);
        });
        encoded += run.length;
        start = end;
        await afterRun(run.length);
      }
    },
    get: (text) => vectors.get(text.key)!,
    fits: (tokens) => tokens * encoder.width * 4 <= limitBytes,
    clear: () => {
      vectors.clear();
      bytes = 0;
    },
    get encoded() {
      return encoded;
    },
  };
}
