/**
 * The only importer of node-llama-cpp. The library is loaded on first use, so that importing this room
 * costs nothing; it never compiles, downloads or prints.
 */
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { Llama, LlamaContext, LlamaContextOptions, LlamaModel, Token } from "node-llama-cpp";
import { FormatError, invariant, UserError } from "../errors.ts";
import { type GgufMetadata, openGguf } from "../formats/index.ts";
import { type Habits, readHabits } from "./assistant/habits.ts";
import { chooseThreads, probeShare, type ThreadChoice } from "./threads.ts";
import { type GgufTokenizer, ggufTokenizer, readVocabulary } from "./tokenizer.ts";

/** How a model is run. */
export interface DeviceOptions {
  /** Worker threads; default: one for a small model, else up to the cores that are good at arithmetic, fewer while other work has them. */
  readonly threads?: number;
  /** `false` (default): the processor alone, the same text on every run. `"auto"`: a graphics card where there is one. */
  readonly gpu?: false | "auto";
  /** An adapter of `export.formats=adapter-gguf`, laid over the model: the base that it was trained on. */
  readonly adapter?: string;
}

/** A model in memory with what its file says about itself. Whoever opens it closes it. */
export interface OpenModel {
  readonly path: string;
  /** The same for the same files run in the same way: what was found out of how they compute holds again. */
  readonly runKey: string;
  /** `general.name` of the file, or its file name. */
  readonly name: string;
  readonly model: LlamaModel;
  readonly tokenizer: GgufTokenizer;
  /** The longest context the model was trained for. */
  readonly contextLength: number;
  /** `pocketreply.system_prompt` and `pocketreply.date_string`; null where the file has none. */
  readonly systemPrompt: string | null;
  readonly dateString: string | null;
  /** `pocketreply.steered`: trained with steering lines in the prompts. */
  readonly isSteered: boolean;
  /** `pocketreply.habits`: how the owner of a personal file greets and ends. */
  readonly habits?: Habits;
  /** Contexts that are worth running at once: as many as there are cores for a small model, whose passes take one thread; else 1. */
  readonly contexts: number;
  createContext(options: LlamaContextOptions & { contextSize: number }): Promise<LlamaContext>;
  close(): Promise<void>;
}

/** Prompt tokens of one pass, and so the longest wait before an abort is heard. */
export const PROMPT_CHUNK_TOKENS = 512;

/**
 * ours: below this many bytes of weights one thread works alone. Threads wait for each other some hundred times a token by
 * spinning; where each has only microseconds of work, a second one gains little, and on a busy machine costs a thousandfold.
 */
const SMALL_MODEL_BYTES = 64_000_000;

/** Loads a GGUF. Throws FormatError for a file that is none or is cut off, UserError for what llama.cpp refuses. */
export async function openModel(path: string, { threads, gpu = false, adapter }: DeviceOptions): Promise<OpenModel> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw new UserError(`threads must be a whole number from 1 on, not ${threads}.`);
  }
  const gguf = await openGguf(path);
  const metadata = new Map(gguf.metadata);
  await gguf.close();
  if (adapter !== undefined) for (const [key, value] of await readAdapterKeys(adapter, path)) metadata.set(key, value);
  const text = (key: string) => {
    const value = metadata.get(key);
    return value?.type === "string" ? value.value : null;
  };

  checkHeads(path, metadata);
  const vocabulary = readVocabulary(path, metadata);

  const { llama, errors } = await loadLlama(gpu);
  errors.length = 0;
  const model = await llama.loadModel({ modelPath: path }).catch((error: Error) => {
    throw new UserError(`${path} could not be loaded by llama.cpp: ${[...errors, error.message].join("; ")}`);
  });
  const cores = Math.min(llama.cpuMathCores, availableParallelism());
  const contexts = threads === undefined && model.size < SMALL_MODEL_BYTES ? cores : 1;
  const most = threads ?? (contexts > 1 ? 1 : cores);
  const choice = threads === undefined && most > 1 ? chooseThreads(most, probeShare()) : null;
  return {
    path,
    runKey: JSON.stringify([path, model.size, adapter, threads, gpu]),
    name: text("general.name") ?? path.replace(/^.*[\\/]/, ""),
    model,
    tokenizer: ggufTokenizer(vocabulary, {
      encode: (text) => model.tokenize(text, false),
      isEnd: (id) => model.isEogToken(id as Token),
    }),
    contextLength: model.trainContextSize,
    systemPrompt: text("pocketreply.system_prompt"),
    dateString: text("pocketreply.date_string"),
    isSteered: metadata.get("pocketreply.steered")?.value === true,
    habits: readHabits(text("pocketreply.habits")),
    contexts,
    createContext: (options) => {
      errors.length = 0;
      return model
        .createContext({
          threads: most,
          batchSize: PROMPT_CHUNK_TOKENS,
          // On the processor flash attention splits sums by thread from 512 tokens on, but not for several sequences:
          // the text would depend on both numbers.
          flashAttention: gpu === false ? false : "auto",
          ...(adapter === undefined ? {} : { lora: { adapters: [{ filePath: adapter }] } }),
          ...options,
        })
        .then(sampleAfterReordering)
        .then((context) => (choice === null ? context : withThreads(context, choice)))
        .catch((error: Error) => {
          const why = [...errors, error.message].join("; ");
          throw new UserError(
            `No context of ${options.contextSize} tokens for ${path}: ${why}. Ask for fewer context tokens, or fewer sequences.`,
          );
        });
    },
    close: () => model.dispose(),
  };
}

/**
 * Has one sequence of a context sample first after each pass, and the others only then. node-llama-cpp samples all sequences of a pass at once, on
 * several threads; the first to ask llama.cpp for its logits reorders the rows of all (`output_reorder`) while the others may be reading them: now and
 * then one takes another sequence's token. Once reordered they stay as they are. The binding's context is not part of the package's interface, so
 * it is looked at before it is touched.
 */
function sampleAfterReordering(context: LlamaContext): LlamaContext {
  type Call = (...args: unknown[]) => Promise<unknown>;
  const binding = (context as unknown as { _ctx?: { sampleToken?: Call; decodeBatch?: Call } })._ctx;
  const [sample, decode] = [binding?.sampleToken, binding?.decodeBatch];
  invariant(
    binding !== undefined && typeof sample === "function" && typeof decode === "function",
    "this version of node-llama-cpp samples in another way; sequences of one context would disturb each other",
  );
  let first: Promise<unknown> | null = null;
  const decodeBatch = (...args: unknown[]) => {
    first = null;
    return decode.apply(binding, args);
  };
  const sampleToken = (...args: unknown[]) => {
    if (first !== null) return first.then(() => sample.apply(binding, args));
    const call = sample.apply(binding, args);
    first = call.catch(() => {});
    return call;
  };
  Object.defineProperties(binding, {
    decodeBatch: { value: decodeBatch, configurable: true },
    sampleToken: { value: sampleToken },
  });
  return context;
}

/** Has each pass of a context take as many threads as `choice` says, and tells it what the pass took. */
function withThreads(context: LlamaContext, choice: ThreadChoice): LlamaContext {
  const binding = (
    context as unknown as { _ctx?: { setThreads?: (threads: number) => void; decodeBatch?: () => Promise<void> } }
  )._ctx;
  const decode = binding?.decodeBatch;
  invariant(
    binding !== undefined && typeof binding.setThreads === "function" && typeof decode === "function",
    "this version of node-llama-cpp takes its threads in another way",
  );
  const decodeBatch = async () => {
    binding.setThreads!(choice.threads);
    const [start, before] = [performance.now(), process.cpuUsage()];
    await decode.call(binding);
    const { user, system } = process.cpuUsage(before);
    choice.took(performance.now() - start, (user + system) / 1000);
  };
  Object.defineProperty(binding, "decodeBatch", { value: decodeBatch });
  return context;
}

/** What an adapter says of its prompts and of itself. Throws UserError where the file is none, or was trained on another base. */
async function readAdapterKeys(adapter: string, base: string): Promise<GgufMetadata> {
  const { metadata, close } = await openGguf(adapter);
  await close();
  if (metadata.get("general.type")?.value !== "adapter")
    throw new UserError(`${adapter} is no adapter. Make one with export.formats=[adapter-gguf].`);
  const { size } = await stat(base);
  const trainedOn = metadata.get("pocketreply.base_bytes")?.value;
  if (trainedOn !== undefined && trainedOn !== `${size}`)
    throw new UserError(
      `${adapter} was trained on another base than ${base}: on a file of ${trainedOn} bytes, and this one has ${size}. Name that base with --model.`,
    );
  return new Map([...metadata].filter(([key]) => key.startsWith("pocketreply.") || key === "general.name"));
}

/** llama.cpp ends the whole process, with no error to catch, where a Llama's number of heads is missing or zero. */
function checkHeads(path: string, metadata: GgufMetadata): void {
  const architecture = metadata.get("general.architecture")?.value;
  const key = `${architecture}.attention.head_count`;
  const heads = metadata.get(key)?.value;
  if (architecture !== "llama" || (typeof heads === "number" && heads > 0)) return;
  const got = heads === undefined ? "nothing" : JSON.stringify(heads);
  throw new FormatError({ path, where: key, expected: "a number from 1 on", got });
}

/** One llama.cpp a process and device: it holds no model, and starting it twice gains nothing. */
const loaded = new Map<false | "auto", Promise<{ llama: Llama; errors: string[] }>>();

function loadLlama(gpu: false | "auto") {
  let promise = loaded.get(gpu);
  if (promise === undefined) {
    promise = startLlama(gpu);
    loaded.set(gpu, promise);
    promise.catch(() => loaded.delete(gpu));
  }
  return promise;
}

async function startLlama(gpu: false | "auto") {
  const errors: string[] = []; // what llama.cpp said since the last call began; part of our message when that call fails
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  const llama = await getLlama({
    gpu,
    build: "never",
    progressLogs: false,
    maxThreads: 0, // no sharing out of threads: a context uses those it was given
    logLevel: LlamaLogLevel.error,
    logger: (_, message) => {
      if (errors.length < 5) errors.push(message.trim());
    },
  }).catch((error: Error) => {
    throw new UserError(
      `llama.cpp could not be started on this machine (${error.message}). Run npm ci again; it fetches the build for this platform.`,
    );
  });
  return { llama, errors };
}
