/** The weights to export: a base with an adapter merged in, or a fully trained model, read one tensor at a time. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FormatError, invariant, UserError } from "../errors.ts";
import { findInfinite, openSafetensors, requireTensors, type TensorReader } from "../formats/index.ts";
import { baseTensors, type LlamaConfig, openBaseWeights, parameterCount, type TensorSpec } from "../model/index.ts";
import { type Adapter, type LoraPair, openAdapter } from "./adapter.ts";

/** The weights of the model that is exported. Whoever opens them closes them. */
export interface ExportWeights {
  /** Every tensor, in checkpoint order. */
  readonly tensors: readonly TensorSpec[];
  /** The adapter that `read` merges; null for a base as it is and for a fully trained model. */
  readonly adapter: Adapter | null;
  /** The type of a tensor in the base: F32, F16 or BF16; of a GGUF also Q4_1 and so on. */
  baseDtype(name: string): string;
  /** The final values, float32. Throws FormatError where one is not finite. */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Opens base and checkpoint (null: the base as it is) and checks names and shapes of all tensors before anything is read. */
export async function openExportWeights(options: {
  base: string;
  checkpoint: string | null;
  config: LlamaConfig;
}): Promise<ExportWeights> {
  const { base, checkpoint, config } = options;
  const tensors = baseTensors(config);
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const reader of opened) await reader.close();
  };
  try {
    const baseReader = keep(opened, await openBaseWeights(base, config));
    requireTensors(baseReader, tensors);
    let reader = baseReader;
    let adapter: Adapter | null = null;
    if (checkpoint !== null) {
      if (existsSync(join(checkpoint, "adapter_model.safetensors"))) {
        adapter = keep(opened, await openAdapter(checkpoint));
        requireFit(adapter, baseReader, checkpoint);
      } else if (existsSync(join(checkpoint, "model.safetensors"))) {
        reader = keep(opened, await openSafetensors(join(checkpoint, "model.safetensors")));
        requireTensors(reader, tensors);
      } else {
        throw new UserError(
          `The checkpoint ${checkpoint} holds neither adapter_model.safetensors nor model.safetensors. Train again, or name another checkpoint.`,
        );
      }
    }
    return {
      tensors,
      adapter,
      baseDtype: (name) => baseReader.entries.get(name)!.dtype,
      read: (name) => readMerged(reader, adapter, name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Models whose float32 weights take more are read anew for each format: bytes. */
const MOST_REMEMBERED_BYTES = 1_000_000_000;

/** The same weights, each merged once and remembered in `merged`, for several formats one after the other; large models are read anew. */
export function rememberWeights(weights: ExportWeights, merged: Map<string, Float32Array>): ExportWeights {
  if (4 * parameterCount(weights.tensors) > MOST_REMEMBERED_BYTES) return weights;
  const read = async (name: string) => {
    const values = merged.get(name) ?? (await weights.read(name));
    merged.set(name, values);
    return values.slice(); // readers may work in place
  };
  return { ...weights, read };
}

/**
 * Adds scale·B·A to `weight` [out, in] in place (LoRA, arXiv:2106.09685 §4.1). Each sum runs in float64 and is rounded to
 * float32 once; where the sum is 0 the weight keeps its bits.
 */
export function mergeAdapter(
  weight: Float32Array,
  { a, b }: LoraPair,
  { rank, scale }: { rank: number; scale: number },
): void {
  const inSize = a.length / rank;
  const outSize = b.length / rank;
  invariant(
    weight.length === outSize * inSize,
    `a weight of ${weight.length} values meets B·A of ${outSize} × ${inSize}`,
  );
  const paddedRank = Math.ceil(rank / 4) * 4; // zeros where the rank is no multiple of four
  const wideA = new Float64Array(paddedRank * inSize);
  wideA.set(a);
  const factors = [new Float64Array(paddedRank), new Float64Array(paddedRank)];
  const deltas = [new Float64Array(inSize), new Float64Array(inSize)];
  for (let row = 0; row < outSize; row += 2) {
    const rows = Math.min(2, outSize - row);
    for (let k = 0; k < rows; k++) {
      for (let r = 0; r < rank; r++) factors[k][r] = scale * b[(row + k) * rank + r];
    }
    for (let r = 0; r < paddedRank; r += 4) addFourRanks(deltas, wideA, factors, r);
    for (let k = 0; k < rows; k++) addAndClear(weight.subarray((row + k) * inSize, (row + k + 1) * inSize), deltas[k]);
  }
}

/** deltas += factors[r…r+3] · A[r…r+3, :] for two rows at once: every value of A is loaded for two products, every delta for four. */
function addFourRanks(deltas: Float64Array[], a: Float64Array, factors: Float64Array[], r: number): void {
  const [delta0, delta1] = deltas;
  const size = delta0.length;
  const [at0, at1, at2, at3] = [r * size, (r + 1) * size, (r + 2) * size, (r + 3) * size];
  const [f0, f1, f2, f3] = factors[0].subarray(r, r + 4);
  const [g0, g1, g2, g3] = factors[1].subarray(r, r + 4);
  for (let i = 0; i < size; i++) {
    const a0 = a[at0 + i];
    const a1 = a[at1 + i];
    const a2 = a[at2 + i];
    const a3 = a[at3 + i];
    delta0[i] += f0 * a0 + f1 * a1 + f2 * a2 + f3 * a3;
    delta1[i] += g0 * a0 + g1 * a1 + g2 * a2 + g3 * a3;
  }
}

function addAndClear(weight: Float32Array, delta: Float64Array): void {
  for (let i = 0; i < weight.length; i++) if (delta[i] !== 0) weight[i] += delta[i]; // -0 + 0 would lose its sign
  delta.fill(0);
}

async function readMerged(reader: TensorReader, adapter: Adapter | null, name: string): Promise<Float32Array> {
  const values = await reader.readFloat32(name);
  const module = name.replace(/\.weight$/, "");
  if (adapter?.modules.has(module)) mergeAdapter(values, await adapter.readPair(module), adapter);
  const infinite = findInfinite(values);
  if (infinite >= 0) {
    throw new FormatError({
      path: reader.path,
      where: `tensor ${name}, value ${infinite}`,
      expected: "a finite number",
      got: `${values[infinite]}`,
      fix: "The training has diverged or the file is damaged; export another checkpoint.",
    });
  }
  return values;
}

function requireFit(adapter: Adapter, base: TensorReader, checkpoint: string): void {
  const problems: string[] = [];
  for (const [module, { outSize, inSize }] of adapter.modules) {
    const shape = base.entries.get(`${module}.weight`)?.shape;
    if (!shape) problems.push(`${module} is not in the base`);
    else if (shape[0] !== outSize || shape[1] !== inSize) {
      problems.push(`${module} is [${outSize}, ${inSize}], in the base [${shape.join(", ")}]`);
    }
  }
  if (problems.length === 0) return;
  throw new UserError(
    `The adapter of ${checkpoint} does not fit the base ${base.path}: ${problems.join("; ")}. Export with the base that it was trained on.`,
  );
}

function keep<T extends { close(): Promise<void> }>(opened: { close(): Promise<void> }[], reader: T): T {
  opened.push(reader);
  return reader;
}
