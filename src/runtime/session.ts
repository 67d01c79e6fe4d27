/** Sessions of onnxruntime-node on the CPU. */
import { availableParallelism } from "node:os";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { watchOthers } from "./others.ts";
import { type Session, sessionOver } from "./tensors.ts";

export interface SessionOptions {
  /** Threads inside one operation; default: all cores. */
  readonly threads?: number;
  /** The folder of the files in which a model's large constants lie; the runtime maps them. */
  readonly constantsFolder?: string;
}

/** Whether the machine's cores are this process's alone. */
const coresAreIdle = watchOthers();

/** How long a thread waits for the next operation before it sleeps; longer gains nothing on idle cores and costs more on busy ones. */
const spinMicroseconds = "200";

/** After so long a look at the other processes is due: opening a session anew takes seconds. */
const lookAgainMs = 60_000;

/** Compiles an ONNX model (bytes), hands the session to `use` and releases it afterwards, whatever happens. */
export async function withSession<T>(
  model: Uint8Array,
  options: SessionOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const { threads = availableParallelism(), constantsFolder } = options;
  const spins = coresAreIdle();
  let lookedMs = performance.now();
  const isOutdated = () => {
    if (performance.now() - lookedMs < lookAgainMs) return false;
    lookedMs = performance.now();
    return coresAreIdle() !== spins;
  };
  const native = await InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    enableMemPattern: false, // from the second run on it lays all values into one more block, beside those of the first
    extra: {
      session: {
        intra_op: spins ? { allow_spinning: "1", spin_duration_us: spinMicroseconds } : { allow_spinning: "0" },
        use_device_allocator_for_initializers: "1", // the arena doubles as it grows: weights in it would take up to twice their size
        ...(constantsFolder ? { model_external_initializers_file_folder_path: constantsFolder } : {}),
        set_denormal_as_zero: "1", // masked scores become e⁻⁸⁸, and a softmax over such numbers takes seven times as long
      },
      optimization: { disable_specified_optimizers: "CommonSubexpressionElimination" }, // it would merge what a backward pass computes again
    },
  });
  try {
    return await use(sessionOver(native, { Tensor, fillsOutputs: true, isOutdated }));
  } finally {
    await native.release();
  }
}
