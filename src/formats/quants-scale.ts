/** What every block codec needs: whole blocks, and the F16 numbers inside them. */
import { invariant } from "../errors.ts";
import { f16ToFloat32 } from "./half.ts";

/** How many blocks of `size` make up `length`. */
export function countBlocks(length: number, size: number): number {
  invariant(length % size === 0, `${length} is not a whole number of blocks of ${size}`);
  return length / size;
}

/** The F16 at `at`. */
export function readF16(bytes: Uint8Array, at: number): number {
  return f16ToFloat32(bytes[at] | (bytes[at + 1] << 8));
}
