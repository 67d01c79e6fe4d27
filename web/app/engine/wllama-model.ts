/** llama.cpp in WebAssembly (wllama) as the assistant's model: one sequence that keeps what it was last asked about. */
import { Wllama } from "@wllama/wllama/esm/index.js";
import threadsWasmAddress from "@wllama/wllama/esm/multi-thread/wllama.wasm?url";
import wasmAddress from "@wllama/wllama/esm/single-thread/wllama.wasm?url";
import { type GgufMetadata, readGgufHeader } from "../../../src/formats/codecs.ts";
import {
  type AssistantModel,
  ggufTokenizer,
  type NextToken,
  readHabits,
  readVocabulary,
} from "../../../src/reply/portable.ts";
import {
  createTokenizer,
  ggufTokenizerFiles,
  type TokenizerConfig,
  type TokenizerJson,
} from "../../../src/tokens/portable.ts";
import { type EnginePlan, MEASURED, type Speed } from "./plan.ts";
import { EngineError } from "./protocol.ts";

/** A model that runs in this worker. Whoever opens it closes it. */
export interface RunningModel extends AssistantModel {
  /** Ids as the engine's own tokenizer makes them, for the test that they are ours. */
  engineIds(text: string): Promise<readonly number[]>;
  readonly threads: number;
  /** Null where it takes longer than `mostMs`. */
  measure(mostMs: number | null): Promise<Speed | null>;
  close(): Promise<void>;
}

/** The context that training used at most (paper §3.3.4); longer ones cost memory that a phone has not. */
const CONTEXT_TOKENS = 1024;
/** Prompt tokens of one pass, and so the longest wait before an abort is heard. */
const CHUNK_TOKENS = 32;
/** The header of the largest vocabulary that is known (128,256 tokens, Llama 3) takes 8 MB. */
const HEADER_BYTES = 32_000_000;
/** Candidates among which a given token is looked for. */
const SCORED_AMONG = 256;

/** What stands in every prompt of a model that pocketreply did not export. */
const STAND_IN = { systemPrompt: "Write a short, polite reply to this email.", dateString: "26 Jul 2024" };

/** Loads a GGUF. Throws EngineError "unfit" for a file that is no model that runs here. */
export async function openWllamaModel(file: Blob, path: string, plan: EnginePlan): Promise<RunningModel> {
  const metadata = await readMetadata(file, path);
  const text = (key: string) => {
    const value = metadata.get(key)?.value;
    return typeof value === "string" ? value : null;
  };
  const contextLength = Number(metadata.get(`${text("general.architecture")}.context_length`)?.value ?? CONTEXT_TOKENS);
  const contextTokens = Math.min(CONTEXT_TOKENS, contextLength);
  const tokenizer = openTokenizer(metadata, path);
  const wllama = await startWllama(file, contextTokens, plan);
  const sequence = createSequence(wllama);
  return {
    name: text("general.name") ?? path,
    contextLength,
    contextTokens,
    tokenizer,
    systemPrompt: text("pocketreply.system_prompt") ?? STAND_IN.systemPrompt,
    dateString: text("pocketreply.date_string") ?? STAND_IN.dateString,
    isSteered: metadata.get("pocketreply.steered")?.value === true,
    habits: readHabits(text("pocketreply.habits")),
    threads: wllama.isMultithread() ? plan.threads : 1,
    ...sequence,
    engineIds: async (words) => [...(await wllama.tokenize(words, false))],
    measure: (mostMs) => measure(sequence, tokenizer.encode(MEASURED_TEXT), mostMs),
    close: () => wllama.exit(),
  };
}

async function readMetadata(file: Blob, path: string): Promise<GgufMetadata> {
  const head = new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer());
  const read = (target: Uint8Array, position: number) => {
    const part = head.subarray(position, position + target.length);
    target.set(part);
    return part.length;
  };
  try {
    return readGgufHeader(path, { sizeBytes: file.size, read }).metadata;
  } catch (error) {
    throw new EngineError({ kind: "unfit", message: (error as Error).message });
  }
}

/** The tokenizer that training used, over the vocabulary of the file: no round trip to the engine, and no second begin token. */
function openTokenizer(metadata: GgufMetadata, path: string) {
  try {
    const files = ggufTokenizerFiles(path, metadata);
    const { encode } = createTokenizer({
      json: files["tokenizer.json"] as unknown as TokenizerJson, // made above, in the form of the file
      config: files["tokenizer_config.json"] as TokenizerConfig,
      path,
    });
    return ggufTokenizer(readVocabulary(path, metadata), { encode });
  } catch (error) {
    throw new EngineError({ kind: "unfit", message: (error as Error).message });
  }
}

async function startWllama(file: Blob, contextTokens: number, { threads }: EnginePlan): Promise<Wllama> {
  const said: string[] = [];
  const hear = (...parts: unknown[]) => {
    if (said.length < 20) said.push(parts.join(" "));
  };
  const logger = { debug() {}, log() {}, warn: hear, error: hear };
  const at = (address: string) => new URL(address, self.location.href).href;
  const wllama = new Wllama(
    { "single-thread/wllama.wasm": at(wasmAddress), "multi-thread/wllama.wasm": at(threadsWasmAddress) },
    { logger, suppressNativeLog: false },
  );
  try {
    await wllama.loadModel([file], { n_ctx: contextTokens, n_batch: CHUNK_TOKENS, n_threads: threads });
    return wllama;
  } catch (error) {
    await wllama.exit().catch(() => {});
    throw new EngineError({ kind: "unfit", message: [(error as Error).message, ...said.slice(-3)].join("; ") });
  }
}

/** `next` and `score` over the one sequence of `wllama`, which from now on is used through them alone. */
function createSequence(wllama: Wllama): Pick<AssistantModel, "next" | "score"> {
  let held: number[] = [];
  let last: Promise<unknown> = Promise.resolve();

  /** Brings the cache to hold `ids`, so that the logits are those behind the last of them. */
  async function evaluate(ids: readonly number[], signal: AbortSignal | undefined): Promise<void> {
    const kept = Math.min(commonStart(held, ids), ids.length - 1);
    if (kept < held.length) {
      if (kept === 0) await wllama.kvClear();
      else await wllama.kvRemove(kept, -1);
      held = held.slice(0, kept);
    }
    while (held.length < ids.length) {
      signal?.throwIfAborted();
      const chunk = ids.slice(held.length, held.length + CHUNK_TOKENS);
      await wllama.decode(chunk, { skipLogits: held.length + chunk.length < ids.length });
      held.push(...chunk);
    }
  }

  async function likeliest(count: number): Promise<NextToken[]> {
    const found = await wllama.getLogits(count);
    return found.map(({ token, p }) => ({ id: token, logProb: Math.log(p) }));
  }

  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = last.then(task).catch((error: unknown) => {
      if (!(error instanceof DOMException)) throw crashed(error);
      throw error;
    });
    last = turn.catch(() => {});
    return turn;
  }

  return {
    next: (ids, { count, signal }) =>
      inTurn(async () => {
        await evaluate(ids, signal);
        return likeliest(count);
      }),
    score: (ids, { start, signal }) =>
      inTurn(async () => {
        const logProbs: number[] = [];
        for (let place = start; place < ids.length; place++) {
          await evaluate(ids.slice(0, place), signal);
          const likely = await likeliest(SCORED_AMONG);
          const found = likely.find(({ id }) => id === ids[place]);
          logProbs.push(found?.logProb ?? likely[likely.length - 1].logProb - 1);
        }
        return logProbs;
      }),
  };
}

function crashed(error: unknown): EngineError {
  return new EngineError({ kind: "crashed", message: error instanceof Error ? error.message : String(error) });
}

function commonStart(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

const MEASURED_TEXT =
  "Hi Sam, could we move the review from Thursday at 10:30 to Friday at 14:00? Please bring the figures for March. If Friday does not work, tell me which day would be better. Best, Dana";

/** How fast a prompt is read and a reply written, by doing both once. */
async function measure(
  model: Pick<AssistantModel, "next" | "score">,
  prompt: readonly number[],
  mostMs: number | null,
): Promise<Speed | null> {
  const { promptTokens, replyTokens } = MEASURED;
  const ids = Array.from({ length: promptTokens }, (_, i) => prompt[i % prompt.length]);
  ids[0]++; // begins otherwise than what the cache holds
  const late = new AbortController();
  const timer = mostMs === null ? undefined : setTimeout(() => late.abort(), mostMs);
  try {
    const startMs = performance.now();
    let [next] = await model.next(ids, { count: 1, signal: late.signal });
    const readMs = performance.now();
    for (let i = 0; i < replyTokens; i++) {
      ids.push(next.id);
      [next] = await model.next(ids, { count: 1, signal: late.signal });
    }
    const wroteMs = performance.now();
    return {
      promptPerSecond: (1000 * promptTokens) / (readMs - startMs),
      replyPerSecond: (1000 * replyTokens) / (wroteMs - readMs),
    };
  } catch (error) {
    if (late.signal.aborted && error instanceof DOMException) return null;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
