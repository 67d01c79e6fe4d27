/**
 * The K-quantisers of ggml (quantize_row_q4_K_ref, quantize_row_q5_K_ref, quantize_row_q6_K_ref) in AssemblyScript. Compiled by scripts/wasm/make.mjs to
 * src/formats/quants-k.wasm.ts; the layouts of the blocks stand in src/formats/quants-k.ts.
 *
 * Memory: the first 16 KiB are work space; the caller puts values and blocks above.
 */
import { BEST, fitScales, fitScalesAndMinima, loadColumns, SCALES, WEIGHTS, X } from "./quants-fit.as";
import { writeFiveBits, writeFourBits, writeScales, writeSixBits } from "./quants-k-blocks.as";

export function quantizeQ4K(values: usize, blocks: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    fitSubBlocks(values, 15, -1, 20);
    writeScales(blocks);
    writeFourBits(values, blocks);
    values += 1024;
    blocks += 144;
  }
}

export function quantizeQ5K(values: usize, blocks: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    fitSubBlocks(values, 31, -0.5, 15);
    writeScales(blocks);
    writeFiveBits(values, blocks);
    values += 1024;
    blocks += 176;
  }
}

export function quantizeQ6K(values: usize, blocks: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    for (let group: usize = 0; group < 4; group++) {
      loadColumns(values + 256 * group, 16, X);
      for (let at: usize = 0; at < 256; at += 16) {
        const x = v128.load(X + at);
        v128.store(WEIGHTS + at, f32x4.mul(x, x));
      }
      fitScales(BEST + 512 * group, SCALES + 16 * group, 16, 32);
    }
    writeSixBits(values, blocks);
    values += 1024;
    blocks += 210;
  }
}

function fitSubBlocks(values: usize, most: i32, firstStep: f32, steps: i32): void {
  for (let group: usize = 0; group < 2; group++) {
    loadColumns(values + 512 * group, 32, X);
    weighByMagnitude();
    fitScalesAndMinima(BEST + 512 * group, group, most, firstStep, 0.1, steps);
  }
}

/** The weight of a value is its magnitude and the root mean square of its sub-block. */
function weighByMagnitude(): void {
  let squares = f32x4.splat(0);
  for (let at = X; at < X + 512; at += 16) {
    const x = v128.load(at);
    squares = f32x4.add(squares, f32x4.mul(x, x));
  }
  const root = f32x4.sqrt(f32x4.div(squares, f32x4.splat(32)));
  for (let at: usize = 0; at < 512; at += 16)
    v128.store(WEIGHTS + at, f32x4.add(root, f32x4.abs(v128.load(X + at))));
}
