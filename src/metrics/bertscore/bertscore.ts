/**
 * BERTScore (arXiv:1904.09675) as bert_score 0.3.13 computes it: every token of one text looks for its nearest token in the other, by the
 * cosine of their vectors in an encoder. Precision is the mean over the candidate's tokens, recall over the reference's.
 */
import { UserError } from "../../errors.ts";
import { type ReferenceStreams, referencesBySegment } from "../streams.ts";
import { type Baseline, publishedBaseline, readBaseline } from "./baseline.ts";
import { createEmbeddingCache, type EncodedText } from "./embeddings.ts";
import { type Encoder, type EncoderOptions, withEncoder } from "./encoder.ts";
import { type Match, openMatches } from "./matches.ts";
import { DEFAULT_BATCH_SIZE, signatureOf } from "./signature.ts";
import { evenWeights, inverseFrequencyWeights, type TokenWeight, weightedMean } from "./weights.ts";

/** How texts are compared. */
export interface BertScoreSettings {
  /** Rare tokens of the references count more. */
  readonly idf?: boolean;
  /** Rescales so that unrelated texts score about 0: a file of baselines, or bert_score's own for English. */
  readonly baseline?: "published" | { readonly file: string };
  /**
   * bert_score compares this many pairs at once and pads them; where a pair is shorter than another of its batch, a best match below 0
   * counts as 0. Default 64, its own default.
   */
  readonly batchSize?: number;
  /** A folder where the matches of pairs are kept, so that a run that was cut goes on; without it nothing outlives the process. */
  readonly keepIn?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BertScoreProgress) => void;
}

/** Everything that `bertScore` takes. */
export interface BertScoreOptions extends EncoderOptions, BertScoreSettings {
  /** Memory for vectors of texts; default 512 MB. */
  readonly cacheBytes?: number;
}

/** How far the comparison is, in pairs of texts. */
export interface BertScoreProgress {
  readonly done: number;
  readonly total: number;
}

/** Three values between −1 and 1, near 0 to 1 after rescaling. */
export interface BertScoreValues {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Means over the segments, each of its best reference; precision or recall is NaN where a text has no token with weight, as in bert_score. */
export interface BertScore extends BertScoreValues {
  readonly signature: string;
  readonly encoder: string;
  readonly layer: number;
  readonly segments: readonly BertScoreValues[];
  /** Candidates and references without any token: their pairs score 0 before rescaling. */
  readonly emptyCandidates: number;
  readonly emptyReferences: number;
  /** Different texts that were longer than the encoder takes, so that their end was not compared. */
  readonly cutTexts: number;
  readonly maxTokens: number;
  /** Segments whose precision or recall is not a number, because idf gave no token any weight. */
  readonly withoutWeight: number;
}

/** Candidates with their references. */
export interface BertScoreTexts {
  readonly candidates: readonly string[];
  readonly references: ReferenceStreams;
}

/** An open encoder that scores, and keeps the vectors of texts it has seen. */
export interface BertScorer {
  readonly encoder: string;
  readonly layer: number;
  /** Scores lists of texts together: a text that stands in several is encoded once. Throws UserError as `bertScore` does. */
  score(texts: readonly BertScoreTexts[], settings?: BertScoreSettings): Promise<BertScore[]>;
  /** Drops the vectors it keeps. */
  forget(): void;
  /** How many texts it has encoded. */
  readonly encodedTexts: number;
}

const DEFAULT_CACHE_BYTES = 512_000_000;

/**
 * Scores candidates against one or more reference streams. Throws UserError where lengths differ, a segment has no reference, or the encoder
 * is missing, not supported or damaged.
 */
export async function bertScore(
  candidates: readonly string[],
  references: ReferenceStreams,
  options: BertScoreOptions,
): Promise<BertScore> {
  referencesBySegment(candidates, references); // what is wrong with them is said before a model is loaded
  return withBertScorer(options, async (scorer) => (await scorer.score([{ candidates, references }], options))[0]);
}

/** Opens the encoder, hands a scorer to `use` and closes it. */
export async function withBertScorer<T>(
  options: EncoderOptions & { readonly cacheBytes?: number },
  use: (scorer: BertScorer) => Promise<T>,
): Promise<T> {
  const { cacheBytes = DEFAULT_CACHE_BYTES } = options;
  return withEncoder(options, async (encoder) => {
    const cache = createEmbeddingCache(encoder, cacheBytes);
    return use({
      encoder: encoder.name,
      layer: encoder.layer,
      forget: cache.clear,
      get encodedTexts() {
        return cache.encoded;
      },
      async score(lists, settings = {}) {
        const baseline = await chooseBaseline(encoder, settings.baseline);
        const texts = new Map<string, EncodedText>();
        const textOf = (text: string) => {
          const known = texts.get(text) ?? cache.tokenize(text);
          texts.set(text, known);
          return known;
        };
        const comparisons = lists.map((list) => compare(list, textOf, encoder, settings));
        await matchAll({ comparisons, encoder, cache, settings });
        const signature = signatureOf(encoder, settings, baseline, options.fastTokenizer);
        return comparisons.map((comparison) => summarize(comparison, { encoder, baseline, signature }));
      },
    });
  });
}

/** A candidate and one of its references, to be matched. */
interface Pair {
  readonly segment: number;
  readonly candidate: EncodedText;
  readonly reference: EncodedText;
  /** What a best match is lifted to: 0 in a padded row, else nothing. */
  readonly precisionFloor: number;
  readonly recallFloor: number;
}

/** One list of texts on its way to a score. */
interface Comparison {
  readonly pairs: readonly Pair[];
  readonly weightOf: TokenWeight;
  readonly texts: ReadonlySet<EncodedText>;
  readonly candidates: readonly EncodedText[];
  readonly values: BertScoreValues[]; //    of each segment, the best of its references so far
}

/** Pairs of all candidates with all their references, in bert_score's order. */
function compare(
  { candidates, references }: BertScoreTexts,
  textOf: (text: string) => EncodedText,
  encoder: Encoder,
  { idf = false, batchSize = DEFAULT_BATCH_SIZE }: BertScoreSettings,
): Comparison {
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new UserError(`batchSize must be a whole number above 0, not ${batchSize}.`);
  const flat = referencesBySegment(candidates, references).flatMap((group, segment) =>
    group.map((reference) => ({ segment, candidate: textOf(candidates[segment]), reference: textOf(reference) })),
  );
  const longest = (texts: readonly EncodedText[]) => texts.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  const pairs: Pair[] = [];
  for (let start = 0; start < flat.length; start += batchSize) {
    const batch = flat.slice(start, start + batchSize);
    const mostCandidate = longest(batch.map(({ candidate }) => candidate));
    const mostReference = longest(batch.map(({ reference }) => reference));
    for (const pair of batch) {
      const precisionFloor = pair.reference.ids.length < mostReference ? 0 : Number.NEGATIVE_INFINITY;
      const recallFloor = pair.candidate.ids.length < mostCandidate ? 0 : Number.NEGATIVE_INFINITY;
      pairs.push({ ...pair, precisionFloor, recallFloor });
    }
  }
  return {
    pairs,
    weightOf: idf
      ? inverseFrequencyWeights(flat.map(({ reference }) => reference.ids))
      : evenWeights(encoder.tokenizer),
    texts: new Set(flat.flatMap(({ candidate, reference }) => [candidate, reference])),
    candidates: candidates.map(textOf),
    values: [],
  };
}

/** ours: tokens between two saves, so that a kill costs seconds; enough texts that those of one length still fill a run. */
const WINDOW_TOKENS = 65_536;

/** Matches all pairs, window by window: what one window needs of vectors fits the cache, and equal segments of all lists fall in the same. */
async function matchAll(options: {
  comparisons: readonly Comparison[];
  encoder: Encoder;
  cache: ReturnType<typeof createEmbeddingCache>;
  settings: BertScoreSettings;
}): Promise<void> {
  const { comparisons, encoder, cache, settings } = options;
  const { signal, onProgress, keepIn } = settings;
  const all = comparisons.flatMap((comparison) => comparison.pairs.map((pair) => ({ comparison, pair })));
  const pairs = all.map(({ pair }) => pair);
  const store = keepIn === undefined ? null : await openMatches(keepIn, encoder, pairs);
  const jobs = all.filter(({ comparison, pair }) => {
    const known = isEmpty(pair.candidate) || isEmpty(pair.reference) ? null : store?.get(pair);
    if (known !== undefined) keepBest(comparison, pair.segment, scorePair(pair, comparison.weightOf, known));
    return known === undefined;
  });
  jobs.sort((a, b) => a.pair.segment - b.pair.segment); // stable: lists and references keep their order
  let done = all.length - jobs.length;
  onProgress?.({ done, total: all.length });
  for (let start = 0; start < jobs.length; ) {
    const window = new Set<EncodedText>();
    let tokens = 0;
    let end = start;
    for (; end < jobs.length; end++) {
      const fresh = [jobs[end].pair.candidate, jobs[end].pair.reference].filter((text) => !window.has(text));
      const more = fresh.reduce((sum, { ids }) => sum + ids.length, 0);
      if (end > start && (tokens + more > WINDOW_TOKENS || !cache.fits(tokens + more))) break;
      tokens += more;
      for (const text of fresh) window.add(text);
    }
    let encoded = 0;
    const missing = window.size;
    const pairsHere = end - start;
    await cache.fill([...window], async (count) => {
      encoded += count;
      signal?.throwIfAborted();
      // Encoding is nearly all of the work.
      onProgress?.({ done: done + Math.floor((pairsHere * encoded * 0.95) / missing), total: all.length });
    });
    for (const { comparison, pair } of jobs.slice(start, end)) {
      signal?.throwIfAborted();
      const match = await encoder.match(cache.get(pair.candidate), cache.get(pair.reference));
      store?.add(pair, match);
      keepBest(comparison, pair.segment, scorePair(pair, comparison.weightOf, match));
    }
    await store?.save();
    done += pairsHere;
    onProgress?.({ done, total: all.length });
    start = end;
  }
}

/** A text of start and end token alone. */
const isEmpty = ({ ids }: EncodedText) => ids.length === 2;

/** The values of a pair from its match; null where a text is empty, which has none. */
function scorePair(
  { candidate, reference, precisionFloor, recallFloor }: Pair,
  weightOf: TokenWeight,
  best: Match | null,
): BertScoreValues {
  if (best === null) return { precision: 0, recall: 0, f1: 0 };
  const precision = weightedMean(candidate.ids, best.precision, weightOf, precisionFloor);
  const recall = weightedMean(reference.ids, best.recall, weightOf, recallFloor);
  const f1 = (2 * precision * recall) / (precision + recall);
  return { precision, recall, f1: Number.isNaN(f1) ? 0 : f1 };
}

/** Precision, recall and F1 are each the best over the references, on their own. */
function keepBest({ values }: Comparison, segment: number, found: BertScoreValues): void {
  const known = values[segment] ?? found;
  values[segment] = {
    precision: Math.max(known.precision, found.precision), // NaN where one is, as torch's max gives
    recall: Math.max(known.recall, found.recall),
    f1: Math.max(known.f1, found.f1),
  };
}

function summarize(
  comparison: Comparison,
  { encoder, baseline, signature }: { encoder: Encoder; baseline: Baseline | null; signature: string },
): BertScore {
  const [p, r, f] = baseline?.values ?? [0, 0, 0];
  const rescale = (value: number, base: number) => (value - base) / (1 - base);
  const segments = comparison.values.map(({ precision, recall, f1 }) => ({
    precision: rescale(precision, p),
    recall: rescale(recall, r),
    f1: rescale(f1, f),
  }));
  const mean = (key: keyof BertScoreValues) => segments.reduce((sum, values) => sum + values[key], 0) / segments.length;
  return {
    precision: mean("precision"),
    recall: mean("recall"),
    f1: mean("f1"),
    signature,
    encoder: encoder.name,
    layer: encoder.layer,
    segments,
    emptyCandidates: comparison.candidates.filter(isEmpty).length,
    emptyReferences: comparison.pairs.filter(({ reference }) => isEmpty(reference)).length,
    cutTexts: [...comparison.texts].filter(({ isCut }) => isCut).length,
    maxTokens: encoder.maxTokens,
    withoutWeight: segments.filter(({ precision, recall }) => Number.isNaN(precision + recall)).length,
  };
}

async function chooseBaseline(encoder: Encoder, asked: BertScoreSettings["baseline"]): Promise<Baseline | null> {
  if (asked === undefined) return null;
  return asked === "published"
    ? publishedBaseline(encoder.name, encoder.layer)
    : readBaseline(asked.file, encoder.layer);
}
