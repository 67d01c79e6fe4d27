/** Reads the header of a GGUF from front to back, a chunk at a time; every read is checked against the end of the file. */
import { FormatError } from "../errors.ts";
import { GGUF_VALUE_TYPES } from "./gguf.ts";

/** A place in a file that moves forward; `what` names the field in errors. */
export interface GgufCursor {
  readonly position: number;
  bytes(length: number, what: string): Uint8Array;
  number(type: "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "u64" | "i64" | "f32" | "f64", what: string): number;
  string(what: string): string;
  /** A u64 that counts things of at least `leastBytes` each, all of which must lie in the file. */
  count(what: string, leastBytes: number): number;
  valueType(what: string): keyof typeof GGUF_VALUE_TYPES;
  fail(where: string, expected: string, got: string): never;
}

const CHUNK_BYTES = 1 << 20;

/** Where the bytes of a GGUF come from: an open file, or what a browser holds of one. */
export interface GgufSource {
  readonly sizeBytes: number;
  /** Fills `target` from `position` on; returns how many bytes it could give. Synchronous: a header has some megabytes at most. */
  read(target: Uint8Array, position: number): number;
}

/** A cursor at the start of `source`; `path` is for messages only. */
export function ggufCursor(path: string, source: GgufSource): GgufCursor {
  const { sizeBytes: fileBytes } = source;
  let chunk = new Uint8Array();
  let at = 0; // in the chunk
  let chunkStart = 0;

  function fail(where: string, expected: string, got: string): never {
    throw new FormatError({ path, where, expected, got });
  }

  function bytes(length: number, what: string): Uint8Array {
    if (at + length > chunk.length) refill(length, what);
    at += length;
    return chunk.subarray(at - length, at);
  }

  function view(length: number, what: string): DataView {
    const part = bytes(length, what);
    return new DataView(part.buffer, part.byteOffset, length);
  }

  function refill(length: number, what: string): void {
    const position = chunkStart + at;
    if (position + length > fileBytes) {
      const got = `the end of the file after ${fileBytes - position}`;
      fail(`offset ${position} (${what})`, `${length} bytes`, got);
    }
    const next = new Uint8Array(Math.min(Math.max(length, CHUNK_BYTES), fileBytes - position));
    let done = 0;
    while (done < next.length) {
      const count = source.read(next.subarray(done), position + done);
      if (count === 0) fail(`offset ${position + done} (${what})`, "more bytes", "the end of the file");
      done += count;
    }
    chunk = next;
    chunkStart = position;
    at = 0;
  }

  const cursor: GgufCursor = {
    get position() {
      return chunkStart + at;
    },
    bytes,
    fail,
    number(type, what) {
      switch (type) {
        case "u8":
          return view(1, what).getUint8(0);
        case "i8":
          return view(1, what).getInt8(0);
        case "u16":
          return view(2, what).getUint16(0, true);
        case "i16":
          return view(2, what).getInt16(0, true);
        case "u32":
          return view(4, what).getUint32(0, true);
        case "i32":
          return view(4, what).getInt32(0, true);
        case "f32":
          return view(4, what).getFloat32(0, true);
        case "f64":
          return view(8, what).getFloat64(0, true);
        case "u64":
          return safe(view(8, what).getBigUint64(0, true), what);
        case "i64":
          return safe(view(8, what).getBigInt64(0, true), what);
        default:
          return type satisfies never;
      }
    },
    string(what) {
      return utf8.decode(bytes(cursor.count(`the length of ${what}`, 1), what));
    },
    count(what, leastBytes) {
      const start = cursor.position;
      const value = cursor.number("u64", what);
      const most = Math.floor((fileBytes - cursor.position) / leastBytes);
      if (value > most)
        fail(`offset ${start} (${what})`, `at most ${most}, all that the file has room for`, `${value}`);
      return value;
    },
    valueType(what) {
      const start = cursor.position;
      const id = cursor.number("u32", what);
      const name = VALUE_TYPE_NAMES[id];
      return name ?? fail(`offset ${start} (${what})`, "a value type from 0 to 12", `${id}`);
    },
  };

  function safe(value: bigint, what: string): number {
    const number = Number(value);
    if (!Number.isSafeInteger(number))
      fail(`offset ${cursor.position - 8} (${what})`, "an integer below 2^53", `${value}`);
    return number;
  }

  return cursor;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const VALUE_TYPE_NAMES = Object.keys(GGUF_VALUE_TYPES) as (keyof typeof GGUF_VALUE_TYPES)[];
