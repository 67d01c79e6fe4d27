/** The whole model as a Hugging Face folder: merged safetensors, configuration, tokenizer and licence files. */
import { join } from "node:path";
import { FormatError, UserError } from "../errors.ts";
import { type FloatDtype, GGUF_TENSOR_TYPES, isObject, readJsonFile, writeJsonFile } from "../formats/index.ts";
import { type CheckedTensor, writeCheckedSafetensors } from "./check.ts";
import type { ExportWeights } from "./merge.ts";
import { writeCompanions } from "./tokenizer-files.ts";

const TORCH_NAMES: Readonly<Record<FloatDtype, string>> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/**
 * Writes `folder`: every tensor in the type it has in the base (F16 for a quantised one), rounded once from float32 and read back before the file gets
 * its name; config.json, which names that type, comes last, so that a folder with one is complete.
 */
export async function writeMergedModel(
  folder: string,
  base: string,
  weights: ExportWeights,
): Promise<{ tensors: number; dtype: FloatDtype }> {
  const tensors = weights.tensors.map(
    ({ name, shape }): CheckedTensor<FloatDtype> => ({
      name,
      shape,
      type: floatDtype(base, name, weights),
      data: () => weights.read(name),
    }),
  );
  await writeCheckedSafetensors(join(folder, "model.safetensors"), tensors, { format: "pt" });
  await writeCompanions(folder, base);
  const dtype = floatDtype(base, tensors[0].name, weights);
  await writeJsonFile(join(folder, "config.json"), await configWithDtype(base, dtype));
  return { tensors: tensors.length, dtype };
}

function floatDtype(base: string, name: string, weights: ExportWeights): FloatDtype {
  const dtype = weights.baseDtype(name);
  if (dtype === "F32" || dtype === "F16" || dtype === "BF16") return dtype;
  if (dtype in GGUF_TENSOR_TYPES) return "F16"; // a quantised base: its values are an F16 scale times a small integer
  throw new UserError(`${base}: tensor ${name} is ${dtype}; only F32, F16 and BF16 bases can be exported.`);
}

/** The base's config.json with the weights' type under the key it uses: `dtype` (transformers 5) or `torch_dtype`. */
async function configWithDtype(base: string, dtype: FloatDtype): Promise<Record<string, unknown>> {
  const path = join(base, "config.json");
  const config = await readJsonFile(path);
  if (!isObject(config))
    throw new FormatError({ path, where: "top", expected: "an object", got: JSON.stringify(config) });
  const key = "dtype" in config ? "dtype" : "torch_dtype";
  return { ...config, [key]: TORCH_NAMES[dtype] };
}
