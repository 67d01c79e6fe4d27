/** What an architecture says of itself where it differs from Llama. A new one is a file like qwen3.ts, and its place in table.ts. */
import type { Graph, Value } from "../../graph/index.ts";
import type { LlamaConfig } from "../llama-config.ts";

/** The traits beyond sizes, read from config.json. */
export type Traits = Partial<Pick<LlamaConfig, "biases" | "scales" | "unrotatedLayers">>;

/** config.json as it stands; each reader checks the fields it takes. */
export type ConfigJson = Readonly<Record<string, unknown>>;

export interface Architecture {
  /** `model_type` of config.json. */
  readonly modelType: string;
  /** `architectures` of config.json. */
  readonly className: string;
  /** `general.architecture` of a GGUF, and how its keys begin. */
  readonly ggufName: string;
  /** Whether a GGUF holds the two members of a rotary pair as neighbours; else as halves of a head, as checkpoints do. */
  readonly ggufPairsNeighbours: boolean;
  /** What transformers takes where config.json says nothing. */
  readonly defaults?: { readonly headSize?: number; readonly tiedEmbeddings?: boolean; readonly ropeTheta?: number };
  /** Throws UserError through `refuse` for a variant that is not supported. */
  readonly readTraits?: (json: ConfigJson, refuse: (what: string) => never) => Traits;
  /** Weights of every layer beyond Llama's; names below `model.layers.N.`. */
  readonly layerTensors?: (
    config: LlamaConfig,
  ) => readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** What happens to queries (count H) and keys (count K) before they are rotated.  [S, count·Hd] → same */
  readonly prepareHeads?: (
    g: Graph,
    x: Value,
    part: { name: "q" | "k"; count: number; config: LlamaConfig; weight: (name: string) => Value },
  ) => Value;
  /** Numbers of a GGUF's metadata beyond Llama's; keys below `ggufName`. Throws UserError through `refuse` for what llama.cpp cannot be told. */
  readonly ggufNumbers?: (config: LlamaConfig, refuse: (what: string) => never) => Readonly<Record<string, number>>;
  /** The way back: fields of config.json from a GGUF's numbers. */
  readonly fromGguf?: (number: (key: string, fallback: number) => number) => ConfigJson;
}
