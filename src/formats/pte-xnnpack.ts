/**
 * The blob of one XNNPACK delegate in a .pte, little-endian (executorch 1.5.1: backends/xnnpack/serialization/schema.fbs):
 *
 *   0    u32 0, 4 "XH00", 8 u16 bytes of the header (30), 10 u32 place of the graph, 14 u32 its bytes,
 *        18 u32 place of constants inside the blob, 22 u64 their bytes (0: all constants are named data of the program)
 *   …    FlatBuffer "XN01" XNNGraph: operators, values, and for each constant the key of its data in the program
 */
import { FormatError } from "../errors.ts";
import {
  type FlatTable,
  flatBuffer,
  numberField,
  numbersField,
  tableAt,
  tableField,
  tablesField,
  textField,
} from "./flatbuffers.ts";

/** How the values of a constant matrix lie in the file. */
export type XnnpackPacking = "float32" | "int8-row" | "int4-group" | "other";

/** A constant of a blob: where its values and their scales are, by key. */
export interface XnnpackConstant {
  readonly packing: XnnpackPacking;
  /** [rows, columns] of a matrix. */
  readonly sizes: readonly number[];
  /** Values that share a scale, for "int4-group"; otherwise 0. */
  readonly group: number;
  readonly key: string;
  readonly scaleKey: string | null;
}

/** Datatypes of XNNPACK values (XNNDatatype) that hold weights here. */
const PACKINGS: ReadonlyMap<number, XnnpackPacking> = new Map([
  [1, "float32"],
  [6, "int8-row"],
  [10, "int4-group"],
]);
const QUANTISED = 2; // XValueUnion.XNNQuantizedTensorValue
const PER_ROW = 2; // XNNQuantParams.PerChannelQuant … PerChannelGroupQuant
const PER_GROUP = 4;

/** The constants of a blob. `bytes` is the whole segment; `where` names it in messages. Throws FormatError for another kind of blob. */
export function parseXnnpackBlob(bytes: Uint8Array, path: string, where: string): XnnpackConstant[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (expected: string, got: string): never => {
    throw new FormatError({ path, where, expected, got });
  };
  if (bytes.length < 30) return fail("an XNNPACK blob", `${bytes.length} bytes`);
  const magic = String.fromCharCode(...bytes.subarray(4, 8));
  if (magic !== "XH00") return fail(`"XH00" at byte 4`, JSON.stringify(magic));
  const [graphAt, graphBytes] = [view.getUint32(10, true), view.getUint32(14, true)];
  if (view.getBigUint64(22, true) !== 0n) return fail("constants by key", "constants inside the blob");
  if (graphAt + graphBytes > bytes.length) return fail(`a graph within ${bytes.length} bytes`, "one that ends behind");
  // XNNGraph: 1 xnodes, 2 xvalues, 8 constant_data {2 named_key}
  const graph = tableAt(flatBuffer(bytes.subarray(graphAt, graphAt + graphBytes), `${path}, ${where}`), 0);
  const keys = tablesField(graph, 8).map((constant) => textField(constant, 2));
  return tablesField(graph, 2).flatMap((value) => readConstant(value, keys));
}

function readConstant(xvalue: FlatTable, keys: readonly string[]): XnnpackConstant[] {
  const isQuantised = numberField(xvalue, 0, "u8") === QUANTISED;
  const value = tableField(xvalue, 1);
  const tensor = isQuantised && value !== null ? tableField(value, 0) : value;
  // XNNTensorValue: 0 datatype, 2 dims, 3 constant_buffer_idx (0: no constant)
  const key = tensor === null ? "" : (keys[numberField(tensor, 3, "u32")] ?? "");
  if (tensor === null || value === null || key === "") return [];
  // XNNQuantizedTensorValue: 1 kind of parameters, 2 parameters; PerChannelGroupQuant: 2 group size, 4 scale_buffer_idx; PerChannelQuant: 2 scale_buffer_idx
  const kind = isQuantised ? numberField(value, 1, "u8") : 0;
  const parameters = isQuantised ? tableField(value, 2) : null;
  const scaleField = kind === PER_GROUP ? 4 : kind === PER_ROW ? 2 : null;
  return [
    {
      packing: PACKINGS.get(numberField(tensor, 0, "i16")) ?? "other",
      sizes: numbersField(tensor, 2, "u32"),
      group: kind === PER_GROUP && parameters !== null ? numberField(parameters, 2, "i32") : 0,
      key,
      scaleKey:
        scaleField === null || parameters === null ? null : (keys[numberField(parameters, scaleField, "u32")] ?? null),
    },
  ];
}
