/** The trainer's own forward pass over single texts: the float32 truth that exported files are compared with. */
import { setImmediate as yieldToEvents } from "node:timers/promises";
import {
  adapterTensors,
  baseTensors,
  buildLlamaGraph,
  type LlamaConfig,
  type LoraStrength,
  loraScale,
  type Weights,
} from "../model/index.ts";
import { type HostTensor, withSession } from "../runtime/index.ts";
import { rowFeeds } from "./pack.ts";

/** A text whose tokens from `completionStart` on are asked for. */
export interface AskedText {
  readonly ids: readonly number[];
  readonly completionStart: number;
}

/** Logits before each token of `text` from its completionStart on, by the base, or by the base with its adapter laid over it.  [N][V] */
export type Forward = (text: AskedText) => Promise<Float32Array[]>;

/** Opens the forward pass for texts of at most `longest` tokens in float32, hands it to `use` and closes it. */
export async function withForward<T>(
  options: {
    config: LlamaConfig;
    base: Weights;
    adapter?: { strength: LoraStrength; targets: readonly string[]; weights: Weights };
    longest: number;
  },
  use: (forward: Forward) => Promise<T>,
): Promise<T> {
  const { config, base, adapter, longest } = options;
  const shape = adapter && {
    ...{ rank: adapter.strength.rank, targets: adapter.targets },
    scale: loraScale(adapter.strength),
  };
  const graph = buildLlamaGraph({ config, longest, trainable: "none", withLogits: true, adapter: shape });
  const specs = [...baseTensors(config), ...(shape ? adapterTensors(config, shape.targets, shape.rank) : [])];
  const feeds: Record<string, HostTensor> = {};
  for (const { name, shape: sizes } of specs)
    feeds[name] = { data: (base.get(name) ?? adapter!.weights.get(name))!, shape: sizes };
  return withSession(graph.onnx, {}, (session) =>
    use(async ({ ids, completionStart }) => {
      await yieldToEvents();
      const row = [{ id: "asked", ids: Int32Array.from(ids), completionStart }];
      const { logits } = await session.run({ ...feeds, ...rowFeeds([row], ids.length, 1) });
      const [places, width] = logits.shape;
      const data = logits.data as Float32Array; // a float32 output of our own graph
      return Array.from({ length: places }, (_, i) => data.subarray(i * width, (i + 1) * width));
    }),
  );
}
