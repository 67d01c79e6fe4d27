/** The weights of an ONNX decoder, streamed into their file one matrix at a time and read back before it gets its name. */
import { createHash } from "node:crypto";
import { FormatError, invariant } from "../errors.ts";
import {
  bytesOf,
  encodeF16,
  openForReading,
  padTo,
  quantizeOnnx4,
  quantizeOnnx8,
  readInto,
  writeFileBeside,
} from "../formats/index.ts";
import { type LlamaConfig, ropeTables } from "../model/index.ts";
import type { ExportWeights } from "./merge.ts";
import type { OnnxDecoder } from "./onnx-decoder.ts";
import type { FileRange, OnnxStored } from "./onnx-matrices.ts";

/** Writes the file of weights of `decoder`. Throws FormatError for a value that float16 cannot hold, and where the disk gives back other bytes. */
export async function writeOnnxData(options: {
  path: string;
  decoder: OnnxDecoder;
  config: LlamaConfig;
  weights: ExportWeights;
}): Promise<void> {
  const { path, decoder, config, weights } = options;
  const written: { range: FileRange; digest: string }[] = [];
  await writeFileBeside(
    path,
    async (writer) => {
      const put = async (range: FileRange, bytes: Uint8Array) => {
        invariant(bytes.length === range.length, `${bytes.length} bytes for a range of ${range.length}`);
        await padTo(writer, range.offset);
        await writer.write(bytes);
        written.push({ range, digest: digestOf(bytes) });
      };
      for (const part of decoder.stored) {
        const { data, scales, zeros } = pack(part, await readPart(part, config, weights), path);
        await put(part.data, data);
        if (part.scales !== null) await put(part.scales, scales!); // blocks have both
        if (part.zeros !== null) await put(part.zeros, zeros!);
      }
    },
    (partialPath) => checkRanges(partialPath, path, written),
  );
}

async function readPart(
  { tensor, rows }: OnnxStored,
  config: LlamaConfig,
  weights: ExportWeights,
): Promise<Float32Array> {
  if (tensor === "rope.cos") return ropeTables(config, rows).cos;
  if (tensor === "rope.sin") return ropeTables(config, rows).sin;
  return weights.read(tensor);
}

/** The bytes of one tensor [rows, cols]; `path` is for messages. */
function pack(
  { tensor, packing, rows, cols }: OnnxStored,
  values: Float32Array,
  path: string,
): { data: Uint8Array; scales?: Uint8Array; zeros?: Uint8Array | null } {
  switch (packing) {
    case "float32":
      return { data: bytesOf(values) };
    case "float32-transposed":
      return { data: bytesOf(transpose(values, rows, cols)) };
    case "float16":
      return { data: bytesOf(narrow(values, tensor, path)) };
    case "float16-transposed":
      return { data: bytesOf(transpose(narrow(values, tensor, path), rows, cols)) };
    case "int8-blocks":
    case "int4-blocks": {
      const blocks = packing === "int8-blocks" ? quantizeOnnx8(values) : quantizeOnnx4(values, cols);
      return { ...blocks, scales: bytesOf(blocks.scales) };
    }
    default:
      return packing satisfies never;
  }
}

const LARGEST_F16 = 65504;

function narrow(values: Float32Array, tensor: string, path: string): Uint16Array {
  const halves = encodeF16(values);
  const at = values.findIndex((value) => Math.abs(value) > LARGEST_F16);
  if (at < 0) return halves;
  const [where, got] = [`tensor ${tensor}, value ${at}`, `${values[at]}`];
  throw new FormatError({ path, where, expected: "a number that float16 can hold", got, fix: "Take onnx-int8." });
}

/** [rows, cols] → [cols, rows], in tiles that stay in the cache. */
function transpose<T extends Uint16Array | Float32Array>(values: T, rows: number, cols: number): T {
  const turned = values.slice() as T;
  const tile = 64;
  for (let row0 = 0; row0 < rows; row0 += tile) {
    for (let col0 = 0; col0 < cols; col0 += tile) {
      for (let row = row0; row < Math.min(rows, row0 + tile); row++) {
        for (let col = col0; col < Math.min(cols, col0 + tile); col++)
          turned[col * rows + row] = values[row * cols + col];
      }
    }
  }
  return turned;
}

async function checkRanges(
  partialPath: string,
  path: string,
  written: readonly { range: FileRange; digest: string }[],
): Promise<void> {
  const handle = await openForReading(partialPath);
  try {
    for (const { range, digest } of written) {
      const bytes = new Uint8Array(range.length);
      await readInto(handle, bytes, range.offset);
      if (digestOf(bytes) === digest) continue;
      const [where, expected] = [`byte ${range.offset}`, `${range.length} bytes as they were written`];
      throw new FormatError({
        path,
        where,
        expected,
        got: "others",
        fix: "The file was written wrongly and is not kept.",
      });
    }
  } finally {
    await handle.close();
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
