/** A LoRA adapter folder as PEFT writes it: adapter_config.json and adapter_model.safetensors. */
import { join } from "node:path";
import { z } from "zod";
import { FormatError, UserError } from "../errors.ts";
import { openSafetensors, readJsonFile, showShape } from "../formats/index.ts";
import { type LoraStrength, loraScale, PEFT_PREFIX } from "../model/index.ts";

/** One adapted projection: A [rank, in] and B [out, rank], row-major. */
export interface LoraPair {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** An open adapter. Whoever opens it closes it. */
export interface Adapter extends LoraStrength {
  readonly scale: number;
  /** Adapted modules such as `model.layers.0.self_attn.q_proj`, with the sizes of their weight [out, in]. */
  readonly modules: ReadonlyMap<string, { readonly outSize: number; readonly inSize: number }>;
  /** adapter_config.json as it stands. */
  readonly config: Readonly<Record<string, unknown>>;
  readPair(module: string): Promise<LoraPair>;
  close(): Promise<void>;
}

const configSchema = z.looseObject({
  peft_type: z.literal("LORA"),
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().default(false),
  use_dora: z.literal(false).default(false),
  bias: z.literal("none").default("none"),
  fan_in_fan_out: z.literal(false).default(false),
  modules_to_save: z.null().default(null),
  rank_pattern: z.record(z.string(), z.never()).default({}),
  alpha_pattern: z.record(z.string(), z.never()).default({}),
});

/** Opens an adapter folder and checks that its tensors are pairs of one rank. Throws UserError for a kind of adapter that is not plain LoRA. */
export async function openAdapter(folder: string): Promise<Adapter> {
  const configPath = join(folder, "adapter_config.json");
  const parsed = configSchema.safeParse(await readJsonFile(configPath));
  if (!parsed.success) {
    const problems = parsed.error.issues
      .map(({ path, message }) => `${path.join(".") || "(top)"}: ${message}`)
      .join("; ");
    throw new UserError(`${configPath} does not describe a plain LoRA adapter of one rank: ${problems}.`);
  }
  const config = parsed.data;
  const strength = { rank: config.r, alpha: config.lora_alpha, rsLora: config.use_rslora };
  const path = join(folder, "adapter_model.safetensors");
  const reader = await openSafetensors(path);
  try {
    const modules = listModules(path, reader.entries, strength.rank);
    return {
      ...strength,
      scale: loraScale(strength),
      modules,
      config,
      async readPair(module) {
        const name = PEFT_PREFIX + module;
        return {
          a: await reader.readFloat32(`${name}.lora_A.weight`),
          b: await reader.readFloat32(`${name}.lora_B.weight`),
        };
      },
      close: reader.close,
    };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

function listModules(path: string, entries: ReadonlyMap<string, { shape: readonly number[] }>, rank: number) {
  const modules = new Map<string, { outSize: number; inSize: number }>();
  for (const [name, { shape }] of entries) {
    const match = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/.exec(name);
    if (!match) {
      const expected = `${PEFT_PREFIX}….lora_A.weight or .lora_B.weight`;
      throw new FormatError({ path, where: `tensor ${name}`, expected, got: "another name" });
    }
    const [, module, side] = match;
    const partner = entries.get(`${PEFT_PREFIX}${module}.lora_${side === "A" ? "B" : "A"}.weight`);
    if (!partner)
      throw new FormatError({ path, where: `tensor ${name}`, expected: "both lora_A and lora_B", got: "one of them" });
    if (side === "B") continue;
    const [a, b] = [shape, partner.shape];
    if (a.length !== 2 || b.length !== 2 || a[0] !== rank || b[1] !== rank) {
      const expected = `A [${rank}, in] and B [out, ${rank}]`;
      throw new FormatError({ path, where: `module ${module}`, expected, got: `${showShape(a)} and ${showShape(b)}` });
    }
    modules.set(module, { outSize: b[0], inSize: a[1] });
  }
  if (modules.size === 0) throw new FormatError({ path, where: "its tensors", expected: "LoRA pairs", got: "none" });
  return modules;
}
