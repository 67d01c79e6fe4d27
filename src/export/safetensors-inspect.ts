/** What a safetensors file is: its tensors by type, whether it is an adapter, and whether its values are numbers. */
import { stat } from "node:fs/promises";
import { findInfinite, openSafetensors, shapeSize } from "../formats/index.ts";
import { isLoraTensor } from "../model/index.ts";
import type { TensorSum } from "./gguf-inspect.ts";

export interface SafetensorsReport {
  readonly kind: "safetensors";
  readonly path: string;
  readonly fileBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly TensorSum[];
  readonly parameters: number;
  /** Ranks of its LoRA pairs; empty for a model. */
  readonly loraRanks: readonly number[];
  readonly problems: readonly string[];
}

/** Reads every tensor of a safetensors file, one at a time. Throws FormatError for another kind of file. */
export async function inspectSafetensors(path: string): Promise<SafetensorsReport> {
  const reader = await openSafetensors(path);
  try {
    const sums = new Map<string, TensorSum>();
    const ranks = new Set<number>();
    const problems: string[] = [];
    for (const { name, dtype, shape, sizeBytes } of reader.entries.values()) {
      const { tensors, values, bytes } = sums.get(dtype) ?? { tensors: 0, values: 0, bytes: 0 };
      sums.set(dtype, {
        type: dtype,
        tensors: tensors + 1,
        values: values + shapeSize(shape),
        bytes: bytes + sizeBytes,
      });
      if (isLoraTensor(name)) ranks.add(name.endsWith("lora_A.weight") ? shape[0] : shape[1]);
      if (!["F32", "F16", "BF16"].includes(dtype)) continue;
      const values32 = await reader.readFloat32(name);
      const at = findInfinite(values32);
      if (at >= 0) problems.push(`${name} holds ${values32[at]} at element ${at}`);
    }
    const tensors = [...sums.values()].sort((a, b) => b.bytes - a.bytes);
    return {
      kind: "safetensors",
      path,
      fileBytes: (await stat(path)).size,
      metadata: reader.metadata,
      tensors,
      parameters: tensors.reduce((sum, { values }) => sum + values, 0),
      loraRanks: [...ranks].sort((a, b) => a - b),
      problems,
    };
  } finally {
    await reader.close();
  }
}
