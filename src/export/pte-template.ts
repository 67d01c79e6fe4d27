/**
 * Templates of .pte files: all of a program of ExecuTorch but its weights, made once for a geometry (scripts/pte), since two exports
 * of one geometry differ in nothing else. A file NAME-KIND.gz, gzip of:
 *
 *   one line of JSON     what it is for, the places of weights, keys and token ids (absolute offsets in the .pte), `kept`
 *   the rest             the bytes of the ranges `kept`, one behind the other; what is in no range and no part is zero
 *
 * A folder of them has an index.json: a list of { name, kind, contextLength, geometry, file }.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { z } from "zod";
import { FormatError, UserError } from "../errors.ts";
import { readJsonFile } from "../formats/index.ts";
import type { LlamaConfig } from "../model/index.ts";

const count = z.number().int().positive();
const place = z.number().int().nonnegative();
const range = z.tuple([place, count]); // offset, bytes
const kind = z.enum(["8da8w", "8da4w"]);

/** What a program is compiled for: the fields of a config.json that shape it. Base and scaling of RoPE, and norm epsilon, are filled in. */
const geometry = z.strictObject({
  model_type: z.string(),
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count,
  head_dim: count,
  vocab_size: count,
});

const about = z.object({
  name: z.string(),
  kind,
  madeWith: z.record(z.string(), z.string()),
  contextLength: count,
  geometry,
});

const part = z.object({
  tensor: z.string(), // name in the checkpoint, or rope.cos, rope.sin, norm_eps
  packing: z.enum(["float32", "int8-row", "int4-group32"]),
  rows: count,
  cols: count,
  data: range,
  scales: range.nullable(),
  rotaryHeads: count.optional(), // rows are laid as adjacent rotary pairs of so many heads
  keys: z.array(place).default([]), // where the SHA-256 of the data stands, as 64 hex digits
  scaleKeys: z.array(place).default([]),
});

const header = about.extend({
  fileBytes: count,
  kept: z.array(range),
  ids: z.object({ get_bos_id: z.array(place), get_eos_ids: z.array(place) }),
  parts: z.array(part),
});

const index = z.array(about.extend({ file: z.string() }));

export type PteKind = z.infer<typeof kind>;
export type PtePart = z.infer<typeof part>;
type Geometry = z.infer<typeof geometry>;

/** A template in memory: its description and the bytes of its `kept` ranges, in their order. */
export interface PteTemplate extends z.infer<typeof header> {
  readonly keptBytes: readonly Uint8Array[];
}

/** The templates that come with the package. */
const SHIPPED = fileURLToPath(new URL("../../models/pte-templates", import.meta.url));

/**
 * The template for a model's geometry in the first of `folders` that has one, then among those of the package. Throws UserError
 * with the nearest one and the command that makes another.
 */
export async function findTemplate(
  config: LlamaConfig,
  { kind, base, folders }: { kind: PteKind; base: string; folders: readonly string[] },
): Promise<PteTemplate> {
  const wanted = geometryOf(config);
  const known: (z.infer<typeof about> & { file: string })[] = [];
  for (const folder of [...folders, SHIPPED]) {
    const path = join(folder, "index.json");
    if (!existsSync(path)) throw new UserError(`${folder} is no folder of templates: it has no index.json.`);
    const entries = parse(index, await readJsonFile(path), path);
    known.push(...entries.map((entry) => ({ ...entry, file: join(folder, entry.file) })));
  }
  const ofKind = known.filter((entry) => entry.kind === kind);
  const found = ofKind.find((entry) => differences(entry.geometry, wanted).length === 0);
  if (found !== undefined) return readTemplate(found.file);
  throw new UserError(missingTemplate(base, kind, wanted, ofKind));
}

/** Reads a template. Throws FormatError where it is damaged. */
async function readTemplate(path: string): Promise<PteTemplate> {
  const bytes = await promisify(gunzip)(await readFile(path)).catch((error: Error) => {
    throw new FormatError({ path, where: "the whole file", expected: "gzip", got: error.message });
  });
  const lineEnd = bytes.indexOf(10);
  const described = parse(header, JSON.parse(bytes.toString("utf8", 0, lineEnd)), path);
  let at = lineEnd + 1;
  const keptBytes = described.kept.map(([, size]) => {
    at += size;
    return bytes.subarray(at - size, at);
  });
  if (at === bytes.length) return { ...described, keptBytes };
  const got = `${bytes.length - lineEnd - 1}`;
  throw new FormatError({ path, where: "behind its first line", expected: `${at - lineEnd - 1} bytes`, got });
}

function geometryOf(config: LlamaConfig): Geometry {
  return {
    model_type: config.modelType,
    hidden_size: config.hiddenSize,
    intermediate_size: config.ffnSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headSize,
    vocab_size: config.vocabularySize,
  };
}

function differences(of: Geometry, from: Geometry): string[] {
  return (Object.keys(from) as (keyof Geometry)[])
    .filter((field) => of[field] !== from[field])
    .map((field) => `${field} ${of[field]} there, ${from[field]} here`);
}

function missingTemplate(base: string, kind: PteKind, wanted: Geometry, known: z.infer<typeof index>): string {
  const named = known.map((entry) => ({ name: entry.name, different: differences(entry.geometry, wanted) }));
  const [nearest] = named.sort((a, b) => a.different.length - b.different.length);
  const near = nearest === undefined ? "" : ` The nearest is ${nearest.name} (${nearest.different.join(", ")}).`;
  return (
    `There is no template to make a pte-${kind} of ${base}.${near} Make one, once for all models of this geometry, with Python: ` +
    `python scripts/pte/make.py ${base} ${kind} TEMPLATES (docs/phone.md says what it needs), and name that folder: export.pteTemplates=TEMPLATES`
  );
}

function parse<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [{ path: where, message }] = parsed.error.issues;
  throw new FormatError({ path, where: where.join(".") || "top", expected: "a template's description", got: message });
}
