/** The adapter alone: a folder that PEFT, and every reader of PEFT's format, loads at the strength it was trained with. */
import { join } from "node:path";
import { type FloatDtype, writeJsonFile } from "../formats/index.ts";
import { type Adapter, PEFT_PREFIX, plainAlpha } from "./adapter.ts";
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
  const tensors = [...adapter.modules].flatMap(([module, { outSize, inSize }]): CheckedTensor<FloatDtype>[] => [
    {
      name: `${PEFT_PREFIX}${module}.lora_A.weight`,
      shape: [adapter.rank, inSize],
      type: "F32",
      data: async () => (await adapter.readPair(module)).a,
    },
    {
      name: `${PEFT_PREFIX}${module}.lora_B.weight`,
      shape: [outSize, adapter.rank],
      type: "F32",
      data: async () => (await adapter.readPair(module)).b,
    },
  ]);
  const metadata = { format: "pt", trained_lora_alpha: `${adapter.alpha}`, trained_use_rslora: `${adapter.rsLora}` };
  await writeCheckedSafetensors(join(folder, "adapter_model.safetensors"), tensors, metadata);
  await writeJsonFile(join(folder, "adapter_config.json"), peftConfig(adapter, baseName));
  return { tensors: tensors.length };
}

/** The fields of PEFT's LoraConfig (PEFT 0.21) that say what the adapter is; the others take PEFT's defaults. */
function peftConfig(adapter: Adapter, baseName: string): Record<string, unknown> {
  const targets = [...new Set([...adapter.modules.keys()].map((module) => module.slice(module.lastIndexOf(".") + 1)))];
  return {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: baseName,
    inference_mode: true,
    r: adapter.rank,
    lora_alpha: plainAlpha(adapter),
    use_rslora: false,
    lora_dropout: 0,
    target_modules: targets,
    bias: "none",
    fan_in_fan_out: false,
    init_lora_weights: true,
    modules_to_save: null,
    rank_pattern: {},
    alpha_pattern: {},
    layers_to_transform: null,
    layers_pattern: null,
    use_dora: false,
  };
}
