/**
 * Mends the WebAssembly of wllama 2.3.1: llama.cpp's SIMD code for browsers cuts activations down to whole numbers where every other build
 * rounds them (`quantize_row_q8_0` and `quantize_row_q8_1`: `wasm_i32x4_trunc_sat_f32x4` with no `wasm_f32x4_nearest` before it). A rounding is put
 * before each of the sixteen places. Layout (WebAssembly core specification 2.0, §5.5): 8 bytes of preamble; sections of id, size, body; in the
 * code section (10) a count, then functions of size and body. All sizes are LEB128.
 */
const CODE_SECTION = 10;
const CUT = [0xfd, 0xf8, 0x01]; // i32x4.trunc_sat_f32x4_s
const ROUND = [0xfd, 0x6a]; // f32x4.nearest
/** Blocks of 32 activations, four at a time: so many cuts has each of the two functions, and no other function has. */
const CUTS = 8;
const FUNCTIONS = 2;

/** The same module with roundings. Throws where it is not the build that this is meant for, or has them already. */
export function roundActivations(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  let mended = 0;
  let at = 8;
  const out: Uint8Array[] = [wasm.subarray(0, at)];
  while (at < wasm.length) {
    const size = readLeb(wasm, at + 1);
    const end = size.next + size.value;
    if (wasm[at] === CODE_SECTION) {
      const code = mendCode(wasm.subarray(size.next, end));
      mended += code.mended;
      out.push(Uint8Array.of(CODE_SECTION), writeLeb(code.body.length), code.body);
    } else out.push(wasm.subarray(at, end));
    at = end;
  }
  if (mended !== FUNCTIONS)
    throw new Error(`wllama's WebAssembly has ${mended} functions that cut activations, not ${FUNCTIONS}`);
  return join(out);
}

function mendCode(section: Uint8Array): { body: Uint8Array; mended: number } {
  const count = readLeb(section, 0);
  const out: Uint8Array[] = [writeLeb(count.value)];
  let mended = 0;
  let at = count.next;
  for (let i = 0; i < count.value; i++) {
    const size = readLeb(section, at);
    at = size.next + size.value;
    let body = section.subarray(size.next, at);
    const cuts = placesOf(CUT, body);
    if (cuts.length === CUTS && placesOf(ROUND, body).length === 0) {
      body = join(
        cuts
          .flatMap((cut, k) => [body.subarray(cuts[k - 1] ?? 0, cut), Uint8Array.from(ROUND)])
          .concat(body.subarray(cuts[CUTS - 1])),
      );
      mended++;
    }
    out.push(writeLeb(body.length), body);
  }
  return { body: join(out), mended };
}

function placesOf(opcode: readonly number[], body: Uint8Array): number[] {
  const places: number[] = [];
  for (let at = body.indexOf(opcode[0]); at !== -1; at = body.indexOf(opcode[0], at + 1))
    if (opcode.every((byte, i) => body[at + i] === byte)) places.push(at);
  return places;
}

function readLeb(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  let next = at;
  do value += (bytes[next] & 0x7f) * 2 ** (7 * (next - at));
  while (bytes[next++] >= 0x80);
  return { value, next };
}

function writeLeb(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 0x80)) {
    if (bytes.length > 0) bytes[bytes.length - 1] |= 0x80;
    bytes.push(rest % 0x80);
  }
  return Uint8Array.from(bytes);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
