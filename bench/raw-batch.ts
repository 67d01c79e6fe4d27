/**
 * The peer of batched generation: what llama-batched-bench of llama.cpp does, over the same library in the same process. node-llama-cpp ships
 * no such program, so its binding's own context is driven directly: all prompts of a round in one batch, then rounds of one token a
 * sequence, nothing sampled, tokens taken at random. That is the most that this build of llama.cpp decodes.
 */
import { getLlama, LlamaLogLevel } from "node-llama-cpp";
import { createRandom } from "../src/random.ts";

/** What a round is: as `-npl sequences -npp promptTokens -ntg replyTokens` of llama-batched-bench. */
export interface RawBatch {
  readonly gguf: string;
  readonly threads: number;
  readonly sequences: number;
  readonly promptTokens: number;
  readonly replyTokens: number;
  /** Whether the likeliest token is taken after each pass, as anything that writes text must. */
  readonly sample: boolean;
  /** Faster, but what it sums depends on threads and company; pocketreply leaves it off so that a reply does not. */
  readonly flashAttention: boolean;
}

/** Seconds of a number of rounds, by the clock and by the processor. */
export interface RawTime {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** The binding's context, which the package keeps to itself. */
interface BindingContext {
  initBatch(size: number): void;
  addToBatch(sequence: number, position: number, tokens: Uint32Array, logits: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(index: number, sampler: unknown): Promise<number>;
  disposeSequence(sequence: number): void;
}

const BATCH_TOKENS = 512;

/** Opens a context and returns a function that runs one round; the first call warms up. */
export async function openRawBatch(options: RawBatch): Promise<{ round(): Promise<RawTime>; close(): Promise<void> }> {
  const { gguf, threads, sequences, promptTokens, replyTokens, sample, flashAttention } = options;
  const llama = await getLlama({
    gpu: false,
    build: "never",
    progressLogs: false,
    maxThreads: 0,
    logLevel: LlamaLogLevel.error,
  });
  const model = await llama.loadModel({ modelPath: gguf });
  const contextSize = promptTokens + replyTokens;
  const context = await model.createContext({
    contextSize,
    flashAttention,
    sequences,
    threads,
    batchSize: BATCH_TOKENS,
  });
  const raw = (context as unknown as { _ctx: BindingContext })._ctx;
  const bindings = (
    llama as unknown as { _bindings: { AddonSampler: new (model: unknown) => { applyConfig(config: object): void } } }
  )._bindings;
  const samplers = Array.from({ length: sequences }, () => {
    const sampler = new bindings.AddonSampler((model as unknown as { _model: unknown })._model);
    sampler.applyConfig({ temperature: 0 });
    return sampler;
  });
  const random = createRandom("raw batch");
  const vocabulary = model.fileInfo.metadata.tokenizer.ggml.tokens.length;
  const draw = (count: number) => Uint32Array.from({ length: count }, () => random.integer(vocabulary));

  async function round(): Promise<RawTime> {
    for (let i = 0; i < sequences; i++) raw.disposeSequence(i);
    const prompts = Array.from({ length: sequences }, () => draw(promptTokens));
    const [startMs, before] = [performance.now(), process.cpuUsage()];
    for (let i = 0; i < sequences; i++) {
      for (let from = 0; from < promptTokens; from += BATCH_TOKENS) {
        const tokens = prompts[i].subarray(from, from + BATCH_TOKENS);
        raw.initBatch(tokens.length);
        raw.addToBatch(
          i,
          from,
          tokens,
          from + tokens.length === promptTokens ? Uint32Array.of(tokens.length - 1) : new Uint32Array(),
        );
        await raw.decodeBatch();
      }
    }
    let next = draw(sequences);
    for (let t = 0; t < replyTokens; t++) {
      raw.initBatch(sequences);
      const indices = Array.from(
        next,
        (token, i) => raw.addToBatch(i, promptTokens + t, Uint32Array.of(token), Uint32Array.of(0))[0],
      );
      await raw.decodeBatch();
      next = sample
        ? Uint32Array.from(await Promise.all(indices.map((index, i) => raw.sampleToken(index, samplers[i]))))
        : draw(sequences);
    }
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6 };
  }

  return { round, close: () => model.dispose() };
}
