/**
 * The check of a written file: all names, shapes and types, every value finite, and blocks sampled evenly over each tensor
 * equal to what was meant as the format holds it.
 */
import { FormatError, invariant } from "../errors.ts";
import {
  decodeGgufValues,
  encodeGgufValues,
  type FloatDtype,
  findInfinite,
  type GgufMetadata,
  type GgufTensorType,
  openGguf,
  openSafetensors,
  showShape,
  writeGguf,
  writeSafetensors,
} from "../formats/index.ts";

/** A tensor to write, whose values are sampled when they are made. */
export interface CheckedTensor<Type extends GgufTensorType = GgufTensorType> {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: Type;
  readonly data: () => Promise<Float32Array>;
  /** How much each column of a matrix matters, for types that weigh by it. */
  readonly importance?: Float32Array;
}

/** An open written file, as far as the check reads it. */
interface Written {
  readonly path: string;
  readonly entries: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readFloat32(name: string): Promise<Float32Array>;
  typeOf(name: string): string | null;
}

interface Sample {
  readonly start: number;
  readonly values: Float32Array;
}

const BLOCK = 256; // whole blocks of every type; of a matrix whose columns have an importance, a row
const BLOCKS_PER_TENSOR = 64;

/** Remembers samples of `tensors` while they are written; `check` then compares a file that was opened again. */
function createWriteCheck<Type extends GgufTensorType>(
  tensors: readonly CheckedTensor<Type>[],
): {
  readonly sources: CheckedTensor<Type>[];
  check(written: Written): Promise<void>;
} {
  const samples = new Map<string, Sample[]>();
  const sources = tensors.map((tensor) => ({
    ...tensor,
    data: async () => {
      const values = await tensor.data();
      samples.set(tensor.name, takeSamples(values, tensor.importance?.length ?? BLOCK));
      return values;
    },
  }));
  return {
    sources,
    async check(written) {
      const extra = [...written.entries.keys()].filter((name) => !samples.has(name));
      if (extra.length > 0) fail(written, "its tensors", `${samples.size} tensors`, `more: ${extra.join(", ")}`);
      for (const tensor of tensors) await checkTensor(written, tensor, samples.get(tensor.name));
    },
  };
}

/** Writes a safetensors file and checks it before it gets its name. */
export async function writeCheckedSafetensors(
  path: string,
  tensors: readonly CheckedTensor<FloatDtype>[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const { sources, check } = createWriteCheck(tensors);
  const named = sources.map(({ type, ...source }) => ({ ...source, dtype: type }));
  await writeSafetensors(path, named, metadata, async (partialPath) => {
    const reader = await openSafetensors(partialPath);
    try {
      await check({ ...reader, typeOf: (name) => reader.entries.get(name)!.dtype });
    } finally {
      await reader.close();
    }
  });
}

/** The same for a GGUF file. */
export async function writeCheckedGguf(
  path: string,
  tensors: readonly CheckedTensor[],
  metadata: GgufMetadata,
): Promise<void> {
  const { sources, check } = createWriteCheck(tensors);
  await writeGguf(path, {
    metadata,
    tensors: sources,
    check: async (partialPath) => {
      const reader = await openGguf(partialPath);
      try {
        await check({ ...reader, typeOf: (name) => reader.entries.get(name)!.type });
      } finally {
        await reader.close();
      }
    },
  });
}

async function checkTensor(
  written: Written,
  { name, shape, type, importance }: CheckedTensor,
  samples: Sample[] | undefined,
): Promise<void> {
  invariant(samples, `${name} was never written`);
  const entry = written.entries.get(name);
  if (!entry) return fail(written, "its tensors", `a tensor ${name}`, "none");
  if (showShape(entry.shape) !== showShape(shape))
    fail(written, `tensor ${name}`, showShape(shape), showShape(entry.shape));
  if (written.typeOf(name) !== type) fail(written, `tensor ${name}`, type, `${written.typeOf(name)}`);
  const values = await written.readFloat32(name);
  const infinite = findInfinite(values);
  if (infinite >= 0) {
    fail(written, `tensor ${name}, value ${infinite}`, `a number that ${type} can hold`, `${values[infinite]}`);
  }
  for (const sample of samples) checkSample(written, { name, type, importance }, values, sample);
}

/** A sampled block holds what was meant, as near as its type can: the bits of the codec, and no further from the values than its steps are wide. */
function checkSample(
  written: Written,
  { name, type, importance }: Pick<CheckedTensor, "name" | "type" | "importance">,
  values: Float32Array,
  { start, values: meant }: Sample,
): void {
  const expected = decodeGgufValues(type, encodeGgufValues(type, meant, importance));
  const largest = meant.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const stepShare = importance && STEP_SHARES[type] !== null ? WEIGHED_SHARE : STEP_SHARES[type];
  for (let i = 0; i < meant.length; i++) {
    const got = values[start + i];
    const where = `tensor ${name}, value ${start + i}`;
    if (got !== expected[i]) fail(written, where, `${expected[i]} (${meant[i]} in ${type})`, `${got}`);
    const bound = stepShare === null ? roundingError(type, meant[i]) : largest * stepShare + 2 ** -18;
    if (Math.abs(got - meant[i]) > bound) fail(written, where, `${meant[i]} within ${bound} (${type})`, `${got}`);
  }
}

/**
 * The most by which a quantised value may miss, as a share of the largest magnitude of its super-block: half a step from 0 to it for Q8_0; a whole
 * one for Q4_0 and Q5_0, whose other end is cut off; of the types with a minimum, whose span is up to twice that magnitude, half a step, and for
 * K-quants two steps, because their scales are chosen for the sum of squares and are rounded to 6 bits themselves.
 */
const STEP_SHARES: Readonly<Record<GgufTensorType, number | null>> = {
  ...{ F32: null, F16: null, BF16: null },
  ...{ Q8_0: 0.6 / 127, Q4_0: 1.05 / 8, Q5_0: 1.05 / 16, Q4_1: 1.1 / 15, Q5_1: 1.1 / 31 },
  ...{ Q4_K: 4 / 15, Q5_K: 4 / 31, Q6_K: 2 / 31 },
};

/** The same where columns have an importance: a scale that suits the columns that matter may leave the largest value of another nowhere. */
const WEIGHED_SHARE = 1.05;

/** The most by which a value may change in a float type. */
function roundingError(type: GgufTensorType, value: number): number {
  if (type === "F16") return Math.max(Math.abs(value) * 2 ** -11, 2 ** -25); // half of the last of 11 bits; half of the least subnormal
  if (type === "BF16") return Math.max(Math.abs(value) * 2 ** -8, 2 ** -134); // half of the last of 8 bits; half of the least subnormal
  return 0;
}

function takeSamples(values: Float32Array, size: number): Sample[] {
  const blocks = Math.ceil(values.length / size);
  const count = Math.min(blocks, BLOCKS_PER_TENSOR);
  return Array.from({ length: count }, (_, i) => {
    const start = size * (count === 1 ? 0 : Math.floor((i * (blocks - 1)) / (count - 1)));
    return { start, values: values.slice(start, start + size) };
  });
}

function fail(written: Written, where: string, expected: string, got: string): never {
  const path = written.path.replace(/\.partial$/, "");
  throw new FormatError({ path, where, expected, got, fix: "The file was written wrongly and is not kept." });
}
