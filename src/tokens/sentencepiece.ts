/**
 * SentencePiece's spm.model, a protobuf (sentencepiece_model.proto), as far as a DeBERTa tokenizer needs it:
 *
 *   ModelProto      1 pieces*{1 piece  2 score (float)  3 type}  3 normalizer_spec{2 precompiled_charsmap}
 *
 * The pieces in their order are the ids. [MASK], which is none of them, comes behind.
 */
import { FormatError } from "../errors.ts";
import type { EncoderTokenizerConfig } from "./encoder-files.ts";
import type { EncoderTokenizerJson } from "./encoder-tokenizer.ts";
import type { AddedTokenJson } from "./library.ts";

/** A protobuf field: its number and its content, a number for varints and fixed32. */
interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

const UNKNOWN_TYPE = 2; // ModelProto.SentencePiece.Type.UNKNOWN

/** The tokenizer that DebertaV2 makes of an spm.model (transformers 4, convert_slow_tokenizer). Throws FormatError for a file that is none. */
export function parseSentencePiece(
  bytes: Uint8Array,
  config: EncoderTokenizerConfig,
  path: string,
): EncoderTokenizerJson {
  const vocab: [string, number][] = [];
  let unknown: number | null = null;
  let charsmap = "";
  for (const { number, value } of readFields(bytes, path)) {
    if (typeof value === "number") continue;
    if (number === 1) {
      const piece = Object.fromEntries(readFields(value, path).map((field) => [field.number, field.value]));
      if (piece[3] === UNKNOWN_TYPE) unknown = vocab.length;
      vocab.push([Buffer.from(piece[1] as Uint8Array).toString("utf8"), floatOf(Number(piece[2] ?? 0))]);
    } else if (number === 3) {
      const map = readFields(value, path).find((field) => field.number === 2)?.value;
      if (map instanceof Uint8Array) charsmap = Buffer.from(map).toString("base64");
    }
  }
  if (vocab.length === 0)
    throw new FormatError({ path, where: "its pieces", expected: "a SentencePiece model", got: "none" });
  const ids = new Map(vocab.map(([piece], id) => [piece, id]));
  const names = [
    config.cls_token ?? "[CLS]",
    config.sep_token ?? "[SEP]",
    config.pad_token ?? "[PAD]",
    config.unk_token ?? "[UNK]",
  ];
  const added: AddedTokenJson[] = names.flatMap((content) =>
    ids.has(content) ? [{ id: ids.get(content)!, content }] : [],
  );
  added.push({ id: vocab.length, content: config.mask_token ?? "[MASK]" });
  return {
    added_tokens: added.map((token) => ({ ...token, special: true, normalized: false })),
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...(config.do_lower_case ? [{ type: "Lowercase" }] : []),
        { type: "Strip", strip_left: true, strip_right: true },
        ...(charsmap === "" ? [] : [{ type: "Precompiled", precompiled_charsmap: charsmap }]),
        { type: "Replace", pattern: { Regex: " {2,}" }, content: " " },
      ],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        ...(config.split_by_punct ? [{ type: "Punctuation", behavior: "Isolated" }] : []),
        { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
      ],
    },
    model: { type: "Unigram", unk_id: unknown, vocab },
  };
}

function readFields(bytes: Uint8Array, path: string): Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const fail = (): never => {
    throw new FormatError({
      path,
      where: `byte ${at} of a message`,
      expected: "a protobuf field",
      got: "something else",
    });
  };
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= bytes.length) fail();
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    return fail();
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    const kind = key % 8;
    if (kind === 0) fields.push({ number, value: varint() });
    else if (kind === 2) {
      const size = varint();
      if (at + size > bytes.length) fail();
      fields.push({ number, value: bytes.subarray(at, at + size) });
      at += size;
    } else if (kind === 5 && at + 4 <= bytes.length) {
      fields.push({ number, value: view.getUint32(at, true) });
      at += 4;
    } else if (kind === 1 && at + 8 <= bytes.length) at += 8;
    else fail();
  }
  return fields;
}

function floatOf(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}
