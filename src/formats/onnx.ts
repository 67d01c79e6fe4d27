/**
 * ONNX ModelProto, written by hand: the few messages our graphs need (onnx.proto).
 *
 *   ModelProto     1 ir_version  2 producer_name  7 graph  8 opset_import{1 domain 2 version}
 *   GraphProto     1 node*  2 name  5 initializer*  11 input*  12 output*  13 value_info*
 *   NodeProto      1 input*  2 output*  3 name  4 op_type  5 attribute*  7 domain
 *   AttributeProto 1 name  2 f  3 i  4 s  7 floats*  8 ints*  20 type(1 FLOAT 2 INT 3 STRING 6 FLOATS 7 INTS)
 *   TensorProto    1 dims*  2 data_type  8 name  9 raw_data (little endian)  13 external_data*{1 key 2 value}  14 data_location (1 EXTERNAL)
 *   ValueInfoProto 1 name  2 type{1 tensor_type{1 elem_type  2 shape{1 dim*{1 dim_value | 2 dim_param}}}}
 */

import { bytes, type Chunks, field, float, integer, join, message, text } from "./protobuf.ts";

/** Element types by their TensorProto.DataType number. */
export const onnxDataTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float16: 10 } as const;
export type OnnxDataType = keyof typeof onnxDataTypes;

/** An attribute of a node: a float is written `{ float: 1 }`, so that 1 and 1.0 cannot be confused. */
export type OnnxAttribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };

export interface OnnxNode {
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A named tensor type; a string dimension is symbolic, `shape: null` leaves the rank to be inferred. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: OnnxDataType;
  readonly shape: readonly (number | string)[] | null;
}

export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: OnnxDataType;
  readonly shape: readonly number[];
  /** Its content, or where in a file beside the model that lies. */
  readonly bytes: Uint8Array | OnnxExternalData;
}

/** A range of a file in the model's folder. */
export interface OnnxExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export interface OnnxModel {
  readonly name: string;
  /** The version of the file format, 11 where it is not said; runtimes read it and older ones. */
  readonly irVersion?: number;
  /** Version by operator domain; "" is the standard domain. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly initializers: readonly OnnxInitializer[];
  /** Types of values between: where sizes are open, runtimes cannot know by themselves which are equal. */
  readonly values?: readonly OnnxValueInfo[];
}

/** The bytes of a ModelProto. Stays below protobuf's 2 GB limit only if large weights are graph inputs, not initializers. */
export function encodeOnnxModel(model: OnnxModel): Uint8Array {
  const graph = message([
    ...model.nodes.map((node) => field(1, encodeNode(node))),
    text(2, model.name),
    ...model.initializers.map((initializer) => field(5, encodeInitializer(initializer))),
    ...model.inputs.map((input) => field(11, encodeValueInfo(input))),
    ...model.outputs.map((output) => field(12, encodeValueInfo(output))),
    ...(model.values ?? []).map((value) => field(13, encodeValueInfo(value))),
  ]);
  const opsets = Object.entries(model.opsets).map(([domain, version]) =>
    field(8, message([text(1, domain), integer(2, version)])),
  );
  return join(message([integer(1, model.irVersion ?? 11), text(2, "pocketreply"), field(7, graph), ...opsets]));
}

function encodeNode(node: OnnxNode): Chunks {
  return message([
    ...node.inputs.map((name) => text(1, name)),
    ...node.outputs.map((name) => text(2, name)),
    text(3, node.outputs[0]),
    text(4, node.opType),
    ...Object.entries(node.attributes).map(([name, value]) => field(5, encodeAttribute(name, value))),
    text(7, node.domain),
  ]);
}

function encodeAttribute(name: string, value: OnnxAttribute): Chunks {
  if ("float" in value) return message([text(1, name), float(2, value.float), integer(20, 1)]);
  if ("int" in value) return message([text(1, name), integer(3, value.int), integer(20, 2)]);
  if ("string" in value) return message([text(1, name), text(4, value.string), integer(20, 3)]);
  return message([text(1, name), ...value.ints.map((one) => integer(8, one)), integer(20, 7)]);
}

function encodeInitializer({ name, dtype, shape, bytes: raw }: OnnxInitializer): Chunks {
  return message([
    ...shape.map((size) => integer(1, size)),
    integer(2, onnxDataTypes[dtype]),
    text(8, name),
    ...(raw instanceof Uint8Array ? [bytes(9, raw)] : [...encodeLocation(raw), integer(14, 1)]),
  ]);
}

function encodeLocation({ location, offset, length }: OnnxExternalData): Chunks[] {
  const entries = Object.entries({ location, offset, length });
  return entries.map(([key, value]) => field(13, message([text(1, key), text(2, String(value))])));
}

function encodeValueInfo({ name, dtype, shape }: OnnxValueInfo): Chunks {
  const dims = shape?.map((dim) => field(1, message([typeof dim === "number" ? integer(1, dim) : text(2, dim)])));
  const tensorType = message([integer(1, onnxDataTypes[dtype]), ...(dims ? [field(2, message(dims))] : [])]);
  return message([text(1, name), field(2, message([field(1, tensorType)]))]);
}
