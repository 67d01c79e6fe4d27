/**
 * A .pte as ONNX Runtime can run it: the weights that lie in the file, times their scales, in a decoder that rounds what it multiplies them with as
 * ExecuTorch does. It says what the program says, at another speed: so an export is checked where no ExecuTorch is.
 */
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { decodeBf16, openForReading, readInto, unpackInt4, writeFileAtomic } from "../formats/index.ts";
import { baseTensors, type LlamaConfig, readLlamaConfig, separateRotaryRows } from "../model/index.ts";
import type { ExportWeights } from "./merge.ts";
import { writeOnnxData } from "./onnx.ts";
import { buildOnnxDecoder } from "./onnx-decoder.ts";
import { findTemplate, type PteKind, type PtePart, type PteTemplate } from "./pte-template.ts";

/** Writes the decoder of the .pte at `path`, of the geometry of `base`, into `folder`: about four bytes a weight. Gives the path of its graph. */
export async function writePteDecoder(options: {
  path: string;
  base: string;
  pteTemplates: string | null;
  folder: string;
}): Promise<string> {
  const { path, base, pteTemplates, folder } = options;
  const config = await readLlamaConfig(base);
  const template = await findTemplate(config, {
    kind: kindOf(path),
    base,
    folders: pteTemplates ? [pteTemplates] : [],
  });
  return writeDecoder({ path, template, config, folder });
}

/** The same of a template that is known. */
export async function writeDecoder(options: {
  path: string;
  template: PteTemplate;
  config: LlamaConfig;
  folder: string;
}): Promise<string> {
  const { path, template, folder } = options;
  const config = { ...options.config, tiedEmbeddings: false }; // the file's head is a matrix of its own
  const { contextLength } = template;
  const decoder = buildOnnxDecoder({ config, kind: "rounded", dataFile: "weights", contextLength });
  const weights = await openPteWeights(path, template, config);
  try {
    await writeOnnxData({ path: join(folder, "weights"), decoder, config, weights });
  } finally {
    await weights.close();
  }
  const graph = join(folder, "decoder.onnx");
  await writeFileAtomic(graph, decoder.onnx);
  return graph;
}

function kindOf(path: string): PteKind {
  const kind = /(8da[48]w)\.pte$/.exec(path)?.[1];
  if (kind === undefined)
    throw new UserError(`${path} does not say by its name which kind of .pte it is: 8da8w or 8da4w.`);
  return kind as PteKind;
}

/** What the program multiplies with: float32, rotary rows in the order of a checkpoint. */
async function openPteWeights(path: string, template: PteTemplate, config: LlamaConfig): Promise<ExportWeights> {
  const handle = await openForReading(path);
  const parts = new Map(template.parts.map((part) => [part.tensor, part]));
  const readRange = async ([offset, length]: readonly [number, number]) => {
    const bytes = new Uint8Array(length);
    await readInto(handle, bytes, offset);
    return bytes.buffer;
  };
  return {
    tensors: baseTensors(config),
    adapter: null,
    baseDtype: () => "F32",
    read: async (name) => {
      const part = parts.get(name)!; // a template has every tensor
      return unpack(part, await readRange(part.data), part.scales && (await readRange(part.scales)));
    },
    close: () => handle.close(),
  };
}

function unpack(
  { packing, rows, cols, rotaryHeads }: PtePart,
  data: ArrayBuffer,
  scales: ArrayBuffer | null,
): Float32Array {
  if (packing === "float32") return new Float32Array(data);
  const [integers, steps, group] =
    packing === "int8-row"
      ? [new Int8Array(data), new Float32Array(scales!), cols]
      : [unpackInt4(new Uint8Array(data)), decodeBf16(new Uint16Array(scales!)), 32];
  const values = new Float32Array(integers.length); // filled by hand: `from` would list its values first, and a head has 150 million
  for (let i = 0; i < values.length; i++) values[i] = integers[i] * steps[Math.floor(i / group)];
  return rotaryHeads === undefined
    ? values
    : separateRotaryRows(values, { headSize: rows / rotaryHeads, rowLength: cols });
}
