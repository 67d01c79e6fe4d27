/** How many bytes an export takes, so that a disk without room for it is found before hours of work. */
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../errors.ts";
import { ggufSizeBytes } from "../formats/codecs.ts";
import { adapterTensors, ggufTensorName, type LlamaConfig, parameterCount, type TensorSpec } from "../model/index.ts";
import type { ExportFormat } from "./exported-file.ts";
import { type GgufMix, tensorTypeIn } from "./gguf-mix.ts";
import { isOnnx, planOnnx } from "./onnx-export.ts";

/** ours: larger models are not compared with the trainer: their float32 weights would take more memory than the export itself. */
export const MOST_COMPARED_PARAMETERS = 500_000_000;

/** Headers, tokenizer and configuration, and what a file system rounds up. */
const BESIDE_WEIGHTS_BYTES = 16_000_000;

/** About the bytes of one format: exact for the weights of a GGUF and of ONNX, two or four bytes a weight for others. */
export function exportBytes(
  format: ExportFormat,
  {
    config,
    tensors,
    rank,
    targets,
  }: { config: LlamaConfig; tensors: readonly TensorSpec[]; rank: number; targets: readonly string[] },
): number {
  if (format === "adapter" || format === "adapter-gguf")
    return 4 * parameterCount(adapterTensors(config, targets, rank)) + BESIDE_WEIGHTS_BYTES;
  if (format === "merged") return 4 * parameterCount(tensors) + BESIDE_WEIGHTS_BYTES; // as in the base, at most float32
  if (isOnnx(format)) return planOnnx(format, config).dataBytes + BESIDE_WEIGHTS_BYTES;
  if (format.startsWith("pte")) {
    const parameters = parameterCount(tensors);
    const compared = parameters > MOST_COMPARED_PARAMETERS ? 0 : 4; // bytes a weight for as long as it is compared
    return (1.3 + 1.3 * compared) * parameters + BESIDE_WEIGHTS_BYTES; // 8 bits, a head of its own, scales
  }
  const mix = format === "ollama" ? "Q8_0" : (format.slice("gguf-".length).toUpperCase() as GgufMix);
  const { layers, tiedEmbeddings } = config;
  const sizes = tensors.map(({ name, shape }) =>
    ggufSizeBytes(
      tensorTypeIn(mix, { name: ggufTensorName(name), shape, layers, tiedEmbeddings, isWeighed: true }),
      shape,
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0) + BESIDE_WEIGHTS_BYTES;
}

/** Throws UserError where the disk of `folder`, which may not exist yet, has not `bytes` free. `free` is asked of the system where it is not given. */
export async function requireSpace(folder: string, bytes: number, free?: number): Promise<void> {
  const available = free ?? (await freeBytes(folder));
  if (available >= bytes) return;
  const show = (value: number) => `${(value / 1e9).toFixed(2)} GB`;
  throw new UserError(
    `The export into ${folder} needs about ${show(bytes)}, and its disk has ${show(available)} free. Free some space, choose fewer export.formats, or another folder with --run.`,
  );
}

async function freeBytes(folder: string): Promise<number> {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return bavail * bsize;
}
