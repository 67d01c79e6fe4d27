/**
 * Reading FlatBuffers (google/flatbuffers, docs/internals), little-endian, without a schema compiler:
 *
 *   table     i32 distance back to its vtable, then its fields; a field that is left out has its default
 *   vtable    u16 bytes of the vtable, u16 bytes of the table, u16 offset of each field in the table (0: left out)
 *   others    strings, vectors and tables are reached by a u32 distance forwards from where they are named;
 *             a vector is u32 length, then its elements; a string is a vector of UTF-8 bytes
 *
 * Every access is checked against the end of the bytes, so a damaged file gives a FormatError and no wrong value.
 */
import { FormatError } from "../errors.ts";

/** The bytes of one FlatBuffer and the file they came from, for messages. */
export interface FlatBuffer {
  readonly path: string;
  readonly view: DataView;
}

/** A table; fields are named by their number in the schema. */
export interface FlatTable {
  readonly buffer: FlatBuffer;
  /** Where the table starts in the buffer. */
  readonly at: number;
}

const decoder = new TextDecoder();

export function flatBuffer(bytes: Uint8Array, path: string): FlatBuffer {
  return { path, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** The table that the u32 at `at` leads to: with 0 the root of the buffer. */
export function tableAt(buffer: FlatBuffer, at: number): FlatTable {
  return { buffer, at: follow(buffer, at) };
}

/** Where the field lies in the buffer; null when it is left out. */
export function fieldAt({ buffer, at }: FlatTable, field: number): number | null {
  const vtable = at - need(buffer, at, 4).getInt32(at, true);
  const size = need(buffer, vtable, 4).getUint16(vtable, true);
  const slot = vtable + 4 + 2 * field;
  if (4 + 2 * field + 2 > size) return null;
  const offset = need(buffer, slot, 2).getUint16(slot, true);
  return offset === 0 ? null : at + offset;
}

/** A number field, or `otherwise` when it is left out. */
export function numberField(table: FlatTable, field: number, kind: NumberKind, otherwise = 0): number {
  const at = fieldAt(table, field);
  return at === null ? otherwise : readNumber(table.buffer, at, kind);
}

/** A table field; null when it is left out. */
export function tableField(table: FlatTable, field: number): FlatTable | null {
  const at = fieldAt(table, field);
  return at === null ? null : tableAt(table.buffer, at);
}

/** A string field; "" when it is left out. */
export function textField(table: FlatTable, field: number): string {
  const at = fieldAt(table, field);
  if (at === null) return "";
  const { start, length } = vectorAt(table.buffer, follow(table.buffer, at), 1);
  const { view } = table.buffer;
  return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + start, length));
}

/** A vector of numbers; [] when it is left out. */
export function numbersField(table: FlatTable, field: number, kind: NumberKind): number[] {
  const at = fieldAt(table, field);
  if (at === null) return [];
  const bytes = NUMBER_BYTES[kind];
  const { start, length } = vectorAt(table.buffer, follow(table.buffer, at), bytes);
  return Array.from({ length }, (_, i) => readNumber(table.buffer, start + i * bytes, kind));
}

/** A vector of tables; [] when it is left out. */
export function tablesField(table: FlatTable, field: number): FlatTable[] {
  const at = fieldAt(table, field);
  if (at === null) return [];
  const { start, length } = vectorAt(table.buffer, follow(table.buffer, at), 4);
  return Array.from({ length }, (_, i) => tableAt(table.buffer, start + 4 * i));
}

/** The numbers that are read here; i64 and u64 must be exact in a double. */
export type NumberKind = "u8" | "i8" | "i16" | "i32" | "u32" | "i64" | "u64" | "f64";
const NUMBER_BYTES: Readonly<Record<NumberKind, number>> = {
  u8: 1,
  i8: 1,
  i16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
  f64: 8,
};

function readNumber(buffer: FlatBuffer, at: number, kind: NumberKind): number {
  const view = need(buffer, at, NUMBER_BYTES[kind]);
  switch (kind) {
    case "u8":
      return view.getUint8(at);
    case "i8":
      return view.getInt8(at);
    case "i16":
      return view.getInt16(at, true);
    case "i32":
      return view.getInt32(at, true);
    case "u32":
      return view.getUint32(at, true);
    case "i64":
      return Number(view.getBigInt64(at, true));
    case "u64":
      return Number(view.getBigUint64(at, true));
    case "f64":
      return view.getFloat64(at, true);
    default:
      return kind satisfies never;
  }
}

function follow(buffer: FlatBuffer, at: number): number {
  return at + need(buffer, at, 4).getUint32(at, true);
}

function vectorAt(buffer: FlatBuffer, at: number, elementBytes: number): { start: number; length: number } {
  const length = need(buffer, at, 4).getUint32(at, true);
  need(buffer, at + 4, length * elementBytes);
  return { start: at + 4, length };
}

function need({ path, view }: FlatBuffer, at: number, bytes: number): DataView {
  if (at >= 0 && at + bytes <= view.byteLength) return view;
  throw new FormatError({
    path,
    where: `byte ${at} of its program`,
    expected: `${bytes} more bytes of the ${view.byteLength}`,
    got: "a place outside",
    fix: "The file is damaged or no FlatBuffer.",
  });
}
