/**
 * Seeded randomness. Every draw in the system comes from here, so that one seed gives one result whatever the
 * concurrency and wherever a run was cut. State is four 32-bit words and can be written to a checkpoint.
 */

/** The whole state of a generator, as stored in checkpoints. */
export type RandomState = readonly [number, number, number, number];

export interface Random {
  /** A float in [0, 1) with 32 random bits. */
  next(): number;
  /** An integer in [0, bound). */
  integer(bound: number): number;
  /** A standard normal draw (Box–Muller, one value per call). */
  normal(): number;
  /** One element of a non-empty list. */
  pick<T>(list: readonly T[]): T;
  /** A new list in random order (Fisher–Yates). */
  shuffle<T>(list: readonly T[]): T[];
  state(): RandomState;
}

/** A generator from a seed (a number, or any string such as `"${seed}/${emailId}"`), or from a stored state. xoshiro128** 1.1 (Blackman & Vigna). */
export function createRandom(seed: number | string | RandomState): Random {
  let [a, b, c, d] = typeof seed === "object" ? seed : seedState(String(seed));

  function bits(): number {
    const x = Math.imul(b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  }

  const random: Random = {
    next: () => bits() / 4294967296,
    integer: (bound) => Math.floor(random.next() * bound),
    normal: () => {
      const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
      return radius * Math.cos(2 * Math.PI * random.next());
    },
    pick: (list) => list[random.integer(list.length)],
    shuffle: (list) => {
      const result = [...list];
      for (let i = result.length - 1; i > 0; i--) {
        const j = random.integer(i + 1);
        [result[i], result[j]] = [result[j], result[i]];
      }
      return result;
    },
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
  };
  return random;
}

/** A 32-bit hash of a string (FNV-1a with a final avalanche), stable across versions: used for splits and per-item seeds. */
export function hashString(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Four well-mixed words from a string (splitmix32 over its hash). */
function seedState(text: string): RandomState {
  let x = hashString(text);
  const word = () => {
    x = (x + 0x9e3779b9) | 0;
    let z = x ^ (x >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return [word(), word(), word(), word()];
}
