/** The adapter alone: a folder that PEFT, and every reader of PEFT's format, loads at the strength it was trained with. */
import { join } from "node:path";
import { type FloatDtype, writeJsonFile } from "../formats/index.ts";
import { loraNames, PEFT_PREFIX, peftConfig, plainAlpha } from "../model/index.ts";
import type { Adapter } from "./adapter.ts";
import { type CheckedTensor, writeCheckedSafetensors } from "./check.ts";

/**
 * Writes `folder`/adapter_model.safetensors (F32, read back before it gets its name), then adapter_config.json. The strength
 * is written as plain LoRA, alpha' = alpha·√rank for an rsLoRA adapter: PEFT gives the same result either way, llama.cpp's
 * and ExecuTorch's converters know only alpha / rank. The trained values stay in the metadata of the tensor file.
 */
export async function writePeftAdapter(
  folder: string,
  adapter: Adapter,
  baseName: string,
): Promise<{ tensors: number }> {
  const tensors = [...adapter.modules].flatMap(([module, { outSize, inSize }]): CheckedTensor<FloatDtype>[] => {
    const [a, b] = loraNames(PEFT_PREFIX + module);
    return [
      {
        name: a,
        shape: [adapter.rank, inSize],
        type: "F32",
        data: async () => (await adapter.readPair(module)).a,
      },
      {
        name: b,
        shape: [outSize, adapter.rank],
        type: "F32",
        data: async () => (await adapter.readPair(module)).b,
      },
    ];
  });
  const metadata = { format: "pt", trained_lora_alpha: `${adapter.alpha}`, trained_use_rslora: `${adapter.rsLora}` };
  await writeCheckedSafetensors(join(folder, "adapter_model.safetensors"), tensors, metadata);
  const targets = [...new Set([...adapter.modules.keys()].map((module) => module.slice(module.lastIndexOf(".") + 1)))];
  const config = peftConfig({ ...adapter, alpha: plainAlpha(adapter), rsLora: false }, { targets, base: baseName });
  await writeJsonFile(join(folder, "adapter_config.json"), config);
  return { tensors: tensors.length };
}
