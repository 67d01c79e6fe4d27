/** Protocol Buffers wire format, the writing half: a message is the concatenation of its fields (protobuf.dev, "Encoding"). */

/** A message under construction: chunks in order and their total size, so that large byte fields are copied once. */
export interface Chunks {
  readonly parts: readonly Uint8Array[];
  readonly size: number;
}

/** The fields of one message, in order. */
export function message(fields: readonly Chunks[]): Chunks {
  return { parts: fields.flatMap((one) => one.parts), size: fields.reduce((sum, one) => sum + one.size, 0) };
}

/** A nested message as field `number`. */
export function field(number: number, content: Chunks): Chunks {
  const head = new Uint8Array([...varint((number << 3) | 2), ...varint(content.size)]);
  return { parts: [head, ...content.parts], size: head.length + content.size };
}

/** A bytes field; the array is not copied until the message is joined. */
export function bytes(number: number, value: Uint8Array): Chunks {
  return field(number, { parts: [value], size: value.byteLength });
}

/** A string field. */
export function text(number: number, value: string): Chunks {
  return bytes(number, new TextEncoder().encode(value));
}

/** An int32, int64, bool or enum field. */
export function integer(number: number, value: number): Chunks {
  const encoded = new Uint8Array([...varint(number << 3), ...varint(value)]);
  return { parts: [encoded], size: encoded.length };
}

/** A float field. */
export function float(number: number, value: number): Chunks {
  const head = varint((number << 3) | 5);
  const encoded = new Uint8Array(head.length + 4);
  encoded.set(head);
  new DataView(encoded.buffer).setFloat32(head.length, value, true);
  return { parts: [encoded], size: encoded.length };
}

/** A double field. */
export function double(number: number, value: number): Chunks {
  const head = varint((number << 3) | 1);
  const encoded = new Uint8Array(head.length + 8);
  encoded.set(head);
  new DataView(encoded.buffer).setFloat64(head.length, value, true);
  return { parts: [encoded], size: encoded.length };
}

/** The bytes of a whole message. */
export function join({ parts, size }: Chunks): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Base-128 varint; negative integers take ten bytes, as int64 does. */
function varint(value: number): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const encoded: number[] = [];
  while (rest > 127n) {
    encoded.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  encoded.push(Number(rest));
  return encoded;
}
