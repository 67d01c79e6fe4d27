/** Reads the header of a GGUF file from front to back, a chunk at a time; every read is checked against the end of the file. */
import { readSync } from "node:fs";
import { FormatError } from "../errors.ts";
import { GGUF_VALUE_TYPES } from "./gguf.ts";

/** A place in a file that moves forward; `what` names the field in errors. */
export interface GgufCursor {
  readonly position: number;
  bytes(length: number, what: string): Buffer;
  number(type: "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "u64" | "i64" | "f32" | "f64", what: string): number;
  string(what: string): string;
  /** A u64 that counts things of at least `leastBytes` each, all of which must lie in the file. */
  count(what: string, leastBytes: number): number;
  valueType(what: string): keyof typeof GGUF_VALUE_TYPES;
  fail(where: string, expected: string, got: string): never;
}

const CHUNK_BYTES = 1 << 20;

/** A cursor at the start of the open file `fd` of `fileBytes` bytes. The header is read synchronously: some megabytes at most. */
export function ggufCursor(path: string, fd: number, fileBytes: number): GgufCursor {
  let chunk = Buffer.alloc(0);
  let at = 0; // in the chunk
  let chunkStart = 0;

  function fail(where: string, expected: string, got: string): never {
    throw new FormatError({ path, where, expected, got });
  }

  function bytes(length: number, what: string): Buffer {
    if (at + length > chunk.length) refill(length, what);
    at += length;
    return chunk.subarray(at - length, at);
  }

  function refill(length: number, what: string): void {
    const position = chunkStart + at;
    if (position + length > fileBytes) {
      const got = `the end of the file after ${fileBytes - position}`;
      fail(`offset ${position} (${what})`, `${length} bytes`, got);
    }
    const next = Buffer.allocUnsafe(Math.min(Math.max(length, CHUNK_BYTES), fileBytes - position));
    let done = 0;
    while (done < next.length) {
      const count = readSync(fd, next, done, next.length - done, position + done);
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
          return bytes(1, what).readUInt8();
        case "i8":
          return bytes(1, what).readInt8();
        case "u16":
          return bytes(2, what).readUInt16LE();
        case "i16":
          return bytes(2, what).readInt16LE();
        case "u32":
          return bytes(4, what).readUInt32LE();
        case "i32":
          return bytes(4, what).readInt32LE();
        case "f32":
          return bytes(4, what).readFloatLE();
        case "f64":
          return bytes(8, what).readDoubleLE();
        case "u64":
          return safe(bytes(8, what).readBigUInt64LE(), what);
        case "i64":
          return safe(bytes(8, what).readBigInt64LE(), what);
        default:
          return type satisfies never;
      }
    },
    string(what) {
      return bytes(cursor.count(`the length of ${what}`, 1), what).toString("utf8");
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

const VALUE_TYPE_NAMES = Object.keys(GGUF_VALUE_TYPES) as (keyof typeof GGUF_VALUE_TYPES)[];
