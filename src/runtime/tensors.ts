/** Arrays in, arrays out: a session over onnxruntime-node or onnxruntime-web, whichever the caller has. Imports neither. */
import type { InferenceSession, Tensor } from "onnxruntime-node";
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
  /** Whether the machine has become busier or idler, so that a session opened now would be a faster one with the same results. */
  isOutdated?(): boolean;
}

/** Compiles an ONNX model (bytes), hands the session to `use` and releases it afterwards, whatever happens. */
export type OpenSession = <T>(model: Uint8Array, use: (session: Session) => Promise<T>) => Promise<T>;

/** What onnxruntime-node and onnxruntime-web have in common, as far as it is used here. */
export interface Runtime {
  readonly Tensor: new (
    type: "float32" | "int64",
    data: Float32Array | BigInt64Array,
    dims: readonly number[],
  ) => Tensor;
  /** Whether `run` writes into the arrays of the tensors it is given for its outputs; else they are copied there. */
  readonly fillsOutputs: boolean;
  readonly isOutdated?: () => boolean;
}

/** A compiled model as a session of arrays. */
export function sessionOver(native: InferenceSession, { Tensor, fillsOutputs, isOutdated }: Runtime): Session {
  const toTensor = ({ data, shape }: HostTensor) =>
    new Tensor(data instanceof Float32Array ? "float32" : "int64", data, shape);
  return {
    inputNames: native.inputNames,
    outputNames: native.outputNames,
    isOutdated,
    async run(feeds, into = {}) {
      const inputs: Record<string, Tensor> = {};
      for (const name of native.inputNames) {
        invariant(feeds[name], `graph input ${name} is not fed`);
        inputs[name] = toTensor(feeds[name]);
      }
      const fetches: Record<string, Tensor | null> = {};
      for (const name of native.outputNames) fetches[name] = fillsOutputs && into[name] ? toTensor(into[name]) : null;
      const results = await native.run(inputs, fetches);
      const outputs: Record<string, HostTensor> = {};
      for (const name of native.outputNames) {
        const target = into[name];
        outputs[name] = target ?? fromTensor(results[name]);
        if (target && !fillsOutputs) copyInto(target, fromTensor(results[name]));
      }
      return outputs;
    },
  };
}

function fromTensor(tensor: Tensor): HostTensor {
  const { data } = tensor;
  invariant(
    data instanceof Float32Array || data instanceof BigInt64Array,
    `output of type ${tensor.type} is not supported`,
  );
  return { data, shape: tensor.dims };
}

function copyInto(target: HostTensor, { data }: HostTensor): void {
  if (target.data instanceof Float32Array && data instanceof Float32Array) target.data.set(data);
  else if (target.data instanceof BigInt64Array && data instanceof BigInt64Array) target.data.set(data);
  else invariant(false, "an output and the array for it are of two types");
}
