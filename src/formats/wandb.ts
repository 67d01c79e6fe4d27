/**
 * The offline run file of Weights & Biases (`run-ID.wandb`), which `wandb sync` uploads.
 *
 *   header    ":W&B"  u16le 0xBEE1  u8 0
 *   records   LevelDB's log format in blocks of 32,768 bytes, the header counted in the first:
 *             u32le crc32 of type and data (IEEE, not crc32c)  u16le length  u8 type (1 full, 2 first, 3 middle, 4 last)  data;
 *             a block's last bytes are zero where no record header (7 bytes) fits
 *   data      protobuf wandb_internal.Record: 1 num, then one of 2 history{1 item*{1 key, 16 value_json}, 2 step{1 num}},
 *             3 summary{1 update*}, 5 config{1 update*}, 17 run{1 run_id, 3 project, 4 config{1 update*}, 8 display_name,
 *             17 start_time{1 seconds}}, 18 exit{1 exit_code, 2 runtime}, 20 final, 21 header{1 version_info{1 producer, 2 min_consumer}}
 *
 * wandb/sdk/internal/datastore.py and wandb/proto/wandb_internal.proto, read at wandb 0.22.
 */
import { crc32 } from "node:zlib";
import { type Chunks, field, integer, join, message, text } from "./protobuf.ts";

const blockBytes = 32_768;
const recordHeadBytes = 7;

/** A finished run: its configuration and what was logged at each step. */
export interface WandbRun {
  readonly id: string;
  readonly project: string;
  readonly displayName: string;
  /** Unix time, seconds. */
  readonly startSeconds: number;
  readonly runtimeSeconds: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: readonly { readonly step: number; readonly values: Readonly<Record<string, number>> }[];
  readonly summary: Readonly<Record<string, number>>;
}

/** The bytes of a `.wandb` file for a run that ended well. */
export function encodeWandbRun(run: WandbRun): Uint8Array {
  const config = items(1, run.config);
  const contents: Chunks[] = [
    field(21, field(1, message([text(1, "pocketreply"), text(2, "0.12.0")]))),
    field(
      17,
      message([
        text(1, run.id),
        text(3, run.project),
        field(4, config),
        text(8, run.displayName),
        field(17, integer(1, run.startSeconds)),
      ]),
    ),
    ...run.history.map(({ step, values }) =>
      field(2, message([items(1, { ...values, _step: step }), field(2, integer(1, step))])),
    ),
    field(3, items(1, run.summary)),
    field(18, message([integer(1, 0), integer(2, run.runtimeSeconds)])),
    field(20, message([])),
  ];
  return encodeLog(contents.map((content, i) => join(message([integer(1, i + 1), content]))));
}

/** Repeated {1 key, 16 value_json} as field `number`. */
function items(number: number, values: Readonly<Record<string, unknown>>): Chunks {
  return message(
    Object.entries(values).map(([key, value]) =>
      field(number, message([text(1, key), text(16, JSON.stringify(value))])),
    ),
  );
}

/** Records in blocks; one that does not fit a block is cut into first, middle and last parts. */
function encodeLog(records: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0)];
  let used = recordHeadBytes;
  const push = (part: Uint8Array) => {
    parts.push(part);
    used = (used + part.length) % blockBytes;
  };
  for (const record of records) {
    let at = 0;
    do {
      if (blockBytes - used < recordHeadBytes) push(new Uint8Array(blockBytes - used));
      const data = record.subarray(at, at + blockBytes - used - recordHeadBytes);
      const isFirst = at === 0;
      at += data.length;
      const isLast = at === record.length;
      push(encodeRecord(isFirst ? (isLast ? 1 : 2) : isLast ? 4 : 3, data));
    } while (at < record.length);
  }
  return join({ parts, size: parts.reduce((sum, part) => sum + part.length, 0) });
}

function encodeRecord(type: number, data: Uint8Array): Uint8Array {
  const record = new Uint8Array(recordHeadBytes + data.length);
  const view = new DataView(record.buffer);
  view.setUint16(4, data.length, true);
  view.setUint8(6, type);
  record.set(data, recordHeadBytes);
  view.setUint32(0, crc32(record.subarray(6)), true);
  return record;
}
