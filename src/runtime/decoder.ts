/** A text through an ONNX decoder with a cache of keys and values, by onnxruntime-node. Inputs and outputs have the names of transformers.js. */
import { availableParallelism } from "node:os";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { invariant } from "../errors.ts";

/** One text as far as it was read. Whoever opens it closes it. */
export interface Decoder {
  /** Forgets what was read. */
  restart(): void;
  /** Reads on; gives the logits behind each of `ids`.  [ids.length][V] */
  read(ids: readonly number[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

const PAST = "past_key_values.";

/** Opens the model at `path`; its weights lie beside it. */
export async function openDecoder(path: string): Promise<Decoder> {
  const session = await InferenceSession.create(path, {
    executionProviders: ["cpu"],
    intraOpNumThreads: availableParallelism(),
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
  const empty = Object.fromEntries(
    session.inputMetadata.flatMap((input) => {
      if (!input.name.startsWith(PAST)) return [];
      invariant(input.isTensor && input.shape.length === 4, `${path}: ${input.name} is no cache`);
      const [, heads, , headSize] = input.shape.map(Number);
      const data = input.type === "float16" ? new Uint16Array(0) : new Float32Array(0);
      return [[input.name, new Tensor(input.type as "float32", data as Float32Array, [1, heads, 0, headSize])]];
    }),
  );
  let past: Record<string, Tensor> = empty;
  let length = 0;
  return {
    restart() {
      past = empty;
      length = 0;
    },
    async read(ids) {
      await yieldToEvents();
      length += ids.length;
      const results = await session.run({
        ...past,
        input_ids: new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]),
        attention_mask: new Tensor("int64", new BigInt64Array(length).fill(1n), [1, length]),
      });
      past = Object.fromEntries(Object.keys(empty).map((name) => [name, results[name.replace(PAST, "present.")]]));
      const [, rows, width] = results.logits.dims;
      const logits = results.logits.data as Float32Array; // of our own graphs
      return Array.from({ length: rows }, (_, i) => logits.subarray(i * width, (i + 1) * width));
    },
    close: () => session.release(),
  };
}
