/** What an ONNX model is made of, read from its protobuf without its weights (fields as listed in onnx.ts). */
import { readFile, stat } from "node:fs/promises";
import { FormatError } from "../errors.ts";

/** The parts of a ModelProto that a person asks for. */
export interface OnnxSummary {
  readonly irVersion: number;
  readonly producer: string;
  /** Version by operator domain; "" is the standard domain. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Nodes by domain and operator. */
  readonly operators: Readonly<Record<string, number>>;
  readonly initializers: number;
  /** Bytes of initializers inside the file. */
  readonly innerBytes: number;
  /** Files beside it that hold the other initializers, and the bytes that each must have. */
  readonly externalFiles: Readonly<Record<string, number>>;
  readonly fileBytes: number;
}

const MOST_BYTES = 2 ** 31; // protobuf's own limit

/** Reads an ONNX file. Throws FormatError where it is none. */
export async function summarizeOnnx(path: string): Promise<OnnxSummary> {
  const fail = (where: string, expected: string, got: string): never => {
    throw new FormatError({ path, where, expected, got });
  };
  const { size } = await stat(path);
  if (size > MOST_BYTES) fail("the whole file", "at most 2 GiB", `${size} bytes`);
  const model = fieldsOf(await readFile(path), path);
  const graph = fieldsOf(model.bytes(7) ?? fail("ModelProto", "a graph (field 7)", "none"), path);
  const operators: Record<string, number> = {};
  for (const node of graph.all(1)) {
    const fields = fieldsOf(node, path);
    const domain = fields.text(7);
    const name = domain === "" ? fields.text(4) : `${domain}.${fields.text(4)}`;
    operators[name] = (operators[name] ?? 0) + 1;
  }
  let innerBytes = 0;
  const externalFiles: Record<string, number> = {};
  const initializers = graph.all(5);
  for (const initializer of initializers) {
    const tensor = fieldsOf(initializer, path);
    innerBytes += tensor.bytes(9)?.length ?? 0;
    const pairs = tensor.all(13).map((pair) => fieldsOf(pair, path)); // external_data: key 1, value 2
    const place = new Map(pairs.map((pair) => [pair.text(1), pair.text(2)]));
    const location = place.get("location");
    if (location === undefined) continue;
    const end = Number(place.get("offset") ?? 0) + Number(place.get("length") ?? 0);
    externalFiles[location] = Math.max(externalFiles[location] ?? 0, end);
  }
  const opsets = model.all(8).map((entry) => fieldsOf(entry, path));
  return {
    irVersion: model.number(1),
    producer: model.text(2),
    opsets: Object.fromEntries(opsets.map((entry) => [entry.text(1), entry.number(2)])),
    inputs: graph.all(11).map((input) => fieldsOf(input, path).text(1)),
    outputs: graph.all(12).map((output) => fieldsOf(output, path).text(1)),
    operators: Object.fromEntries(Object.entries(operators).sort((a, b) => b[1] - a[1])),
    initializers: initializers.length,
    innerBytes,
    externalFiles,
    fileBytes: size,
  };
}

/** The fields of one message by number. Throws FormatError where the bytes are no protobuf message. */
function fieldsOf(message: Uint8Array, path: string) {
  const blobs = new Map<number, Uint8Array[]>();
  const numbers = new Map<number, number>();
  const broken = (at: number): never => {
    throw new FormatError({ path, where: `byte ${at} of a message`, expected: "a protobuf field", got: "other bytes" });
  };
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++] ?? broken(at);
      value += (byte & 127) * shift;
      if (byte < 128) return value;
      if (shift > 2 ** 63) broken(at);
    }
  };
  while (at < message.length) {
    const key = varint();
    const [field, wire] = [Math.floor(key / 8), key % 8];
    if (wire === 0) numbers.set(field, varint());
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint();
      if (at + length > message.length) broken(at);
      const list = blobs.get(field) ?? [];
      list.push(message.subarray(at, at + length));
      blobs.set(field, list);
      at += length;
    } else broken(at);
  }
  return {
    all: (field: number) => blobs.get(field) ?? [],
    bytes: (field: number) => blobs.get(field)?.at(-1),
    text: (field: number) => new TextDecoder().decode(blobs.get(field)?.at(-1)),
    number: (field: number) => numbers.get(field) ?? 0,
  };
}
