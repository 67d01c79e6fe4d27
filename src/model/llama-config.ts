/** The shape of a Llama or a related architecture, in our own names. */

/** Stretching of low rotary frequencies, "llama3" (transformers modeling_rope_utils). */
export interface Llama3RopeScaling {
  readonly factor: number;
  readonly lowFreqFactor: number;
  readonly highFreqFactor: number;
  readonly originalMaxPositions: number;
}

/** Four fixed numbers of Granite; 1 for the others. */
export interface Scales {
  /** Multiplies the embedding of a token. */
  readonly embedding: number;
  /** Multiplies q · k; null: 1 / √Hd. */
  readonly attention: number | null;
  /** Multiplies what each block adds to the residual stream. */
  readonly residual: number;
  /** Divides the logits. */
  readonly logits: number;
}

/** What the graph needs to know of a model. Letters: D, F, L layers, H, K, Hd, V. */
export interface LlamaConfig {
  /** `model_type` of config.json: a key of `architectures`. */
  readonly modelType: string;
  readonly hiddenSize: number; //        D
  readonly ffnSize: number; //           F
  readonly layers: number; //            L
  readonly heads: number; //             H
  readonly kvHeads: number; //           K
  readonly headSize: number; //          Hd
  readonly vocabularySize: number; //    V
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  readonly ropeScaling: Llama3RopeScaling | null;
  readonly maxPositions: number;
  readonly tiedEmbeddings: boolean;
  /** Projections that add a bias. */
  readonly biases: readonly string[];
  readonly scales: Scales;
  /** Layers whose queries and keys are not rotated. */
  readonly unrotatedLayers: readonly number[];
}
