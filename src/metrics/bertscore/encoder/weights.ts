/** The weights of an encoder folder, read layer by layer, so that later layers are never touched. */
import { createHash } from "node:crypto";
import { FormatError, UserError } from "../../../errors.ts";
import { openModelWeights, requireTensors, type TensorReader } from "../../../formats/index.ts";
import type { TensorSpec, Weights } from "../../../model/index.ts";
import type { EncoderConfig } from "./config.ts";
import { checkpointPrefix, embeddingTensors, layerTensors, relativeTensors } from "./names.ts";

/** An open encoder folder. Whoever opens it closes it. */
export interface EncoderWeights {
  /** The tensors of `specs` under their own names, float32; all that is read enters the fingerprint. */
  read(specs: readonly TensorSpec[]): Promise<Weights>;
  /** SHA-256 over name, shape and values of all that was read, in hex. */
  fingerprint(): string;
  close(): Promise<void>;
}

/**
 * Opens the weights of `folder` and checks that everything up to layer `layers` is there in its shape. Names may carry the prefix of a
 * model with a head (`bert.`) and the old names of layer norms (gamma, beta).
 * Throws FormatError that lists all missing tensors and wrong shapes, UserError where the folder holds no safetensors.
 */
export async function openEncoderWeights(
  folder: string,
  config: EncoderConfig,
  layers: number,
): Promise<EncoderWeights> {
  const reader = await openModelWeights(folder).catch((error: Error) => {
    if (error instanceof FormatError || !(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message} A folder with pytorch_model.bin alone is written anew by transformers: AutoModel.from_pretrained(…).save_pretrained(…).`,
    );
  });
  try {
    const nameIn = checkpointNames(reader, config);
    requireTensors(
      reader,
      encoderTensors(config, layers).map(({ name, shape }) => ({ name: nameIn(name), shape })),
    );
    const hash = createHash("sha256");
    return {
      async read(specs) {
        const weights: Weights = new Map();
        for (const { name, shape } of specs) {
          const data = await reader.readFloat32(nameIn(name), shape);
          hash
            .update(`${name} ${shape.join(",")}\n`)
            .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
          weights.set(name, data);
        }
        return weights;
      },
      fingerprint: () => hash.copy().digest("hex"),
      close: () => reader.close(),
    };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** Everything that a run up to layer `layers` reads. */
export function encoderTensors(config: EncoderConfig, layers: number): TensorSpec[] {
  const perLayer = Array.from({ length: layers }, (_, index) => layerTensors(config, index)).flat();
  return [...embeddingTensors(config), ...(layers > 0 ? relativeTensors(config) : []), ...perLayer];
}

/** How this checkpoint spells the names. */
function checkpointNames(reader: TensorReader, config: EncoderConfig): (name: string) => string {
  const prefix = checkpointPrefix(config.family);
  const hasPrefix = reader.entries.has(`${prefix}embeddings.word_embeddings.weight`);
  return (name) => {
    const full = hasPrefix ? prefix + name : name;
    if (reader.entries.has(full)) return full;
    const old = full.replace(/LayerNorm\.weight$/, "LayerNorm.gamma").replace(/LayerNorm\.bias$/, "LayerNorm.beta");
    return reader.entries.has(old) ? old : full;
  };
}
