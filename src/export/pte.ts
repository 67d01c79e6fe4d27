/** A Llama as a program of ExecuTorch (.pte): a template of its geometry, filled with quantised weights. */

import { createHash } from "node:crypto";
import {
  type ByteWriter,
  bytesOf,
  encodeScalesBf16,
  packInt4,
  padTo,
  quantizeHqq,
  writeFileBeside,
} from "../formats/index.ts";
import type { LlamaConfig } from "../model/index.ts";
import { interleaveRotaryRows } from "../model/index.ts";
import type { ExportWeights } from "./merge.ts";
import { checkPteFile, type TextBounds } from "./pte-check.ts";
import { ropeTablesFloat32 } from "./pte-rope.ts";
import type { PtePart, PteTemplate } from "./pte-template.ts";

/** A part as it lies in the file. */
interface PackedPart {
  readonly data: Uint8Array;
  readonly scales: Uint8Array | null;
}

/**
 * Writes one .pte, one matrix in memory at a time, and reads it back before it gets its name. Delegates find their weights by the
 * SHA-256 of them, which is known only when they are written: those keys, in the program at the front, come last.
 */
export async function writePte(options: {
  path: string;
  template: PteTemplate;
  config: LlamaConfig;
  weights: ExportWeights;
  bounds: TextBounds;
}): Promise<{ sizeBytes: number }> {
  const { path, template, config, weights, bounds } = options;
  const digests = new Map<number, string>(); // of what was written, by its offset
  await writeFileBeside(
    path,
    async (writer) => {
      const write = async (offset: number, bytes: Uint8Array) => {
        await padTo(writer, offset);
        await writer.write(bytes);
        digests.set(offset, createHash("sha256").update(bytes).digest("hex"));
      };
      for (const step of inFileOrder(template)) {
        if ("kept" in step) {
          await padTo(writer, step.offset);
          await writer.write(step.kept);
          continue;
        }
        const { part } = step;
        const { data, scales } = await packPart(part, template, config, weights);
        await write(part.data[0], data);
        if (part.scales !== null && scales !== null) await write(part.scales[0], scales);
      }
      await padTo(writer, template.fileBytes);
      await writeKeys(writer, template, digests);
      await writeIds(writer, template, bounds);
    },
    (partialPath) => checkPteFile(partialPath, { digests, template, bounds }),
  );
  return { sizeBytes: template.fileBytes };
}

type Step = { offset: number; kept: Uint8Array } | { offset: number; part: PtePart };

/** Kept bytes and parts as they follow in the file; the scales of a matrix stand behind its data, with nothing between. */
function inFileOrder({ kept, keptBytes, parts }: PteTemplate): Step[] {
  const steps: Step[] = [
    ...kept.map(([offset], i) => ({ offset, kept: keptBytes[i] })),
    ...parts.map((part) => ({ offset: part.data[0], part })),
  ];
  return steps.sort((a, b) => a.offset - b.offset);
}

async function packPart(
  part: PtePart,
  { contextLength }: PteTemplate,
  config: LlamaConfig,
  weights: ExportWeights,
): Promise<PackedPart> {
  switch (part.tensor) {
    case "rope.cos":
    case "rope.sin": {
      const { cos, sin } = ropeTablesFloat32(config, { positions: contextLength, columns: part.cols });
      return { data: bytesOf(part.tensor === "rope.cos" ? cos : sin), scales: null };
    }
    case "norm_eps":
      return { data: bytesOf(Float32Array.of(config.normEpsilon)), scales: null };
    default:
      return packWeights(part, await weights.read(sourceOf(part, config)));
  }
}

/** The head of a model with tied embeddings is a copy of them. */
function sourceOf({ tensor }: PtePart, { tiedEmbeddings }: LlamaConfig): string {
  return tensor === "lm_head.weight" && tiedEmbeddings ? "model.embed_tokens.weight" : tensor;
}

function packWeights({ packing, rows, cols, rotaryHeads }: PtePart, values: Float32Array): PackedPart {
  if (packing === "float32") return { data: bytesOf(values), scales: null };
  const ordered =
    rotaryHeads === undefined
      ? values
      : interleaveRotaryRows(values, { headSize: rows / rotaryHeads, rowLength: cols });
  if (packing === "int8-row") {
    const { values: integers, scales } = quantizeHqq(ordered, { group: cols, bits: 8 });
    return { data: bytesOf(integers), scales: bytesOf(scales) };
  }
  const { values: integers, scales } = quantizeHqq(ordered, { group: 32, bits: 4 });
  return { data: packInt4(integers), scales: bytesOf(encodeScalesBf16(scales)) };
}

async function writeKeys(writer: ByteWriter, { parts }: PteTemplate, digests: ReadonlyMap<number, string>) {
  for (const { data, scales, keys, scaleKeys } of parts) {
    for (const at of keys) await writer.overwrite(at, Buffer.from(digests.get(data[0])!));
    for (const at of scaleKeys) await writer.overwrite(at, Buffer.from(digests.get(scales![0])!));
  }
}

/** A template has places for three end tokens; a model with fewer repeats its last. */
async function writeIds(writer: ByteWriter, { ids }: PteTemplate, { bosId, eosIds }: TextBounds) {
  for (const at of ids.get_bos_id) await writer.overwrite(at, int64(bosId));
  for (const [i, at] of ids.get_eos_ids.entries()) await writer.overwrite(at, int64(eosIds[i] ?? eosIds.at(-1)!));
}

function int64(value: number): Uint8Array {
  return bytesOf(BigInt64Array.of(BigInt(value)));
}
