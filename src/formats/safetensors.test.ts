import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { FormatError, UserError } from "../errors.ts";
import { openModelWeights, requireTensors } from "./model-weights.ts";
import { openSafetensors, type TensorSource, writeSafetensors } from "./safetensors.ts";
import { decodeSafetensors } from "./safetensors-decode.ts";

const reference = fileURLToPath(new URL("../../golden/formats/tensors.safetensors", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with this header text and data length. */
function craft(name: string, header: string, dataBytes = 0): string {
  const bytes = Buffer.alloc(8 + Buffer.byteLength(header) + dataBytes);
  bytes.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  bytes.write(header, 8);
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function failure(path: string): Promise<string> {
  const error = await openSafetensors(path).catch((e) => e);
  expect(error).toBeInstanceOf(FormatError);
  return error.message.replace(path, "FILE");
}

describe("safetensors", () => {
  it("in memory decode to what the reader of files gives, and fail alike", async () => {
    const bytes = readFileSync(reference); // a Buffer, whose slices share memory
    const decoded = decodeSafetensors(reference, bytes);
    const reader = await openSafetensors(reference);
    expect([...decoded.keys()]).toEqual([...reader.entries.keys()]);
    for (const [name, values] of decoded) expect(values, name).toEqual(await reader.readFloat32(name));
    await reader.close();
    for (const [header, dataBytes] of [
      ["{}", 4],
      ['{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 4],
      ["[1]", 0],
    ] as const) {
      const path = craft("either.safetensors", header, dataBytes);
      expect(() => decodeSafetensors("FILE", readFileSync(path))).toThrow(await failure(path));
    }
    expect(() => decodeSafetensors("FILE", bytes.subarray(0, 5))).toThrow(
      "expected the 8-byte length of the header, got 5 bytes",
    );
    const integers = craft("integers.safetensors", '{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', 8);
    expect(() => decodeSafetensors("FILE", readFileSync(integers))).toThrow(
      "FILE, tensor a: expected F32, F16 or BF16, got I64. These are quantised weights: take the model in bfloat16",
    );
    const doubles = craft("doubles.safetensors", '{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}', 8);
    expect(() => decodeSafetensors("FILE", readFileSync(doubles))).toThrow(
      "got F64. Save the model in 32 or 16 bits: AutoModel",
    );
  });

  it("reads what the reference wrote, and writes the same bytes", async () => {
    const reader = await openSafetensors(reference);
    expect([...reader.entries.values()].map(({ name, dtype, shape }) => `${name} ${dtype} ${shape.join("×")}`)).toEqual(
      ["a.f32 F32 3×5", "b.f32.scalar F32 ", "c.bf16 BF16 7×3", "e.empty BF16 0×4", "d.f16 F16 4"],
    );
    expect(await reader.readFloat32("b.f32.scalar", [])).toEqual(new Float32Array([2.5]));
    const sources = [...reader.entries.values()].map(
      ({ name, shape, dtype }) => ({ name, shape, dtype, data: () => reader.readFloat32(name) }) as TensorSource,
    );
    const copy = join(folder, "copy.safetensors");
    await writeSafetensors(copy, sources, reader.metadata);
    await reader.close();
    expect(readFileSync(copy).equals(readFileSync(reference))).toBe(true);
  });

  it("round trips a tensor longer than one chunk in each type", async () => {
    const values = Float32Array.from({ length: (1 << 20) + 3 }, (_, i) => (i % 509) - 254);
    for (const dtype of ["F32", "F16", "BF16"] as const) {
      const path = join(folder, `${dtype}.safetensors`);
      await writeSafetensors(path, [{ name: "x", shape: [values.length], dtype, data: values }]);
      const reader = await openSafetensors(path);
      const read = await reader.readFloat32("x");
      await reader.close();
      expect(Buffer.from(read.buffer).equals(Buffer.from(values.buffer))).toBe(true); // integers up to 255 are exact in all three
    }
  });

  it("says what is wrong and where", async () => {
    const two = (a: string, b: string) =>
      `{"a":{"dtype":"F32","shape":[2],"data_offsets":${a}},"b":{"dtype":"F32","shape":[2],"data_offsets":${b}}}`;
    const cases: [path: string, message: string][] = [
      [craft("json", "{nope"), "FILE, the header at offset 8: expected JSON, got"],
      [craft("list", "[]"), "FILE, the header at offset 8: expected a JSON object, got []."],
      [
        craft("overlap", two("[0,8]", "[4,12]"), 12),
        "tensor b: expected data at offset 8, right after a, got offset 4 (an overlap).",
      ],
      [
        craft("gap", two("[0,8]", "[12,20]"), 20),
        "tensor b: expected data at offset 8, right after a, got offset 12 (a gap).",
      ],
      [
        craft("size", two("[0,8]", "[8,12]"), 12),
        "tensor b: expected 8 bytes for F32 [2], got 4 (data_offsets [8, 12]).",
      ],
      [
        craft("cut", two("[0,8]", "[8,16]"), 15),
        "tensor b, offset 124: expected 8 bytes, got the end of the file after 7. The file is cut off",
      ],
      [craft("more", two("[0,8]", "[8,16]"), 17), "offset 132: expected the end of the file, got 1 bytes more."],
      [
        craft("type", '{"a":{"dtype":"F3","shape":[],"data_offsets":[0,0]}}'),
        'tensor a: expected a known dtype, got "F3".',
      ],
      [
        craft("shape", '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}'),
        "tensor a: expected a shape of whole numbers, got [-1].",
      ],
    ];
    for (const [path, message] of cases) expect(await failure(path)).toContain(message);
    const pointer = join(folder, "pointer");
    writeFileSync(pointer, "version https://git-lfs.github.com/spec/v1\n");
    expect(await failure(pointer)).toMatch(
      /offset 0: expected a header length of at most 35 bytes, got \d+\. The file is cut off/,
    );
    writeFileSync(pointer, "abc");
    expect(await failure(pointer)).toBe("FILE, offset 0: expected the 8-byte length of the header, got 3 bytes.");
    await expect(openSafetensors(join(folder, "none"))).rejects.toThrow(UserError);
  });

  it("names a missing tensor, another shape, a type that is no float, and a file cut after it was opened", async () => {
    const path = craft(
      "types",
      '{"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}',
      16,
    );
    const reader = await openSafetensors(path);
    await expect(reader.readFloat32("y")).rejects.toThrow("its tensors: expected a tensor y, got 2 others: i, x.");
    await expect(reader.readFloat32("x", [1, 2])).rejects.toThrow("tensor x: expected shape [1, 2], got [2].");
    await expect(reader.readFloat32("i")).rejects.toThrow("tensor i: expected F32, F16 or BF16, got I64.");
    expect(() => requireTensors(reader, [{ name: "x", shape: [2] }])).not.toThrow();
    const wanted = [
      { name: "x", shape: [3] },
      { name: "y", shape: [1] },
    ];
    expect(() => requireTensors(reader, wanted)).toThrow("got x is [2] (expected [3]); y is missing (expected [1]).");
    truncateSync(path, 120);
    await expect(reader.readFloat32("x")).rejects.toThrow("got the end of the file after");
    await reader.close();
  });

  it("leaves the old file and no partial one when writing fails", async () => {
    const path = join(folder, "kept", "model.safetensors");
    const good: TensorSource = { name: "x", shape: [1], dtype: "F32", data: new Float32Array([1]) };
    await writeSafetensors(path, [good]);
    const before = readFileSync(path);
    const bad: TensorSource = { name: "y", shape: [2], dtype: "F32", data: () => Promise.reject(new Error("no data")) };
    await expect(writeSafetensors(path, [good, bad])).rejects.toThrow("no data");
    const refused = () => Promise.reject(new Error("check failed"));
    await expect(writeSafetensors(path, [good, { ...good, name: "z" }], {}, refused)).rejects.toThrow("check failed");
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(join(folder, "kept"))).toEqual(["model.safetensors"]);
  });
});

describe("a model folder", () => {
  const model = join(folder, "model");
  const shard = (name: string, tensor: string) =>
    writeSafetensors(join(model, name), [{ name: tensor, shape: [2], dtype: "BF16", data: new Float32Array([1, 2]) }]);
  const writeIndex = (weightMap: Record<string, string>) =>
    writeFileSync(join(model, "model.safetensors.index.json"), JSON.stringify({ weight_map: weightMap }));

  it("may be sharded; a missing shard or tensor is named", async () => {
    await expect(openModelWeights(model)).rejects.toThrow(`The model folder ${model} does not exist.`);
    await shard("one.safetensors", "a");
    await expect(openModelWeights(model)).rejects.toThrow(
      "holds neither model.safetensors nor model.safetensors.index.json",
    );
    writeIndex({ a: "one.safetensors", b: "two.safetensors" });
    await expect(openModelWeights(model)).rejects.toThrow("lacks 1 of its 2 weight files: two.safetensors.");
    await shard("two.safetensors", "b");
    const reader = await openModelWeights(model);
    expect([...reader.entries.keys()]).toEqual(["a", "b"]);
    expect(await reader.readFloat32("b", [2])).toEqual(new Float32Array([1, 2]));
    await expect(reader.readFloat32("c")).rejects.toThrow("expected a tensor c, got 2 others: a, b.");
    await reader.close();
    writeIndex({ a: "one.safetensors", c: "two.safetensors" });
    await expect(openModelWeights(model)).rejects.toThrow(
      "weight_map of c: expected the tensor in two.safetensors, got a file without it.",
    );
    writeIndex({ a: "../one.safetensors" });
    await expect(openModelWeights(model)).rejects.toThrow("expected a file name of this folder");
  });

  it("may be one file", async () => {
    cpSync(reference, join(model, "model.safetensors"));
    const reader = await openModelWeights(model);
    expect(reader.entries.size).toBe(5);
    expect(reader.metadata).toEqual({ format: "pt" });
    await reader.close();
  });
});
