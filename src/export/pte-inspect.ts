/** What a .pte is: for a person who got one, and for one who is about to push it to a phone. */
import { openPte, type PteMethod, type PteReader, parseXnnpackBlob, type XnnpackConstant } from "../formats/index.ts";
import { constantOf, lintPte } from "./pte-lint.ts";

/** Weights of one packing. */
export interface PackedWeights {
  readonly packing: string;
  readonly matrices: number;
  readonly weights: number;
  /** Of values and scales, in the file. */
  readonly bytes: number;
}

/** The report. Token ids and lengths are null where no method gives them. */
export interface PteReport {
  readonly kind: "pte";
  readonly path: string;
  readonly fileBytes: number;
  readonly programBytes: number;
  readonly segments: number;
  /** As the exporter wrote it, such as "executorch 1.5.1"; null where the file does not say. */
  readonly madeWith: string | null;
  readonly contextLength: number | null;
  readonly vocabularySize: number | null;
  readonly bosId: number | null;
  readonly eosIds: readonly number[];
  /** What each method without instructions returns. */
  readonly constants: Readonly<Record<string, readonly (number | boolean | string)[]>>;
  /** Calls a step of each backend, and of each operator outside them. */
  readonly delegateCalls: Readonly<Record<string, number>>;
  readonly operators: Readonly<Record<string, number>>;
  readonly weights: readonly PackedWeights[];
  /** Memory for activations and the cache. */
  readonly plannedBytes: number;
  readonly problems: readonly string[];
}

const INT8 = 1; // c10 ScalarType

/** Reads and lints a .pte; `eosIds` are the end tokens of its tokenizer, where one is known. Throws FormatError for another kind of file. */
export async function inspectPte(path: string, eosIds?: readonly number[]): Promise<PteReport> {
  const file = await openPte(path);
  try {
    const { program, fileBytes } = file;
    const { methods } = program;
    const forward = methods.get("forward");
    const number = (name: string) => numberOf(methods.get(name));
    const constants = [...methods.values()].filter(({ returns }) => returns.length > 0);
    const madeWith = constantOf(methods.get("made_with"));
    return {
      kind: "pte",
      path,
      fileBytes,
      programBytes: program.programBytes,
      segments: program.segments.length,
      madeWith: typeof madeWith === "string" ? madeWith : null,
      contextLength: number("get_max_context_len"),
      vocabularySize: number("get_vocab_size"),
      bosId: number("get_bos_id"),
      eosIds: (methods.get("get_eos_ids")?.returns ?? []).flatMap(({ value }) =>
        typeof value === "number" ? value : [],
      ),
      constants: Object.fromEntries(constants.map(({ name, returns }) => [name, returns.map(({ value }) => value)])),
      delegateCalls: countCalls(forward),
      operators: Object.fromEntries([...(forward?.operators ?? [])].sort((a, b) => b[1] - a[1])),
      weights: await sumWeights(file, forward),
      plannedBytes: forward?.plannedBytes ?? 0,
      problems: lintPte(program, fileBytes, eosIds),
    };
  } finally {
    await file.close();
  }
}

function numberOf(method: PteMethod | undefined): number | null {
  const value = constantOf(method);
  return typeof value === "number" ? value : null;
}

function countCalls(forward: PteMethod | undefined): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const index of forward?.delegateCalls ?? []) {
    const { backend } = forward!.delegates[index];
    calls[backend] = (calls[backend] ?? 0) + 1;
  }
  return calls;
}

/** The matrices of the delegates by packing. Layers that share a blob are counted once, as they lie in the file once. */
async function sumWeights(file: PteReader, forward: PteMethod | undefined): Promise<PackedWeights[]> {
  const sums = new Map<string, { matrices: number; weights: number; bytes: number }>();
  const bytesOf = (key: string | null) => (key === null ? 0 : (file.program.named.get(key)?.bytes ?? 0));
  for (const constant of await readConstants(file, forward)) {
    const { packing, group, sizes, key, scaleKey } = constant;
    const name = group > 0 ? `${packing}${group}` : packing;
    const sum = sums.get(name) ?? { matrices: 0, weights: 0, bytes: 0 };
    sum.matrices++;
    sum.weights += sizes.reduce((product, size) => product * size, 1);
    sum.bytes += bytesOf(key) + bytesOf(scaleKey);
    sums.set(name, sum);
  }
  for (const { scalarType, sizes, bytes } of forward?.constants ?? []) {
    if (sizes.length !== 2 || scalarType !== INT8) continue;
    sums.set("int8 embedding", { matrices: 1, weights: sizes[0] * sizes[1], bytes });
  }
  return [...sums].map(([packing, sum]) => ({ packing, ...sum }));
}

async function readConstants(file: PteReader, forward: PteMethod | undefined): Promise<XnnpackConstant[]> {
  const found: XnnpackConstant[] = [];
  for (const { backend, blob } of forward?.delegates ?? []) {
    if (backend !== "XnnpackBackend" || blob === null) continue;
    const where = `blob at byte ${blob.offset}`;
    const bytes = await file.read(blob);
    if (isOlder(bytes)) continue; // the weights lie inside the blob, as exporters wrote it before named data
    found.push(...parseXnnpackBlob(bytes, file.path, where).filter(({ sizes }) => sizes.length === 2));
  }
  return found;
}

/** Whether a blob holds its weights itself, after the header that parseXnnpackBlob checks. */
function isOlder(bytes: Uint8Array): boolean {
  return bytes.length >= 30 && new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(22, true) !== 0n;
}
