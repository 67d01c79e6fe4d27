/**
 * The generator of `numpy.random.default_rng(seed)`, number for number: SeedSequence, PCG64 (O'Neill 2014, PCG XSL-RR 128/64) and
 * NumPy's bounded draws. Source: NumPy 2.4, `numpy/random/bit_generator.pyx`, `src/pcg64/pcg64.h`, `src/distributions/distributions.c`.
 */
import { UserError } from "../errors.ts";

/** `numpy.random.Generator` with PCG64, as far as resampling needs it. */
export interface Pcg64 {
  /** The next 32 bits: the lower half of a 64-bit output, then its upper half. */
  next32(): number;
  /** Fills `indices` as `choice(bound, size=indices.length)` and `integers(bound, …)` do: with replacement, each as likely. */
  fillIndices(indices: Int32Array, bound: number): void;
  /** Booleans as one call of `integers(2, dtype=bool)` gives them; each call of the result goes on where the last one ended. */
  drawBooleans(): (mask: Uint8Array) => void;
}

/** The generator for a whole number from 0 to 2⁵³ − 1. Throws UserError for another seed. */
export function createPcg64(seed: number): Pcg64 {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new UserError(`The seed ${seed} cannot be used: give a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`);
  }
  const words = seedWords(seed, 8); // two 128-bit numbers, each as 64-bit halves, the higher half first
  const increment = [words[6], words[7], words[4], words[5]]; // of the state, the lowest 32 bits first, as everything below
  for (let i = 3; i >= 0; i--) {
    increment[i] = ((increment[i] << 1) | (i === 0 ? 1 : increment[i - 1] >>> 31)) >>> 0;
  }
  const state = addWords(increment, [words[2], words[3], words[0], words[1]]); // the first step, from a state of 0
  const outputs = new Uint32Array(1024);
  step(2); // what comes out here is not used
  let next = outputs.length;

  function next32(): number {
    if (next === outputs.length) {
      step(outputs.length);
      next = 0;
    }
    return outputs[next++];
  }

  /** state = state · multiplier + increment, modulo 2¹²⁸, and the two words that come out of it, until there are `count`. */
  function step(count: number): void {
    let [a0, a1, a2, a3] = state;
    const [c0, c1, c2, c3] = increment;
    for (let at = 0; at < count; at += 2) {
      const low00 = Math.imul(a0, M0) >>> 0;
      const low10 = Math.imul(a1, M0) >>> 0;
      const low01 = Math.imul(a0, M1) >>> 0;
      const low20 = Math.imul(a2, M0) >>> 0;
      const low11 = Math.imul(a1, M1) >>> 0;
      const low02 = Math.imul(a0, M2) >>> 0;
      const sum0 = low00 + c0;
      const sum1 = Math.floor(sum0 / TWO32) + upperHalf(a0, M0, low00) + low10 + low01 + c1;
      const sum2 =
        Math.floor(sum1 / TWO32) + upperHalf(a1, M0, low10) + upperHalf(a0, M1, low01) + low20 + low11 + low02 + c2;
      const sum3 =
        Math.floor(sum2 / TWO32) + upperHalf(a2, M0, low20) + upperHalf(a1, M1, low11) + upperHalf(a0, M2, low02) + c3;
      a3 = ((sum3 >>> 0) + Math.imul(a3, M0) + Math.imul(a2, M1) + Math.imul(a1, M2) + Math.imul(a0, M3)) >>> 0;
      a2 = sum2 >>> 0;
      a1 = sum1 >>> 0;
      a0 = sum0 >>> 0;
      // XSL-RR: the halves of the state xor-ed, rotated right by its six highest bits.
      const isSwapped = a3 >= 0x80000000;
      const low = isSwapped ? a1 ^ a3 : a0 ^ a2;
      const high = isSwapped ? a0 ^ a2 : a1 ^ a3;
      const shift = (a3 >>> 26) & 31;
      outputs[at] = shift === 0 ? low : (low >>> shift) | (high << (32 - shift));
      outputs[at + 1] = shift === 0 ? high : (high >>> shift) | (low << (32 - shift));
    }
    state.set([a0, a1, a2, a3]);
  }

  function fillIndices(indices: Int32Array, bound: number): void {
    if (bound === 1) {
      indices.fill(0); // nothing is drawn
      return;
    }
    const unfair = (2 ** 32 - bound) % bound; // Lemire 2019 (arXiv:1805.10941)
    for (let i = 0; i < indices.length; i++) {
      let draw: number;
      let low: number;
      do {
        draw = next32();
        low = Math.imul(draw, bound) >>> 0;
      } while (low < unfair);
      const upperPart = (draw >>> 16) * bound;
      indices[i] = Math.floor((upperPart + Math.floor(((draw & 0xffff) * bound) / 65536)) / 65536); // ⌊draw · bound / 2³²⌋
    }
  }

  function drawBooleans(): (mask: Uint8Array) => void {
    let bits = 0;
    let left = 0;
    return (mask) => {
      for (let i = 0; i < mask.length; i++) {
        if (left === 0) {
          bits = next32();
          left = 32;
        }
        mask[i] = bits & 1;
        bits >>>= 1;
        left--;
      }
    };
  }

  return { next32, fillIndices, drawBooleans };
}

const TWO32 = 2 ** 32;
const [M0, M1, M2, M3] = [0x9fccf645, 0x4385df64, 0x1fc65da4, 0x2360ed05]; // the multiplier

/** The upper half of a · b, whose lower half is known: a double of the product is off by far less than half of what it counts. */
function upperHalf(a: number, b: number, low: number): number {
  return Math.floor((a * b - low) / TWO32 + 0.5);
}

function addWords(a: readonly number[], b: readonly number[]): Float64Array {
  const sums = new Float64Array(4);
  for (let i = 0, carry = 0; i < 4; i++) {
    const sum = a[i] + b[i] + carry;
    sums[i] = sum >>> 0;
    carry = Math.floor(sum / TWO32);
  }
  return sums;
}

const POOL = 4;

/** `SeedSequence(seed).generate_state(count)`: well-mixed 32-bit words. */
function seedWords(seed: number, count: number): number[] {
  const entropy = seed > 0xffffffff ? [seed >>> 0, Math.floor(seed / 2 ** 32)] : [seed];
  let mixer = 0x43b0d7e5;
  const hash = (value: number) => {
    let result = value ^ mixer;
    mixer = Math.imul(mixer, 0x931e8875);
    result = Math.imul(result, mixer);
    return result ^ (result >>> 16);
  };
  const mix = (a: number, b: number) => {
    const result = (Math.imul(0xca01f9dd, a) - Math.imul(0x4973f715, b)) | 0;
    return result ^ (result >>> 16);
  };
  const pool = Array.from({ length: POOL }, (_, i) => hash(entropy[i] ?? 0));
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  }
  let second = 0x8b51f9dd;
  return Array.from({ length: count }, (_, i) => {
    let word = pool[i % POOL] ^ second;
    second = Math.imul(second, 0x58f38ded);
    word = Math.imul(word, second);
    return (word ^ (word >>> 16)) >>> 0;
  });
}
