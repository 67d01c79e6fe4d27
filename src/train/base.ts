/** The base that training reads: float32 in memory, or its projections in int8, made once and kept in files that the runtime maps. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  bytesOf,
  type OnnxExternalData,
  openForReading,
  readInto,
  readJsonFile,
  writeFileBeside,
  writeJsonFile,
} from "../formats/index.ts";
import {
  digestOf,
  digestOfFolder,
  type Int8Matrix,
  type LlamaConfig,
  openBaseWeights,
  readBaseWeights,
  readGgufPointer,
  type Weights,
} from "../model/index.ts";
import type { Recipe } from "../recipe.ts";
import { type OpenSession, withSession } from "../runtime/index.ts";
import { calibrationExamples, quantizeBase, takesInt8 } from "./int8.ts";
import type { Example } from "./pack.ts";

/** A base as `fit` takes it. */
export interface TrainingBase {
  /** Weights in float32: all, but for the projections in `int8`. */
  readonly base: Weights;
  /** Of all weights, whatever they are kept in. */
  readonly baseDigest: string;
  readonly int8?: KeptInt8Base;
}

/** A base's projections in int8; their large values lie in files of `folder`. */
export interface KeptInt8Base {
  readonly folder: string;
  readonly projections: ReadonlyMap<string, Int8Matrix>;
}

export interface BaseOptions {
  readonly config: LlamaConfig;
  readonly baseFolder: string;
  readonly settings: Recipe["train"];
  /** Sequences by which an int8 base is quantised. */
  readonly examples: readonly Example[];
  /** Where an int8 base is kept. */
  readonly folder: string;
  /** Goes on from weights that were trained over what is kept: it is taken whichever sequences it was quantised by. */
  readonly goesOn?: boolean;
  /** Whether all weights are wanted in float32, whatever the settings say. */
  readonly wantsFloat32?: boolean;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onNote?: (note: string) => void;
  /** Called while the base is quantised with the layers that are done. */
  readonly onLayer?: (done: number) => void;
}

/**
 * Reads a base for training. One that is to be in int8 is quantised a layer at a time and kept in `folder`; where that holds the same base
 * quantised by the same sequences, it is taken as it is. Throws UserError for a base that cannot be used.
 */
export async function readTrainingBase(options: BaseOptions): Promise<TrainingBase> {
  const { config, baseFolder, settings, threads, onNote } = options;
  const openSession: OpenSession = (model, use) => withSession(model, { threads }, use);
  if (options.wantsFloat32 || !(await takesInt8(config, settings, { openSession, onNote }))) {
    const base = await readBaseWeights(baseFolder, config);
    return { base, baseDigest: digestOf(base) };
  }
  const { baseDigest, ...int8 } = (await readKept(options)) ?? (await makeKept(options, openSession));
  const base = await readBaseWeights(baseFolder, config, (name) => !int8.projections.has(name));
  return { base, baseDigest, int8 };
}

const [indexFile, valuesFile] = ["base.json", "values.bin"];

/** Of what the files hold and how they were made; another number makes them anew. */
const version = 1;

/** base.json: the matrices of values.bin, and what they were made of. */
interface KeptIndex {
  readonly version: number;
  /** Of the base's files as they are on disk. */
  readonly files: string;
  /** Of the configuration and the sequences by which it was quantised. */
  readonly key: string;
  readonly baseDigest: string;
  readonly valuesBytes: number;
  readonly exact: readonly string[];
  readonly projections: Readonly<Record<string, KeptMatrix>>;
}

type KeptMatrix = Pick<Int8Matrix, "outliers" | "fine"> &
  Readonly<Record<"forward" | "forwardScale" | "backward" | "backwardScale" | "outlierColumns", OnnxExternalData>>;

type Kept = KeptInt8Base & { readonly baseDigest: string };

/** What is kept, where it is of this base and these sequences; else null. */
async function readKept({ folder, baseFolder, onNote, ...options }: BaseOptions): Promise<Kept | null> {
  const [indexPath, valuesPath] = [join(folder, indexFile), join(folder, valuesFile)];
  if (!existsSync(indexPath) || !existsSync(valuesPath)) return null;
  const index = (await readJsonFile(indexPath)) as KeptIndex; // written below
  const isWhole = index.version === version && (await stat(valuesPath)).size === index.valuesBytes;
  const isSame = options.goesOn === true || index.key === keyOf(options);
  if (!isWhole || !isSame || index.files !== (await filesOf(baseFolder))) return null;
  noteExact(index.exact, onNote);
  const handle = await openForReading(valuesPath);
  try {
    const projections = new Map<string, Int8Matrix>();
    for (const [name, { forwardScale, backwardScale, ...rest }] of Object.entries(index.projections)) {
      const floats = async ({ offset, length }: OnnxExternalData) => {
        const values = new Float32Array(length / 4);
        await readInto(handle, bytesOf(values), offset);
        return values;
      };
      const scales = { forwardScale: await floats(forwardScale), backwardScale: await floats(backwardScale) };
      projections.set(name, { ...rest, ...scales });
    }
    return { folder, projections, baseDigest: index.baseDigest };
  } finally {
    await handle.close();
  }
}

/** Quantises the base and keeps it: the values first, the index that makes them count last. */
async function makeKept(options: BaseOptions, openSession: OpenSession): Promise<Kept> {
  const { folder, config, baseFolder, settings, examples, signal, onLayer } = options;
  const { rowTokens } = settings;
  await mkdir(folder, { recursive: true });
  const files = await filesOf(baseFolder);
  const baseDigest = await digestOfFolder(baseFolder, config);
  const reader = await openBaseWeights(baseFolder, config);
  const kept: Record<string, KeptMatrix> = {};
  let [valuesBytes, exact]: [number, readonly string[]] = [0, []];
  try {
    await writeFileBeside(join(folder, valuesFile), async (writer) => {
      const place = async (values: Int8Array | Float32Array): Promise<OnnxExternalData> => {
        await writer.write(new Uint8Array((alignment - (writer.position % alignment)) % alignment));
        const offset = writer.position;
        await writer.write(bytesOf(values));
        return { location: valuesFile, offset, length: values.byteLength };
      };
      const made = await quantizeBase({
        ...{ config, examples, rowTokens, openSession, place },
        readWeight: (name) => reader.readFloat32(name),
        onProgress: (part) => {
          signal?.throwIfAborted();
          onLayer?.(Math.round(part * config.layers));
        },
      });
      for (const [name, { forwardScale, backwardScale, ...rest }] of made.projections)
        kept[name] = {
          ...(rest as Omit<KeptMatrix, "forwardScale" | "backwardScale">), // `place` has put them
          ...{ forwardScale: await place(forwardScale), backwardScale: await place(backwardScale) },
        };
      [valuesBytes, exact] = [writer.position, made.exact];
    });
  } finally {
    await reader.close();
  }
  const index: KeptIndex = { version, files, key: keyOf(options), baseDigest, valuesBytes, exact, projections: kept };
  await writeJsonFile(join(folder, indexFile), index);
  return (await readKept(options))!; // its scales are read back, so that both ways give the same
}

/** Files are mapped into memory by pages. */
const alignment = 4096;

function noteExact(exact: readonly string[], onNote: BaseOptions["onNote"]): void {
  if (exact.length > 0)
    onNote?.(`Too coarse in int8, kept in float32: ${exact.length} projections, ${exact.join(", ")}.`);
}

function keyOf({ config, settings, examples }: Pick<BaseOptions, "config" | "settings" | "examples">): string {
  const hash = createHash("sha256").update(JSON.stringify({ config, rowTokens: settings.rowTokens }));
  for (const { ids } of examples.slice(0, calibrationExamples)) hash.update(`${ids.length} `).update(ids);
  return hash.digest("hex").slice(0, 32);
}

/** A digest of names, sizes and times of a base's files, wherever its folder lies: what is unchanged need not be read to be known again. */
async function filesOf(baseFolder: string): Promise<string> {
  const gguf = await readGgufPointer(baseFolder);
  const names = (await readdir(baseFolder)).filter((name) => /\.(safetensors|json)$/.test(name)).sort();
  const hash = createHash("sha256");
  for (const path of [...names, ...(gguf ? [gguf.path] : [])]) {
    const { size, mtimeMs } = await stat(resolve(baseFolder, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex").slice(0, 32);
}
