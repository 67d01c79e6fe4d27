/**
 * TensorBoard's event file (`events.out.tfevents.SECONDS.HOST`), scalars alone.
 *
 *   records   TFRecord: u64le length  u32le masked crc32c of the length  data  u32le masked crc32c of the data;
 *             masked = rotate right by 15, plus 0xa282ead8
 *   data      protobuf tensorflow.Event: 1 wall_time (double, Unix seconds), 2 step, then 3 file_version ("brain.Event:2", in the
 *             first record) or 5 summary{1 value*{1 tag, 2 simple_value (float)}}
 *
 * tensorboard/compat/proto/event.proto and summary.proto, tensorboard/compat/tensorflow_stub/pywrap_tensorflow.py, read at 2.20.
 */
import { double, field, float, integer, join, message, text } from "./protobuf.ts";

/** Scalars of one step. */
export interface ScalarEvent {
  readonly step: number;
  /** Unix time, seconds. */
  readonly wallSeconds: number;
  readonly values: Readonly<Record<string, number>>;
}

/** The bytes of an event file that begins at `startSeconds`. */
export function encodeScalarEvents(startSeconds: number, events: readonly ScalarEvent[]): Uint8Array {
  const first = message([double(1, startSeconds), text(3, "brain.Event:2")]);
  const rest = events.map(({ step, wallSeconds, values }) => {
    const scalars = Object.entries(values).map(([tag, value]) => field(1, message([text(1, tag), float(2, value)])));
    return message([double(1, wallSeconds), integer(2, step), field(5, message(scalars))]);
  });
  return Buffer.concat([first, ...rest].map((event) => record(join(event))));
}

function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return bytes;
}

function masked(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** CRC-32C (Castagnoli, RFC 3720), reflected: polynomial 0x82f63b78. */
function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});
