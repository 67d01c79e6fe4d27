/**
 * 16-bit floats. F16 is IEEE 754 binary16 (1 sign, 5 exponent, 10 mantissa bits); BF16 is the upper half of a float32.
 * Narrowing rounds to nearest, ties to even; subnormals, infinities and the sign of zero are kept; a NaN stays a (quiet) NaN.
 */
const floatScratch = new Float32Array(1);
const bitScratch = new Uint32Array(floatScratch.buffer);

/** The F16 bits of a float32. */
export function float32ToF16(value: number): number {
  floatScratch[0] = value;
  return f16FromBits(bitScratch[0]);
}

/** The value of F16 bits, exactly. */
export function f16ToFloat32(bits: number): number {
  return f16Values()[bits & 0xffff];
}

/** The BF16 bits of a float32. */
export function float32ToBf16(value: number): number {
  floatScratch[0] = value;
  return bf16FromBits(bitScratch[0]);
}

/** The value of BF16 bits, exactly. */
export function bf16ToFloat32(bits: number): number {
  bitScratch[0] = bits << 16;
  return floatScratch[0];
}

/** Narrows a whole array to F16 bits, into `target` when given (same length). */
export function encodeF16(values: Float32Array, target: Uint16Array = new Uint16Array(values.length)): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) target[i] = f16FromBits(bits[i]);
  return target;
}

/** Widens F16 bits to float32, into `target` when given (same length). */
export function decodeF16(halves: Uint16Array, target: Float32Array = new Float32Array(halves.length)): Float32Array {
  const values = f16Values();
  for (let i = 0; i < halves.length; i++) target[i] = values[halves[i]];
  return target;
}

/** Narrows a whole array to BF16 bits, into `target` when given (same length). */
export function encodeBf16(values: Float32Array, target: Uint16Array = new Uint16Array(values.length)): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) target[i] = bf16FromBits(bits[i]);
  return target;
}

/** Widens BF16 bits to float32, into `target` when given (same length). */
export function decodeBf16(halves: Uint16Array, target: Float32Array = new Float32Array(halves.length)): Float32Array {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return target;
}

function f16FromBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00); // NaN; 2^16 and above, infinity
  if (magnitude >= 0x38800000) {
    // Normal from 2^-14: move the exponent bias from 127 to 15 and round off 13 bits. A carry into 0x7c00 is infinity, as it must be.
    const biased = magnitude - 0x38000000;
    return sign | ((biased + 0xfff + ((biased >>> 13) & 1)) >>> 13);
  }
  if (magnitude < 0x33000000) return sign; // below half of the least subnormal, 2^-25
  const shift = 126 - (magnitude >>> 23); // 14…24
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const kept = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept);
}

function bf16FromBits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

let f16Table: Float32Array | undefined;

/** All 65,536 values, made on first use. */
function f16Values(): Float32Array {
  if (f16Table) return f16Table;
  f16Table = new Float32Array(65536);
  for (let i = 0; i < 65536; i++) {
    const exponent = (i >>> 10) & 31;
    const mantissa = i & 1023;
    const magnitude =
      exponent === 0
        ? mantissa * 2 ** -24
        : exponent === 31
          ? mantissa === 0
            ? Number.POSITIVE_INFINITY
            : Number.NaN
          : (1 + mantissa / 1024) * 2 ** (exponent - 15);
    f16Table[i] = i & 0x8000 ? -magnitude : magnitude;
  }
  return f16Table;
}
