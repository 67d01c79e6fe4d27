/**
 * The byte alphabet of byte-level BPE (GPT-2): each of the 256 bytes has one printable character, so that any text is
 * a string over 256 characters and no text is unknown. Printable Latin-1 bytes stand for themselves; the other 68
 * take U+0100 onwards, in byte order.
 */

/** The character of each byte. */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

/** The byte of each character of the alphabet. */
export const CHARACTER_BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

const utf8 = new TextEncoder();

/** UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD, as everywhere in this system. */
export function utf8Bytes(text: string): Uint8Array {
  return utf8.encode(text);
}

/** One array of all bytes. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function byteCharacters(): string[] {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}
