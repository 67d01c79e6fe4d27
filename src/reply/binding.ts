/**
 * What is used of node-llama-cpp's own binding, where its interface is too slow or gives no way: passes over several sequences, and the
 * probabilities at many positions of one pass. The binding is not part of the package's interface; the package is pinned to one version,
 * and what is used of it is looked for before it is.
 */
import type { LlamaContext, LlamaContextSequence, LlamaModel } from "node-llama-cpp";
import { invariant } from "../errors.ts";
import { DEFAULT_TOP_P, type SamplingOptions, TOP_K } from "./sampling.ts";

/** A context of the binding: add tokens to a batch, decode it, and sample at the positions that were asked for. */
export interface Binding {
  initBatch(size: number): void;
  /** `logits` are places in `tokens`; returns the row of each in the batch, to be sampled from. */
  addToBatch(sequence: number, position: number, tokens: Uint32Array, logits: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(row: number, sampler: Sampler): Promise<number>;
  /**
   * With more: the probability of every token of the vocabulary (id, p, id, p, … from the likeliest down), and that of the token itself. Each
   * costs a sort of the vocabulary; all probabilities cost several times that, on the main thread.
   */
  sampleToken(row: number, sampler: Sampler, probabilities: boolean, confidence: boolean): Promise<Sampled>;
  /** Forgets all that the sequence holds. */
  disposeSequence(sequence: number): void;
  /** Forgets the positions from `start` to `end`, which is not among them; -1 is the end. */
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
}

/** A token, with what was asked for. */
export type Sampled = [token: number, probabilities: number[] | undefined, confidence: number | undefined];

export interface Sampler {
  applyConfig(config: object): void;
  dispose(): void;
}

const OTHER_VERSION =
  "this version of node-llama-cpp is made in another way than the one that pocketreply was written for";

/** The binding of a context, which from then on is used through it alone. */
export function readBinding(context: LlamaContext): Binding {
  const { _ctx: binding } = context as unknown as { _ctx?: Binding };
  const used = [
    "initBatch",
    "addToBatch",
    "decodeBatch",
    "sampleToken",
    "disposeSequence",
    "removeTokenCellsFromSequence",
  ] as const;
  invariant(binding !== undefined && used.every((name) => typeof binding[name] === "function"), OTHER_VERSION);
  return binding;
}

/**
 * The number by which the binding knows a sequence. The package frees a sequence, with all that it holds, when its object is collected; here
 * the object lives as long as the binding.
 */
export function readSequenceId(sequence: LlamaContextSequence): number {
  const binding = readBinding(sequence.context);
  keptAlive.set(binding, [...(keptAlive.get(binding) ?? []), sequence]);
  const { _sequenceId: id } = sequence as unknown as { _sequenceId?: number };
  invariant(typeof id === "number", OTHER_VERSION);
  return id;
}

const keptAlive = new WeakMap<Binding, readonly LlamaContextSequence[]>();

/** A sampler whose next draws leave out the tokens that `forbid` names; the draws before it and the seed stand. */
export interface BanningSampler extends Sampler {
  forbid(tokens: readonly number[]): void;
}

/** Makes samplers as the package's own evaluation does: one a reply, so that its draws depend on its seed alone. */
export function readSamplers(model: LlamaModel): (sampling: SamplingOptions & { topK?: number }) => BanningSampler {
  const { _model: native, _llama: llama } = model as unknown as {
    _model?: unknown;
    _llama?: { _bindings?: { AddonSampler?: new (model: unknown) => Sampler } };
  };
  const AddonSampler = llama?._bindings?.AddonSampler;
  invariant(native !== undefined && AddonSampler !== undefined, OTHER_VERSION);
  return ({ temperature, topP = DEFAULT_TOP_P, topK = TOP_K, seed = 0 }) => {
    const sampler = new AddonSampler(native);
    const config = { temperature, minP: 0, topK, topP, seed };
    sampler.applyConfig(config);
    let forbidden: readonly number[] = [];
    const forbid = (tokens: readonly number[]) => {
      if (tokens.length === forbidden.length && tokens.every((token, i) => token === forbidden[i])) return;
      forbidden = tokens;
      const values = new Float32Array(tokens.length).fill(Number.NEGATIVE_INFINITY);
      sampler.applyConfig({ ...config, tokenBiasKeys: Uint32Array.from(tokens), tokenBiasValues: values });
    };
    return Object.assign(sampler, { forbid });
  };
}

/** ours: places whose logits are held at once: 66 MB with the 128,256 tokens of Llama 3. */
export const PLACES_A_PASS = 128;

/** ours: places that are read at once after a pass: each takes a sort, and Node has four threads for such work. */
export const READERS = 4;

/**
 * Reads `count` places of the last pass, each reader one after the other with a sampler of its own. Ends when nothing reads the logits any more, and then
 * throws what the first reader that failed threw.
 */
export async function readPlaces(count: number, read: (place: number, reader: number) => Promise<void>): Promise<void> {
  const readEvery = async (_: unknown, reader: number) => {
    for (let place = reader; place < count; place += READERS) await read(place, reader);
  };
  const results = await Promise.allSettled(Array.from({ length: READERS }, readEvery));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
