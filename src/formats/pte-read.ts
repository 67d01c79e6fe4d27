/** A .pte on the disk: its program alone is read, not its weights. */
import { FormatError } from "../errors.ts";
import { openForReading, readInto } from "./files.ts";
import { PTE_HEADER_BYTES, type PteProgram, type PteRange, parsePte, parsePteHeader } from "./pte.ts";

/** An open program. Whoever opens it closes it. */
export interface PteReader {
  readonly path: string;
  readonly program: PteProgram;
  readonly fileBytes: number;
  /** The bytes of a range. Throws FormatError where the file ends before. */
  read(range: PteRange): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a .pte and reads its program. Throws UserError for no file, FormatError for another kind of file or one that is cut. */
export async function openPte(path: string): Promise<PteReader> {
  const handle = await openForReading(path);
  const read = async ({ offset, bytes }: PteRange) => {
    const target = new Uint8Array(bytes);
    const got = await readInto(handle, target, offset);
    if (got === bytes) return target;
    const expected = `${bytes} bytes`;
    throw new FormatError({ path, where: `byte ${offset}`, expected, got: `the end of the file after ${got}` });
  };
  try {
    const { size } = await handle.stat();
    const { programBytes, segmentsAt } = parsePteHeader(
      await read({ offset: 0, bytes: Math.min(size, PTE_HEADER_BYTES) }),
      path,
    );
    if (programBytes > size || segmentsAt > size) {
      const got = `a file of ${size} bytes`;
      throw new FormatError({ path, where: "its header", expected: `a program of ${programBytes} bytes`, got });
    }
    const program = parsePte(await read({ offset: 0, bytes: programBytes }), path);
    return { path, program, fileBytes: size, read, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
