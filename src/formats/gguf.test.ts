import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { FormatError } from "../errors.ts";
import type { GgufMetadata } from "./gguf.ts";
import { openGguf } from "./gguf-read.ts";
import { type GgufTensorSource, writeGguf } from "./gguf-write.ts";

const reference = fileURLToPath(new URL("../../golden/formats/small.gguf", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gguf-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** As scripts/goldens/formats.py makes them. */
const wide = Float32Array.from({ length: 96 }, (_, i) => Math.fround(Math.fround(i / 7) - 5));
const metadata: GgufMetadata = new Map([
  ["general.architecture", { type: "string", value: "llama" }],
  ["general.name", { type: "string", value: "small" }],
  ["test.u32", { type: "u32", value: 4000000000 }],
  ["test.i32", { type: "i32", value: -5 }],
  ["test.f32", { type: "f32", value: Math.fround(1e-5) }],
  ["test.u64", { type: "u64", value: 2 ** 40 }],
  ["test.bool", { type: "bool", value: true }],
  ["test.string", { type: "string", value: "Grüße 👋" }],
  ["test.strings", { type: "array", of: "string", value: ["", "a", "Ġthe"] }],
  ["test.ints", { type: "array", of: "i32", value: [1, -2, 3] }],
  ["test.floats", { type: "array", of: "f32", value: [0.5, -1.5] }],
]);
const tensors: GgufTensorSource[] = [
  { name: "f32", shape: [3, 5], type: "F32", data: wide.filter((_, i) => i % 32 < 5) },
  { name: "f16", shape: [3, 32], type: "F16", data: () => wide },
  { name: "one", shape: [32], type: "F32", data: async () => wide.slice(0, 32) },
  { name: "q8_0", shape: [3, 32], type: "Q8_0", data: wide },
  { name: "q4_0", shape: [3, 32], type: "Q4_0", data: wide },
];

describe("GGUF", () => {
  it("writes the bytes that the gguf package writes", async () => {
    const path = join(folder, "small.gguf");
    await writeGguf(path, { metadata, tensors });
    expect(readFileSync(path).equals(readFileSync(reference))).toBe(true);
  });

  it("reads what the gguf package wrote", async () => {
    const reader = await openGguf(reference);
    expect([...reader.metadata]).toEqual([...metadata]);
    expect([...reader.entries.values()].map(({ name, shape, type }) => ({ name, shape, type }))).toEqual(
      tensors.map(({ name, shape, type }) => ({ name, shape, type })),
    );
    expect(await reader.readFloat32("one")).toEqual(wide.slice(0, 32));
    // One part in 127 of a block's largest value at Q8_0, one in 8 at Q4_0; half of that by rounding, and one step more for the end that Q4_0 cuts off.
    const q8 = await reader.readFloat32("q8_0");
    const q4 = await reader.readFloat32("q4_0");
    for (let i = 0; i < 96; i++) {
      expect(Math.abs(q8[i] - wide[i])).toBeLessThan((0.51 * 9) / 127);
      expect(Math.abs(q4[i] - wide[i])).toBeLessThan((1.02 * 9) / 8);
    }
    await expect(reader.readFloat32("two")).rejects.toThrow("its tensors: expected a tensor two, got 5 others.");
    await reader.close();
  });

  it("round trips BF16, no tensors, no metadata, and more values than one chunk", async () => {
    const path = join(folder, "more.gguf");
    const long = Float32Array.from({ length: 3 * 2 ** 19 }, (_, i) => (i % 255) - 127);
    await writeGguf(path, {
      metadata: new Map(),
      tensors: [
        { name: "bf16", shape: [2, 3 * 2 ** 18], type: "BF16", data: long },
        { name: "q8_0", shape: [3 * 2 ** 14, 32], type: "Q8_0", data: long },
      ],
    });
    const reader = await openGguf(path);
    expect(Buffer.from((await reader.readFloat32("bf16")).buffer).equals(Buffer.from(long.buffer))).toBe(true);
    const q8 = await reader.readFloat32("q8_0");
    let worst = 0;
    for (let i = 0; i < long.length; i++) worst = Math.max(worst, Math.abs(q8[i] - long[i]));
    expect(worst).toBeLessThan(0.55); // d ≤ 1: half a step, and the rounding of d to F16 (2^-11 of 127)
    await reader.close();
    await writeGguf(path, { metadata: new Map(), tensors: [] });
    const empty = await openGguf(path);
    expect([empty.metadata.size, empty.entries.size]).toEqual([0, 0]);
    await empty.close();
  });

  it("round trips a list as long as a big vocabulary", async () => {
    const path = join(folder, "list.gguf");
    const value = Array.from({ length: 300_000 }, (_, i) => `Ġ${i}`);
    await writeGguf(path, { metadata: new Map([["tokens", { type: "array", of: "string", value }]]), tensors: [] });
    const reader = await openGguf(path);
    expect(reader.metadata.get("tokens")?.value).toEqual(value);
    await reader.close();
  });

  it("says what is wrong and where, wherever the file is cut", async () => {
    const path = join(folder, "bad.gguf");
    const bytes = readFileSync(reference);
    for (let length = 0; length < bytes.length - 16; length += 7) {
      writeFileSync(path, bytes.subarray(0, length));
      const error = await openGguf(path).catch((e) => e);
      expect(error).toBeInstanceOf(FormatError);
    }
    const message = async (change: (copy: Buffer) => void) => {
      const copy = Buffer.from(bytes);
      change(copy);
      writeFileSync(path, copy);
      return String((await openGguf(path).catch((e) => e)).message).replace(path, "FILE");
    };
    expect(await message((b) => b.write("GGML"))).toBe('FILE, offset 0: expected "GGUF", got "GGML".');
    expect(await message((b) => b.writeUInt32LE(2, 4))).toBe("FILE, offset 4: expected version 3, got 2.");
    expect(await message((b) => b.writeBigUInt64LE(2n ** 62n, 8))).toContain(
      "offset 8 (the number of tensors): expected",
    );
    expect(await message((b) => b.writeUInt32LE(99, 24 + 8 + 20))).toContain(
      "offset 52 (the type of general.architecture): expected a value type from 0 to 12, got 99.",
    );
    truncateSync(path, 0);
  });

  it("reads nothing beyond a tensor of an unknown ggml type", async () => {
    const path = join(folder, "type.gguf");
    await writeGguf(path, {
      metadata: new Map(),
      tensors: [{ name: "x", shape: [2], type: "F32", data: new Float32Array(2) }],
    });
    const bytes = readFileSync(path);
    bytes.writeUInt32LE(23, 24 + 9 + 4 + 8); // IQ4_XS
    writeFileSync(path, bytes);
    const reader = await openGguf(path);
    expect(reader.entries.get("x")).toMatchObject({ type: null, typeId: 23 });
    await expect(reader.readFloat32("x")).rejects.toThrow(
      "tensor x: expected F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K, BF16, got ggml type 23.",
    );
    await reader.close();
  });

  it("keeps invariants of what is written", async () => {
    const tensor: GgufTensorSource = { name: "x", shape: [33], type: "Q8_0", data: new Float32Array(33) };
    await expect(writeGguf(join(folder, "no"), { metadata: new Map(), tensors: [tensor] })).rejects.toThrow(
      "has no whole Q8_0 rows",
    );
    const twice: GgufTensorSource = { ...tensor, type: "F32" };
    await expect(writeGguf(join(folder, "no"), { metadata: new Map(), tensors: [twice, twice] })).rejects.toThrow(
      "x is written twice",
    );
  });
});
