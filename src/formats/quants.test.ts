import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { encodeGgufValues } from "./gguf-values.ts";
import { quantizeOnnx4Slowly } from "./onnx-blocks.fixture.ts";
import { quantizeOnnx4 } from "./onnx-blocks.ts";
import { quantizeHqqSlowly } from "./pte-quants.fixture.ts";
import { quantizeHqq } from "./pte-quants.ts";
import {
  dequantizeQ4_0,
  dequantizeQ4_1,
  dequantizeQ5_0,
  dequantizeQ5_1,
  dequantizeQ8_0,
  WEIGHTED_KERNELS,
} from "./quants.ts";
import { dequantizeQ4_K, dequantizeQ5_K, dequantizeQ6_K, K_KERNELS, WEIGHTED_K_KERNELS } from "./quants-k.ts";
import { quantizeBlocks } from "./quants-kernel.ts";
import { createQuantizerThreads } from "./quants-threads.ts";

const golden = new URL("../../golden/formats/", import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, golden)));
const { blocks } = JSON.parse(readFileSync(new URL("formats.json", golden), "utf8"));
const values = new Float32Array(read("blocks.f32").buffer);
const sha256 = (array: Float32Array | Uint8Array) =>
  createHash("sha256")
    .update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    .digest("hex");

describe("block quantisation", () => {
  it("gives ggml's bytes", () => {
    expect(encodeGgufValues("Q8_0", values)).toEqual(read("blocks.q8_0"));
    expect(encodeGgufValues("Q4_0", values)).toEqual(read("blocks.q4_0"));
  });

  it("gives ggml's values back", () => {
    expect(sha256(dequantizeQ8_0(read("blocks.q8_0")))).toBe(blocks.q8_0DequantizedSha256);
    expect(sha256(dequantizeQ4_0(read("blocks.q4_0")))).toBe(blocks.q4_0DequantizedSha256);
  });

  it("follows the block worked by hand", () => {
    // The largest magnitude is 127, so d = 1 (F16 0x3c00); 0.5 and -0.5 round away from zero, 2.5 to 3.
    const block = new Float32Array(32);
    block.set([127, 0.5, -0.5, 2.5, -2.4]);
    expect([...encodeGgufValues("Q8_0", block).slice(0, 7)]).toEqual([0x00, 0x3c, 127, 1, 255, 3, 254]);
    // -8 has the largest magnitude, so d = -8 / -8 = 1 and q = value + 8, low nibbles first: -8 -> 0, 7 -> 15, 0 -> 8.
    const four = new Float32Array(32);
    four.set([-8, 7]);
    expect([...encodeGgufValues("Q4_0", four).slice(0, 5)]).toEqual([0x00, 0x3c, 0x80, 0x8f, 0x88]);
  });

  const dequantizers = {
    ...{ Q8_0: dequantizeQ8_0, Q4_0: dequantizeQ4_0, Q4_1: dequantizeQ4_1, Q5_0: dequantizeQ5_0, Q5_1: dequantizeQ5_1 },
    ...{ Q4_K: dequantizeQ4_K, Q5_K: dequantizeQ5_K, Q6_K: dequantizeQ6_K },
  };
  const { types } = JSON.parse(readFileSync(new URL("quants.json", golden), "utf8"));
  const weights = new Float32Array(read("quants.f32").buffer); // 96 super-blocks (scripts/goldens/quants.py)

  it.each(Object.keys(dequantizers) as (keyof typeof dequantizers)[])("%s is ggml's and the gguf package's", (type) => {
    const blocks = encodeGgufValues(type, weights);
    expect(sha256(blocks)).toBe(types[type].blocksSha256);
    expect(sha256(dequantizers[type](blocks))).toBe(types[type].valuesSha256);
    const random = Uint8Array.from(Buffer.from(types[type].randomBlocks, "hex"));
    expect(sha256(dequantizers[type](random))).toBe(types[type].randomValuesSha256);
  });

  it.each(Object.keys(types).filter((type) => types[type].weighted) as (keyof typeof dequantizers)[])(
    "%s is ggml's where columns have an importance",
    (type) => {
      const importance = new Float32Array(read("importance.f32").buffer);
      for (const [columns, expected] of Object.entries(types[type].weighted as Record<string, string>))
        expect([columns, sha256(encodeGgufValues(type, weights, importance.subarray(0, Number(columns))))]).toEqual([
          columns,
          expected,
        ]);
    },
  );

  it("takes K-quants in calls of any length", () => {
    const many = new Float32Array(1025 * 256); // one block past a call of the kernel
    for (let i = 0; i < many.length; i++) many[i] = weights[i % weights.length];
    const alone = encodeGgufValues("Q4_K", many.subarray(1024 * 256));
    expect(encodeGgufValues("Q4_K", many).subarray(1024 * 144)).toEqual(alone);
    expect(encodeGgufValues("Q4_K", new Float32Array(0)).length).toBe(0);
  });

  it("gives the same bytes by one core and by several", async () => {
    const many = new Float32Array((1 << 20) + 1280 * 256); // one call of the code and a rest more than a matrix for threads has
    for (let i = 0; i < many.length; i++) many[i] = weights[i % weights.length];
    const threads = createQuantizerThreads(3);
    const parts: Uint8Array[] = [];
    for await (const part of threads.quantize(K_KERNELS.Q4_K, many)) parts.push(part);
    await threads.close();
    expect(Buffer.concat(parts).equals(encodeGgufValues("Q4_K", many))).toBe(true);
  });

  it("gives the same bytes by one core and by several where columns have an importance", async () => {
    const importance = new Float32Array(read("importance.f32").buffer).subarray(0, 768);
    const many = new Float32Array(768 * 1500);
    for (let i = 0; i < many.length; i++) many[i] = weights[i % weights.length];
    const threads = createQuantizerThreads(3);
    for (const kernel of [WEIGHTED_KERNELS.Q5_0, WEIGHTED_K_KERNELS.Q4_K]) {
      const parts: Uint8Array[] = [];
      for await (const part of threads.quantize(kernel, many, importance)) parts.push(part);
      expect(Buffer.concat(parts).equals(quantizeBlocks(kernel, many, importance))).toBe(true);
    }
    await threads.close();
  });

  it("refuses a part of a block", () => {
    expect(() => encodeGgufValues("Q8_0", new Float32Array(33))).toThrow("33 is not a whole number of blocks of 32");
    expect(encodeGgufValues("Q8_0", new Float32Array(0)).length).toBe(0);
    expect(() => encodeGgufValues("Q4_0", new Float32Array(96), new Float32Array(64).fill(1))).toThrow(
      "96 is not a whole number of blocks of 64",
    );
    expect(() => encodeGgufValues("Q4_K", new Float32Array(255))).toThrow("255 is not a whole number of blocks of 256");
  });
});

describe("a kernel in WebAssembly is its slow original, bit for bit", () => {
  const random = createRandom("kernels");
  /** Weights of `rows` rows: rows of zeros, of one value, near nothing, and with a value far above the rest among them. */
  const matrix = (rows: number, cols: number) =>
    Float32Array.from({ length: rows * cols }, (_, i) => {
      const row = Math.floor(i / cols);
      if (row % 7 === 1) return row % 2 === 0 ? 0 : 0.25;
      return random.normal() * (row % 7 === 2 ? 1e-9 : 0.05) * (i % 97 === 0 ? 20 : 1);
    });

  // Whole rows of 32 lanes, several levels of them (16 rows of lanes each), single vectors of 8 and single values behind.
  it.each([
    [8, 9, 64],
    [8, 5, 576],
    [8, 3, 1536],
    [8, 2, 8192],
    [8, 11, 108],
    [8, 1, 36_032],
    [4, 2100, 32],
  ] as const)("%i bits of ExecuTorch, %i groups of %i", (bits, rows, group) => {
    const weights = matrix(rows, group);
    expect(quantizeHqq(weights, { group, bits })).toEqual(quantizeHqqSlowly(weights, { group, bits }));
  });

  it.each([
    [7, 96],
    [65, 1024],
  ])("4 bits of ONNX, %i rows of %i", (rows, cols) => {
    const weights = matrix(rows, cols);
    expect(quantizeOnnx4(weights, cols)).toEqual(quantizeOnnx4Slowly(weights, cols));
  });
});
