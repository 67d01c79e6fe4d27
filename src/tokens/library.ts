/**
 * A tokenizer.json opened with `@huggingface/tokenizers`, checked and with its steps translated (steps.ts), so that it gives the ids of
 * the `tokenizers` reference or is refused. The only importer of that package.
 */
import * as tokenizers from "@huggingface/tokenizers";
import { UserError } from "../errors.ts";
import { createCharsMap } from "./charsmap.ts";
import { normalizerSteps, preTokenizerSteps, type Step } from "./steps.ts";

/** What is used of the package, whose own declarations name their files without an extension, so that the compiler finds none. */
interface Library {
  readonly Normalizer: abstract new (config: object) => LibraryNormalizer;
  readonly SequenceNormalizer: new (config: object) => LibraryNormalizer;
  readonly SequencePreTokenizer: new (
    config: object,
  ) => { pre_tokenize(text: string, options: { section_index: number }): string[] };
  readonly Tokenizer: new (
    json: object,
    config: object,
  ) => {
    normalizer: LibraryNormalizer | null;
    encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  };
}

interface LibraryNormalizer {
  normalize(text: string): string;
}

const { Normalizer, SequenceNormalizer, SequencePreTokenizer, Tokenizer } = tokenizers as unknown as Library;

/** An added token as tokenizer.json writes it: found in a text before the words between are cut. */
export interface AddedTokenJson {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
  readonly normalized?: boolean;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
}

/** The `model` of a tokenizer.json whose type is BPE; merges are pairs, or pairs joined by a space in older files. */
export interface BpeModel {
  readonly type: string;
  readonly vocab: Record<string, number>;
  readonly merges: readonly (string | readonly [string, string])[];
  readonly ignore_merges?: boolean;
}

/** The `model` of a tokenizer.json whose type is WordPiece. */
export interface WordPieceModel {
  readonly type: "WordPiece";
  readonly vocab: Readonly<Record<string, number>>;
  readonly unk_token?: string;
  readonly continuing_subword_prefix?: string;
}

/** The `model` of a tokenizer.json whose type is Unigram. */
export interface UnigramModel {
  readonly type: "Unigram";
  readonly unk_id: number | null;
  readonly vocab: readonly (readonly [string, number])[];
  readonly byte_fallback?: boolean;
}

/** What of a tokenizer.json the ids of a text depend on. */
export interface PipelineJson {
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly model: unknown;
}

/** A function from text to ids, without begin and end; `addedTokens` are found in the text, and no others. Throws UserError, naming `path`, for what is not supported. */
export function openPipeline(
  json: PipelineJson,
  addedTokens: readonly AddedTokenJson[],
  path: string,
): (text: string) => number[] {
  const alone = addedTokens.find(({ single_word }) => single_word);
  if (alone !== undefined)
    throw new UserError(
      `${path}: the added token ${JSON.stringify(alone.content)} is a single_word; that is not supported.`,
    );
  const normalizers = normalizerSteps(json.normalizer, path);
  const preTokenizers = preTokenizerSteps(json.pre_tokenizer, path);
  const known = normalizers.filter(({ type }) => type !== "Precompiled");
  const tokenizer = new Tokenizer(
    {
      normalizer: known.length === 0 ? null : { type: "Sequence", normalizers: known },
      pre_tokenizer: preTokenizers.length === 0 ? null : { type: "Sequence", pretokenizers: preTokenizers },
      model: json.model,
      added_tokens: addedTokens.map((token) => ({
        ...token,
        special: false,
        normalized: token.normalized ?? !token.special,
      })),
      post_processor: null,
      decoder: null,
    },
    {},
  );
  if (known.length < normalizers.length) tokenizer.normalizer = new Steps(normalizers, path);
  return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
}

/** The pre-tokenizer of a tokenizer.json: text cut into words. */
export function openPreTokenizer(json: unknown, path: string): (text: string) => string[] {
  const library = new SequencePreTokenizer({ type: "Sequence", pretokenizers: preTokenizerSteps(json, path) });
  return (text) => library.pre_tokenize(text, { section_index: 0 });
}

/** Throws UserError unless every merge joins two tokens of the vocabulary to a third: the library would drop their text in silence. */
export function checkBpe(model: BpeModel, path: string): void {
  for (const merge of model.merges) {
    const [left, right] = typeof merge === "string" ? merge.split(" ") : merge;
    const missing = [left, right, left + right].find((token) => model.vocab[token] === undefined);
    if (missing !== undefined)
      throw new UserError(`${path}: the vocabulary lacks ${JSON.stringify(missing)}, which a merge makes or needs.`);
  }
}

/** Normalizers one after the other, a compiled character map among them: the library has an approximation of one such map (NFKC), not the map in the file. */
export class Steps extends Normalizer {
  private readonly steps: readonly ((text: string) => string)[];

  constructor(steps: readonly Step[], path: string) {
    super({ type: "Sequence" });
    this.steps = steps.map((step) => {
      if (step.type === "Precompiled") return createCharsMap(String(step.precompiled_charsmap ?? ""), path);
      const library = new SequenceNormalizer({ type: "Sequence", normalizers: [step] });
      return (text) => library.normalize(text);
    });
  }

  override normalize(text: string): string {
    return this.steps.reduce((result, step) => step(result), text);
  }
}
