/** Arrays of numbers as bytes. */

/** The bytes of an array, without a copy; every machine this runs on is little-endian, as the files are. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
