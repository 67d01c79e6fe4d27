/** `export.formats=pte…`: which kind a model gets, the end tokens, and the tokenizer that the runner on the phone reads. */
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { parameterCount } from "../model/index.ts";
import { loadTokenizer } from "../tokens/index.ts";
import type { ExportedFile, ExportFormat, Prepared } from "./exported-file.ts";
import { writePte } from "./pte.ts";
import type { TextBounds } from "./pte-check.ts";
import { findTemplate, type PteKind, type PteTemplate } from "./pte-template.ts";
import { rotateModel } from "./rotate.ts";
import { writeTokenizerJson } from "./tokenizer-files.ts";

/** The formats of this file. */
export type PteFormat = Extract<ExportFormat, `pte${string}`>;

/** Below this many parameters 4 bits lose too much to be taken unasked (docs/log/onnx.md). */
export const FOUR_BIT_FROM = 500_000_000;

/** The architectures that scripts/pte knows. */
const PTE_TYPES: readonly string[] = ["llama", "qwen3"];

/** Whether a format is a program of ExecuTorch. */
export function isPte(format: ExportFormat): format is PteFormat {
  return format.startsWith("pte");
}

/** What a file is made of besides the weights. */
export interface PreparedPte {
  readonly kind: PteKind;
  readonly template: PteTemplate;
  readonly bounds: TextBounds;
  readonly notes: readonly string[];
}

/** Finds all that the file needs. Throws UserError where there is no template for the geometry, or no end token. */
export async function preparePte(
  format: PteFormat,
  { base, config, weights, pteTemplates }: Pick<Prepared, "base" | "config" | "weights" | "pteTemplates">,
): Promise<PreparedPte> {
  if (!PTE_TYPES.includes(config.modelType) || config.biases.length > 0) {
    const what =
      config.biases.length > 0 ? `has a bias in ${config.biases.join(", ")}` : `is of the type "${config.modelType}"`;
    throw new UserError(
      `A .pte is made of a plain Llama or a Qwen3, and the base ${what}. Export it as GGUF, which runs on phones too.`,
    );
  }
  const isSmall = parameterCount(weights.tensors) < FOUR_BIT_FROM;
  const kind = format === "pte" ? (isSmall ? "8da8w" : "8da4w") : format === "pte-8da8w" ? "8da8w" : "8da4w";
  const template = await findTemplate(config, { kind, base, folders: pteTemplates ? [pteTemplates] : [] });
  const { bosId, endIds } = await loadTokenizer(base);
  if (endIds.length === 0) {
    throw new UserError(
      `The tokenizer of ${base} names no end token, so a phone would never stop. Name one in its generation_config.json (eos_token_id).`,
    );
  }
  const places = template.ids.get_eos_ids.length;
  const notes = [
    `needs ExecuTorch ${template.madeWith.executorch} in the app, context ${template.contextLength} tokens`,
  ];
  if (isSmall && kind === "8da4w")
    notes.push("4 bits lose much in a model this small (docs/log/onnx.md): see the table below, or take pte-8da8w");
  if (endIds.length > places)
    notes.push(`it stops at ${places} of ${endIds.length} end tokens: ${endIds.slice(0, places).join(", ")}`);
  return { kind, template, bounds: { bosId: bosId ?? endIds[0], eosIds: endIds.slice(0, places) }, notes };
}

/** Writes `model-KIND.pte`, turned so that its integers lose less, and, beside it, the base's tokenizer.json. */
export async function exportPte(format: PteFormat, prepared: Prepared, pte: PreparedPte): Promise<ExportedFile> {
  const { base, out, config, weights } = prepared;
  const { kind, template, bounds, notes } = pte;
  await writeTokenizerJson(out, base);
  const path = join(out, `model-${kind}.pte`);
  const { sizeBytes } = await writePte({ path, template, ...rotateModel(config, weights), bounds });
  return { format, path, sizeBytes, tensors: weights.tensors.length, notes };
}
