/**
 * `export.formats=onnx-…`: a folder that transformers.js and onnxruntime-genai open as it is.
 *
 *   config.json          of the base, and what transformers.js wants to know (transformers.js_config)
 *   genai_config.json    for onnxruntime-genai; written last, so that a folder with it is whole
 *   tokenizer.json and its companions, licences
 *   onnx/model_q4.onnx   the graph (model_quantized.onnx of 8 bits, model_fp16.onnx), onnx/model_q4.onnx_data its weights
 */
import { join } from "node:path";
import { FormatError, UserError } from "../errors.ts";
import { isObject, ONNX_BLOCK, readJsonFile, writeFileAtomic, writeJsonFile } from "../formats/index.ts";
import { type LlamaConfig, parameterCount, type TensorSpec } from "../model/index.ts";
import { loadTokenizer } from "../tokens/index.ts";
import type { ExportedFile, ExportFormat, Prepared } from "./exported-file.ts";
import { writeOnnxData } from "./onnx.ts";
import { buildOnnxDecoder, type OnnxDecoder } from "./onnx-decoder.ts";
import type { OnnxKind } from "./onnx-matrices.ts";
import { FOUR_BIT_FROM } from "./pte-export.ts";
import { writeCompanions } from "./tokenizer-files.ts";

/** The formats of this file. */
export type OnnxFormat = Extract<ExportFormat, `onnx-${string}`>;

/** Whether a format is a folder for ONNX Runtime. */
export function isOnnx(format: ExportFormat): format is OnnxFormat {
  return format.startsWith("onnx-");
}

/** How transformers.js calls the kinds (`dtype`), and what it looks for then. */
const NAMES: Readonly<Record<OnnxKind, { dtype: string; file: string }>> = {
  fp16: { dtype: "fp16", file: "model_fp16.onnx" },
  int8: { dtype: "q8", file: "model_quantized.onnx" },
  int4: { dtype: "q4", file: "model_q4.onnx" },
};

/** ours: rotations for more positions than this are left out; a mail and its reply have at most a few thousand tokens. */
const MOST_POSITIONS = 8192;
/** ours: a cache of this many tokens is what onnxruntime-genai takes at once where a program does not say otherwise. */
const USUAL_LENGTH = 2048;

/** The graph of a format and where its weights are to lie. */
export function planOnnx(
  format: OnnxFormat,
  config: LlamaConfig,
): OnnxDecoder & { file: string; contextLength: number } {
  const kind = kindOf(format);
  const { file } = NAMES[kind];
  const contextLength = Math.min(config.maxPositions, MOST_POSITIONS);
  return { ...buildOnnxDecoder({ config, kind, dataFile: `${file}_data`, contextLength }), file, contextLength };
}

/** Heads of other sizes GroupQueryAttention does not take. */
const HEAD_STEP = 16;

/** Throws UserError where rows are no whole blocks, heads have a size that ONNX Runtime does not take, or nothing says how a reply ends. */
export async function checkOnnx(
  format: OnnxFormat,
  { base, config, tensors }: { base: string; config: LlamaConfig; tensors: readonly TensorSpec[] },
) {
  const odd = tensors.find(({ shape }) => shape.length === 2 && shape[1] % ONNX_BLOCK !== 0);
  if (odd && format !== "onnx-fp16")
    throw new UserError(
      `${format} holds weights in blocks of ${ONNX_BLOCK}, and the rows of ${odd.name} have ${odd.shape[1]} values. Take onnx-fp16, which has no blocks.`,
    );
  if (config.headSize % HEAD_STEP !== 0)
    throw new UserError(
      `${format} is for heads of a multiple of ${HEAD_STEP} values, and those of ${base} have ${config.headSize} (GroupQueryAttention of ONNX Runtime). Export it as GGUF.`,
    );
  if ((await loadTokenizer(base)).endIds.length > 0) return;
  throw new UserError(
    `The tokenizer of ${base} names no end token, so a reply in ONNX Runtime would never stop. Name one in its generation_config.json (eos_token_id).`,
  );
}

/** Writes the folder `onnx-KIND`. */
export async function exportOnnx(format: OnnxFormat, { base, out, config, weights }: Prepared): Promise<ExportedFile> {
  const folder = join(out, format);
  const plan = planOnnx(format, config);
  const path = join(folder, "onnx", plan.file);
  await writeOnnxData({ path: `${path}_data`, decoder: plan, config, weights });
  await writeFileAtomic(path, plan.onnx);
  await writeCompanions(folder, base);
  await writeJsonFile(join(folder, "config.json"), await transformersConfig(base, kindOf(format)));
  await writeJsonFile(join(folder, "genai_config.json"), await genaiConfig(base, config, plan));
  const notes = [
    `a folder for transformers.js (dtype ${NAMES[kindOf(format)].dtype}) and onnxruntime-genai, context ${plan.contextLength} tokens`,
  ];
  if (format === "onnx-int4" && parameterCount(weights.tensors) < FOUR_BIT_FROM)
    notes.push("4 bits lose much in a model this small (docs/log/onnx.md): see the table below, or take onnx-int8");
  return { format, path: folder, sizeBytes: plan.dataBytes + plan.onnx.length, tensors: weights.tensors.length, notes };
}

/** The graph in a folder of ours. */
export function onnxGraphPath(folder: string, format: OnnxFormat): string {
  return join(folder, "onnx", NAMES[kindOf(format)].file);
}

function kindOf(format: OnnxFormat): OnnxKind {
  return format.slice("onnx-".length) as OnnxKind;
}

/** config.json with the part that transformers.js reads (its docs: "transformers.js_config"). */
async function transformersConfig(base: string, kind: OnnxKind): Promise<Record<string, unknown>> {
  const path = join(base, "config.json");
  const config = await readJsonFile(path);
  if (!isObject(config))
    throw new FormatError({ path, where: "top", expected: "an object", got: JSON.stringify(config) });
  const { dtype, file } = NAMES[kind];
  return {
    ...config,
    "transformers.js_config": {
      dtype,
      kv_cache_dtype: { fp16: "float16" },
      use_external_data_format: { [file]: 1 },
    },
  };
}

/** genai_config.json as onnxruntime-genai's model builder writes it. */
async function genaiConfig(
  base: string,
  config: LlamaConfig,
  { file, contextLength }: { file: string; contextLength: number },
): Promise<Record<string, unknown>> {
  const { bosId, endIds } = await loadTokenizer(base);
  const names = (prefix: string) => [`${prefix}.%d.key`, `${prefix}.%d.value`];
  const [pastKeys, pastValues] = names("past_key_values");
  const [presentKeys, presentValues] = names("present");
  return {
    model: {
      bos_token_id: bosId ?? endIds[0],
      context_length: contextLength,
      decoder: {
        session_options: { log_id: "onnxruntime-genai", provider_options: [] },
        filename: `onnx/${file}`,
        head_size: config.headSize,
        hidden_size: config.hiddenSize,
        inputs: {
          ...{ input_ids: "input_ids", attention_mask: "attention_mask" },
          ...{ past_key_names: pastKeys, past_value_names: pastValues },
        },
        outputs: { logits: "logits", present_key_names: presentKeys, present_value_names: presentValues },
        num_attention_heads: config.heads,
        num_hidden_layers: config.layers,
        num_key_value_heads: config.kvHeads,
      },
      eos_token_id: endIds,
      pad_token_id: endIds[0],
      type: config.modelType,
      vocab_size: config.vocabularySize,
    },
    search: {
      ...{ do_sample: false, early_stopping: true, num_beams: 1, num_return_sequences: 1 },
      ...{ max_length: Math.min(contextLength, USUAL_LENGTH), min_length: 0, past_present_share_buffer: true },
      ...{ temperature: 1, top_k: 1, top_p: 1, repetition_penalty: 1, length_penalty: 1, no_repeat_ngram_size: 0 },
    },
  };
}
