import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  bf16ToFloat32,
  decodeBf16,
  decodeF16,
  encodeBf16,
  encodeF16,
  f16ToFloat32,
  float32ToBf16,
  float32ToF16,
} from "./half.ts";

const golden = new URL("../../golden/formats/", import.meta.url);
const { half } = JSON.parse(readFileSync(new URL("formats.json", golden), "utf8"));
const bytes = readFileSync(new URL("half.bin", golden));
const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
const values = new Float32Array(data, 0, half.count);

describe("half floats", () => {
  it("narrow to F16 as numpy does: random bits, ties, subnormals, overflow", () => {
    expect(encodeF16(values)).toEqual(new Uint16Array(data, 4 * half.count, half.count));
  });

  it("narrow to BF16 as torch does", () => {
    expect(encodeBf16(values)).toEqual(new Uint16Array(data, 6 * half.count, half.count));
  });

  it("widen all 65,536 F16 patterns as numpy does, and narrow back to the same bits", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const widened = decodeF16(all);
    const isNan = Array.from(widened, Number.isNaN);
    expect(isNan.filter(Boolean).length).toBe(2 * 1023);
    expect(encodeF16(widened).filter((_, i) => !isNan[i])).toEqual(all.filter((_, i) => !isNan[i]));
    const withoutNan = widened.map((value) => (Number.isNaN(value) ? 0 : value));
    const sha256 = createHash("sha256").update(new Uint8Array(withoutNan.buffer)).digest("hex");
    expect(sha256).toBe(half.allF16AsF32Sha256);
  });

  it("round trip every BF16 pattern", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((bits) => (bits & 0x7fff) <= 0x7f80);
    expect(encodeBf16(decodeBf16(all))).toEqual(all);
  });

  it("keep NaN a NaN, and one value at a time agrees with whole arrays", () => {
    expect(f16ToFloat32(float32ToF16(Number.NaN))).toBeNaN();
    expect(bf16ToFloat32(float32ToBf16(Number.NaN))).toBeNaN();
    expect(float32ToF16(1)).toBe(0x3c00);
    expect(float32ToBf16(-2)).toBe(0xc000);
    expect(f16ToFloat32(0x8001)).toBe(-(2 ** -24));
    expect(Object.is(f16ToFloat32(0x8000), -0)).toBe(true);
  });
});
