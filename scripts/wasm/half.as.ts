/** Halves (IEEE 754 binary16) in AssemblyScript, for the quantisers beside this file. */

/** To nearest, ties to even; beyond the largest, infinity. */
export function toHalf(value: f32): u16 {
  const bits = reinterpret<u32>(value);
  const sign = (bits >> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x47800000) return <u16>(sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00));
  if (magnitude >= 0x38800000) {
    const biased = magnitude - 0x38000000;
    return <u16>(sign | ((biased + 0xfff + ((biased >> 13) & 1)) >> 13));
  }
  if (magnitude < 0x33000000) return <u16>sign;
  const shift = 126 - (magnitude >> 23);
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const kept = mantissa >> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const half: u32 = 1 << (shift - 1);
  return <u16>(sign | (rest > half || (rest == half && (kept & 1) == 1) ? kept + 1 : kept));
}
