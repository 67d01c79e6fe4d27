/**
 * The program of ExecuTorch (.pte), little-endian (executorch 1.5.1: schema/program.fbs, schema/extended_header.h):
 *
 *   0    u32 place of the FlatBuffer's root table
 *   4    "ET12", the FlatBuffer's identifier
 *   8    "eh00", then u32 bytes of this extended header (32)
 *   16   u64 bytes of the program (header included)
 *   24   u64 place of the first segment: the program's bytes rounded up to 128
 *   32   u64 bytes from there to the end of the file
 *   40   the rest of the FlatBuffer Program: methods (execution plans), segments, names of data
 *   …    segments, each at a multiple of 128: constants of the plain kernels, the delegates' blobs, then named data
 *        (weights and scales that the blobs refer to by key)
 *
 * A method that only returns constants (get_eos_ids, get_max_context_len …) is an execution plan without instructions.
 */
import { FormatError } from "../errors.ts";
import {
  type FlatTable,
  fieldAt,
  flatBuffer,
  numberField,
  numbersField,
  tableAt,
  tableField,
  tablesField,
  textField,
} from "./flatbuffers.ts";

/** The bytes that say how long the program is: read these first, then `programBytes`. */
export const PTE_HEADER_BYTES = 40;

/** A range of the file. */
export interface PteRange {
  readonly offset: number;
  readonly bytes: number;
}

export interface PteHeader {
  readonly programBytes: number;
  readonly segmentsAt: number;
  readonly segmentsBytes: number;
}

/** A value that a constant method returns, and where its integer lies in the file (null: left out, so 0 or false). */
export interface PteConstant {
  readonly value: number | boolean | string;
  readonly offset: number | null;
}

/** A call of a delegate: which backend, and the segment of its blob (null: inline in the program). */
export interface PteDelegate {
  readonly backend: string;
  readonly blob: PteRange | null;
}

/** A constant tensor of the plain kernels. */
export interface PteTensor extends PteRange {
  readonly scalarType: number;
  readonly sizes: readonly number[];
}

/** One entry point. */
export interface PteMethod {
  readonly name: string;
  /** What it returns when it has no instructions. */
  readonly returns: readonly PteConstant[];
  /** Operators outside delegates, such as `llama::custom_sdpa.out`, each with the number of its calls. */
  readonly operators: ReadonlyMap<string, number>;
  readonly delegates: readonly PteDelegate[];
  /** Indices into `delegates`, in the order of the calls. */
  readonly delegateCalls: readonly number[];
  readonly constants: readonly PteTensor[];
  /** Bytes of memory that the method plans for activations and caches. */
  readonly plannedBytes: number;
}

export interface PteProgram extends PteHeader {
  readonly schemaVersion: number;
  readonly segments: readonly PteRange[];
  /** Data that delegates find by key. */
  readonly named: ReadonlyMap<string, PteRange>;
  readonly methods: ReadonlyMap<string, PteMethod>;
}

/** Reads the first 40 bytes. Throws FormatError for another file, and for a program without the extended header (before 2023). */
export function parsePteHeader(bytes: Uint8Array, path: string): PteHeader {
  const text = (from: number) => String.fromCharCode(...bytes.subarray(from, from + 4));
  const fail = (where: string, expected: string, got: string): never => {
    throw new FormatError({ path, where, expected, got, fix: "It is not a program of ExecuTorch that this reads." });
  };
  if (bytes.length < PTE_HEADER_BYTES)
    return fail("its header", `${PTE_HEADER_BYTES} bytes`, `the end of the file after ${bytes.length}`);
  if (text(4) !== "ET12") return fail("byte 4", `"ET12"`, JSON.stringify(text(4)));
  if (text(8) !== "eh00") return fail("byte 8", `"eh00"`, JSON.stringify(text(8)));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(12, true) < 32) return fail("byte 12", "a header of 32 bytes", `${view.getUint32(12, true)}`);
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  return { programBytes: u64(16), segmentsAt: u64(24), segmentsBytes: u64(32) };
}

/** Reads the program: `bytes` are the first `programBytes` of the file. Throws FormatError naming the byte where it goes wrong. */
export function parsePte(bytes: Uint8Array, path: string): PteProgram {
  const header = parsePteHeader(bytes, path);
  // Program: 0 version, 1 execution_plan, 4 segments, 5 constant_segment {0 segment_index, 1 offsets}, 7 named_data
  const program = tableAt(flatBuffer(bytes, path), 0);
  const segments = tablesField(program, 4).map((segment) => ({
    offset: header.segmentsAt + numberField(segment, 0, "u64"),
    bytes: numberField(segment, 1, "u64"),
  }));
  const segment = (index: number): PteRange => {
    if (index < segments.length) return segments[index];
    throw new FormatError({
      path,
      where: "its segments",
      expected: `segment ${index}`,
      got: `${segments.length} segments`,
    });
  };
  const constants = constantRanges(tableField(program, 5), segment);
  return {
    ...header,
    schemaVersion: numberField(program, 0, "u32"),
    segments,
    named: new Map(tablesField(program, 7).map((data) => [textField(data, 0), segment(numberField(data, 1, "u32"))])),
    methods: new Map(
      tablesField(program, 1).map((plan) => [textField(plan, 0), readMethod(plan, { constants, segment })]),
    ),
  };
}

/** The place of every constant; the first is reserved and empty. */
function constantRanges(table: FlatTable | null, segment: (index: number) => PteRange): PteRange[] {
  if (table === null) return [];
  const whole = segment(numberField(table, 0, "u32"));
  const starts = numbersField(table, 1, "u64");
  return starts.map((start, i) => ({
    offset: whole.offset + start,
    bytes: (starts[i + 1] ?? whole.bytes) - start,
  }));
}

/** Kinds of EValue and of instruction (program.fbs, unions count from 1). */
const [INT, BOOL, TENSOR, STRING] = [2, 3, 5, 6];
const [KERNEL_CALL, DELEGATE_CALL] = [1, 2];

function readMethod(
  plan: FlatTable,
  { constants, segment }: { constants: readonly PteRange[]; segment: (index: number) => PteRange },
): PteMethod {
  // ExecutionPlan: 0 name, 2 values, 4 outputs, 5 chains, 6 operators, 7 delegates, 8 non_const_buffer_sizes
  const values = tablesField(plan, 2);
  const names = tablesField(plan, 6).map((operator) => [textField(operator, 0), textField(operator, 1)]);
  const operators = new Map<string, number>();
  const delegateCalls: number[] = [];
  for (const instruction of tablesField(plan, 5).flatMap((chain) => tablesField(chain, 2))) {
    const call = tableField(instruction, 1);
    if (call === null) continue;
    const index = numberField(call, 0, "i32");
    if (numberField(instruction, 0, "u8") === DELEGATE_CALL) delegateCalls.push(index);
    if (numberField(instruction, 0, "u8") !== KERNEL_CALL) continue;
    const name = (names[index] ?? [`operator ${index}`]).filter((part) => part !== "").join(".");
    operators.set(name, (operators.get(name) ?? 0) + 1);
  }
  return {
    name: textField(plan, 0),
    returns: numbersField(plan, 4, "i32").flatMap((index) => constantOf(values[index])),
    operators,
    delegates: tablesField(plan, 7).map((delegate) => readDelegate(delegate, segment)),
    delegateCalls,
    constants: values.flatMap((value) => constantTensor(value, constants)),
    plannedBytes: numbersField(plan, 8, "i64").reduce((sum, bytes) => sum + bytes, 0),
  };
}

function readDelegate(delegate: FlatTable, segment: (index: number) => PteRange): PteDelegate {
  // BackendDelegate: 0 id, 1 processed {0 location (0 inline, 1 segment), 1 index}
  const processed = tableField(delegate, 1);
  const inSegment = processed !== null && numberField(processed, 0, "i8") === 1;
  return { backend: textField(delegate, 0), blob: inSegment ? segment(numberField(processed, 1, "u32")) : null };
}

/** A constant that a method returns; nothing for a tensor that it computes. */
function constantOf(value: FlatTable | undefined): PteConstant[] {
  const held = value && tableField(value, 1);
  if (!held) return [];
  const offset = fieldAt(held, 0);
  switch (numberField(value, 0, "u8")) {
    case INT:
      return [{ value: numberField(held, 0, "i64"), offset }];
    case BOOL:
      return [{ value: numberField(held, 0, "u8") !== 0, offset }];
    case STRING:
      return [{ value: textField(held, 0), offset }];
    default:
      return [];
  }
}

/** A tensor that lies in the file; nothing for one that is made at run time. */
function constantTensor(value: FlatTable, constants: readonly PteRange[]): PteTensor[] {
  const tensor = numberField(value, 0, "u8") === TENSOR ? tableField(value, 1) : null;
  if (tensor === null) return [];
  // Tensor: 0 scalar_type, 2 sizes, 5 data_buffer_idx, 6 allocation_info
  const place = constants[numberField(tensor, 5, "u32")];
  if (place === undefined || place.bytes === 0 || fieldAt(tensor, 6) !== null) return [];
  return [{ ...place, scalarType: numberField(tensor, 0, "i8"), sizes: numbersField(tensor, 2, "i32") }];
}
