/**
 * SentencePiece's compiled character map, the `precompiled_charsmap` of a normalizer:
 *
 *   u32          size of the tree in bytes, little-endian
 *   tree         a double-array trie (darts-clone), one u32 a unit: offset, label and whether a value follows
 *   texts        the replacements, each ended by a zero byte; a value of the tree is an offset here
 */
import { UserError } from "../errors.ts";
import { utf8Bytes } from "./bytes.ts";

/** Graphemes of up to this many bytes are looked up whole before their characters are. */
const WHOLE_GRAPHEME_BYTES = 6;

/** A function that replaces what the map names. Throws UserError for a map that is cut short. */
export function createCharsMap(base64: string, path: string): (text: string) => string {
  const bytes = Buffer.from(base64, "base64");
  const treeBytes = bytes.length >= 4 ? bytes.readUInt32LE(0) : 0;
  if (treeBytes === 0 || treeBytes % 4 !== 0 || 4 + treeBytes > bytes.length)
    throw new UserError(`${path}: precompiled_charsmap is cut short.`);
  const tree = Uint32Array.from({ length: treeBytes / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
  const texts = bytes.subarray(4 + treeBytes);
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

  const replacementOf = (text: string): string | undefined => {
    const at = findPrefix(tree, utf8Bytes(text));
    if (at === undefined) return undefined;
    const end = texts.indexOf(0, at);
    return texts.toString("utf8", at, end < 0 ? texts.length : end);
  };
  const known = new Map<string, string>(); // characters recur; what they become is kept
  const replaceCharacter = (character: string) => {
    const result = known.get(character) ?? replacementOf(character) ?? character;
    known.set(character, result);
    return result;
  };
  return (text) => {
    if (/^[ -~]*$/.test(text)) return Array.from(text, replaceCharacter).join("");
    let result = "";
    for (const { segment } of graphemes.segment(text)) {
      const whole = utf8Bytes(segment).length < WHOLE_GRAPHEME_BYTES ? replacementOf(segment) : undefined;
      result += whole ?? Array.from(segment, replaceCharacter).join("");
    }
    return result;
  };
}

/** The value of the shortest key that starts `key`. */
function findPrefix(tree: Uint32Array, key: Uint8Array): number | undefined {
  const offsetOf = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);
  let node = offsetOf(tree[0]);
  for (const byte of key) {
    if (byte === 0) return undefined;
    node ^= byte;
    const unit = tree[node];
    if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined;
    node ^= offsetOf(unit);
    if (((unit >>> 8) & 1) === 1) return tree[node] & 0x7fffffff;
  }
  return undefined;
}
