/** An adapter as a GGUF that llama.cpp lays over the base it was trained on (llama-adapter.cpp; gguf-py constants, "adapter"). */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { GgufValue } from "../formats/index.ts";
import {
  findArchitecture,
  ggufTensorName,
  hasMovedRows,
  interleaveRotaryRows,
  type LlamaConfig,
  plainAlpha,
  readGgufPointer,
} from "../model/index.ts";
import type { Adapter } from "./adapter.ts";
import { type CheckedTensor, writeCheckedGguf } from "./check.ts";
import type { ModelMetadata } from "./gguf.ts";

/**
 * Writes A and B of every module in float32, the rows of B of queries and keys in llama.cpp's order, and the strength as llama.cpp reads it: it
 * knows only alpha / rank, so an rsLoRA adapter gets alpha·√rank. Read back before the file gets its name.
 */
export async function writeAdapterGguf(
  path: string,
  options: { adapter: Adapter; base: string; config: LlamaConfig; metadata: ModelMetadata },
): Promise<{ tensors: number; sizeBytes: number }> {
  const { adapter, base, config, metadata } = options;
  const tensors = [...adapter.modules].flatMap(([module, { outSize, inSize }]): CheckedTensor[] => {
    const name = ggufTensorName(`${module}.weight`);
    const b = async () => {
      const pair = await adapter.readPair(module);
      const layout = { headSize: config.headSize, rowLength: adapter.rank };
      return hasMovedRows(config, module) ? interleaveRotaryRows(pair.b, layout) : pair.b;
    };
    return [
      {
        name: `${name}.lora_a`,
        shape: [adapter.rank, inSize],
        type: "F32",
        data: async () => (await adapter.readPair(module)).a,
      },
      { name: `${name}.lora_b`, shape: [outSize, adapter.rank], type: "F32", data: b },
    ];
  });
  const string = (value: string): GgufValue => ({ type: "string", value });
  const pointer = await readGgufPointer(base);
  const keys: [string, GgufValue][] = [
    ["general.architecture", string(findArchitecture(config.modelType)!.ggufName)], // parseLlamaConfig has found it
    ["general.type", string("adapter")],
    ["general.name", string(metadata.name)],
    ["adapter.type", string("lora")],
    ["adapter.lora.alpha", { type: "f32", value: plainAlpha(adapter) }],
    ...(metadata.isSteered ? ([["pocketreply.steered", { type: "bool", value: true }]] as [string, GgufValue][]) : []),
    ["pocketreply.system_prompt", string(metadata.systemPrompt)],
    ["pocketreply.date_string", string(metadata.dateString)],
  ];
  if (pointer !== null) keys.push(["pocketreply.base_sha256", string(pointer.sha256)]);
  if (pointer !== null) keys.push(["pocketreply.base_bytes", string(`${pointer.sizeBytes}`)]);
  await writeCheckedGguf(path, tensors, new Map(keys));
  return { tensors: tensors.length, sizeBytes: (await stat(path)).size };
}

/** The file's name in an export folder. */
export const adapterGgufPath = (out: string) => join(out, "adapter.gguf");
