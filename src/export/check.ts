/**
 * The check of a written file: all names, shapes and types, every value finite, and blocks sampled evenly over each tensor
 * equal to what was meant within what the format can hold.
 */
import { FormatError, invariant } from "../errors.ts";
import {
  type FloatDtype,
  type GgufTensorType,
  openSafetensors,
  showShape,
  writeSafetensors,
} from "../formats/index.ts";

/** A tensor to write, whose values are sampled when they are made. */
export interface CheckedTensor<Type extends GgufTensorType = GgufTensorType> {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: Type;
  readonly data: () => Promise<Float32Array>;
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

const BLOCK = 32;
const BLOCKS_PER_TENSOR = 64;

/** Remembers samples of `tensors` while they are written; `check` then compares a file that was opened again. */
export function createWriteCheck<Type extends GgufTensorType>(
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
      samples.set(tensor.name, takeSamples(values));
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

async function checkTensor(
  written: Written,
  { name, shape, type }: CheckedTensor,
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
  for (const sample of samples) checkSample(written, name, type, values, sample);
}

/** The place of the first value that is no finite number, or -1. */
export function findInfinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

function checkSample(
  written: Written,
  name: string,
  type: GgufTensorType,
  values: Float32Array,
  { start, values: meant }: Sample,
): void {
  const largest = meant.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  for (let i = 0; i < meant.length; i++) {
    const bound = largestError(type, meant[i], largest);
    const error = Math.abs(values[start + i] - meant[i]);
    if (error <= bound) continue;
    fail(
      written,
      `tensor ${name}, value ${start + i}`,
      `${meant[i]} within ${bound} (${type})`,
      `${values[start + i]}`,
    );
  }
}

/** The most by which `value` may change in `type`; `largest` is the largest magnitude of its block of 32. */
function largestError(type: GgufTensorType, value: number, largest: number): number {
  switch (type) {
    case "F32":
      return 0;
    case "F16":
      return Math.max(Math.abs(value) * 2 ** -11, 2 ** -25); // half of the last of 11 bits; half of the least subnormal
    case "BF16":
      return Math.max(Math.abs(value) * 2 ** -8, 2 ** -134); // half of the last of 8 bits; half of the least subnormal
    case "Q8_0":
      // Half a step of d = largest / 127, and d itself rounded to F16 (as above) times at most 127 steps.
      return largest * (0.5 / 127 + 2 ** -11) * 1.001 + 127.5 * 2 ** -25;
    case "Q4_0":
      // A whole step of d = largest / 8 at the end that is cut off, and d rounded to F16 times at most 8 steps.
      return largest * (1 / 8 + 2 ** -11) * 1.001 + 9 * 2 ** -25;
    default:
      return type satisfies never;
  }
}

function takeSamples(values: Float32Array): Sample[] {
  const blocks = Math.ceil(values.length / BLOCK);
  const count = Math.min(blocks, BLOCKS_PER_TENSOR);
  return Array.from({ length: count }, (_, i) => {
    const start = BLOCK * (count === 1 ? 0 : Math.floor((i * (blocks - 1)) / (count - 1)));
    return { start, values: values.slice(start, start + BLOCK) };
  });
}

function fail(written: Written, where: string, expected: string, got: string): never {
  const path = written.path.replace(/\.partial$/, "");
  throw new FormatError({ path, where, expected, got, fix: "The file was written wrongly and is not kept." });
}
