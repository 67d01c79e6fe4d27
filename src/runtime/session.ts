/** ONNX Runtime sessions: the only place that knows the runtime. Arrays go in and out without copies where the runtime allows it. */
import { availableParallelism } from "node:os";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { invariant } from "../errors.ts";

/** A tensor on the host: data in row-major order. */
export interface HostTensor {
  readonly data: Float32Array | BigInt64Array;
  readonly shape: readonly number[];
}

/** A compiled graph. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the graph. Where `into` has an array for an output, the result is written there; other outputs come back as new arrays.
   * The runtime blocks the thread while it computes, so a caller that shows progress must yield between runs.
   */
  run(
    feeds: Readonly<Record<string, HostTensor>>,
    into?: Readonly<Record<string, HostTensor>>,
  ): Promise<Record<string, HostTensor>>;
}

export interface SessionOptions {
  /** Threads inside one operation; default: all cores. */
  readonly threads?: number;
}

/** Compiles an ONNX model (bytes), hands the session to `use` and releases it afterwards, whatever happens. */
export async function withSession<T>(
  model: Uint8Array,
  options: SessionOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const { threads = availableParallelism() } = options;
  const native = await InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    extra: {
      session: { intra_op: { allow_spinning: "0" } }, // spinning halves the speed as soon as anything else runs
      optimization: { disable_specified_optimizers: "CommonSubexpressionElimination" }, // it would merge what a backward pass computes again
    },
  });
  try {
    return await use(wrap(native));
  } finally {
    await native.release();
  }
}

function wrap(native: InferenceSession): Session {
  return {
    inputNames: native.inputNames,
    outputNames: native.outputNames,
    async run(feeds, into = {}) {
      const inputs: Record<string, Tensor> = {};
      for (const name of native.inputNames) {
        invariant(feeds[name], `graph input ${name} is not fed`);
        inputs[name] = toTensor(feeds[name]);
      }
      const fetches: Record<string, Tensor | null> = {};
      for (const name of native.outputNames) fetches[name] = into[name] ? toTensor(into[name]) : null;
      const results = await native.run(inputs, fetches);
      const outputs: Record<string, HostTensor> = {};
      for (const name of native.outputNames) outputs[name] = into[name] ?? fromTensor(results[name]);
      return outputs;
    },
  };
}

function toTensor({ data, shape }: HostTensor): Tensor {
  return data instanceof Float32Array ? new Tensor("float32", data, shape) : new Tensor("int64", data, shape);
}

function fromTensor(tensor: Tensor): HostTensor {
  const { data } = tensor;
  invariant(
    data instanceof Float32Array || data instanceof BigInt64Array,
    `output of type ${tensor.type} is not supported`,
  );
  return { data, shape: tensor.dims };
}
