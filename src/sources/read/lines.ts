/** Lines out of pieces of bytes, without ever holding a whole line: a line of 100 MB comes as many pieces. */

/** A line, or a part of a long one. */
export interface LinePiece {
  /** With its "\n" where `ends`. Valid until the next piece is asked for. */
  readonly bytes: Buffer;
  /** The first part of its line; then it holds the whole line or at least HEAD_BYTES of it. */
  readonly starts: boolean;
  /** The last part of its line. */
  readonly ends: boolean;
}

/** A piece that starts a line has at least so many bytes, or is the whole line: enough to know what the line is. */
export const HEAD_BYTES = 1024;

const NEWLINE = 0x0a;

/** Cuts a stream of chunks into line pieces, given in groups, one group a chunk (an asynchronous step a line would be slow). */
export async function* inPieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<Iterable<LinePiece>> {
  const splitter = createLineSplitter();
  for await (const chunk of chunks) yield splitter.push(chunk);
  yield splitter.end();
}

function createLineSplitter(): { push(chunk: Buffer): Generator<LinePiece>; end(): Generator<LinePiece> } {
  let carry: Buffer | null = null; // the head of a line, still too short to give out
  let starts = true;
  return {
    *push(chunk) {
      const bytes = carry ? Buffer.concat([carry, chunk]) : chunk;
      carry = null;
      for (let from = 0; from < bytes.length; ) {
        const at = bytes.indexOf(NEWLINE, from);
        if (at < 0 && starts && bytes.length - from < HEAD_BYTES) {
          carry = Buffer.from(bytes.subarray(from));
          return;
        }
        const end = at < 0 ? bytes.length : at + 1;
        const piece = { bytes: bytes.subarray(from, end), starts, ends: at >= 0 };
        starts = piece.ends;
        from = end;
        yield piece;
      }
    },
    *end() {
      if (carry) yield { bytes: carry, starts: true, ends: true };
      else if (!starts) yield { bytes: Buffer.alloc(0), starts: false, ends: true };
    },
  };
}

/** A line of a file that is not held when it is too large. */
export interface WholeLine {
  /** From 1. */
  readonly line: number;
  readonly sizeBytes: number;
  /** Without its line end; null where it is larger than the limit. */
  readonly bytes: Buffer | null;
}

/** Streams whole lines; one over `maxBytes` is counted and passed over. */
export async function* readCappedLines(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<WholeLine> {
  const gathered = createGathered(maxBytes);
  let line = 1;
  for await (const pieces of inPieces(chunks)) {
    for (const { bytes, ends } of pieces) {
      gathered.append(bytes);
      if (!ends) continue;
      const endBytes = bytes.at(-1) === NEWLINE ? 1 : 0;
      yield { line, sizeBytes: gathered.sizeBytes - endBytes, bytes: gathered.take(endBytes) };
      line++;
    }
  }
}

/** A buffer that grows by doubling up to `maxBytes`; past that it forgets its content and only counts. */
export interface Gathered {
  readonly sizeBytes: number;
  append(bytes: Buffer): void;
  /** A copy of what was gathered since the last take without its last `dropBytes`, or null where it was too large; then empty again. */
  take(dropBytes?: number): Buffer | null;
}

export function createGathered(maxBytes: number): Gathered {
  const initialBytes = 1 << 16;
  let buffer = Buffer.allocUnsafe(initialBytes);
  let sizeBytes = 0;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    append(bytes) {
      const end = sizeBytes + bytes.length;
      if (end > maxBytes) {
        if (buffer.length > initialBytes) buffer = Buffer.allocUnsafe(initialBytes);
      } else {
        if (end > buffer.length) {
          const larger = Buffer.allocUnsafe(Math.min(maxBytes, Math.max(end, buffer.length * 2)));
          buffer.copy(larger, 0, 0, sizeBytes);
          buffer = larger;
        }
        buffer.set(bytes, sizeBytes);
      }
      sizeBytes = end;
    },
    take(dropBytes = 0) {
      const result = sizeBytes > maxBytes ? null : Buffer.from(buffer.subarray(0, sizeBytes - dropBytes));
      sizeBytes = 0;
      return result;
    },
  };
}
