/**
 * A PNG of few colours (ISO/IEC 15948): a palette with its alphas, a byte a pixel, no filter. Icons drawn in two colours lose nothing that shows when
 * their edges have 16 steps, and take a third of the bytes.
 *
 *   signature, IHDR, PLTE (RGB by index), tRNS (alpha by index), IDAT (zlib: for each row 0 and its indices), IEND;
 *   each chunk: u32 length, type, data, u32 CRC-32 of type and data
 */
import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** From one kept shade of a channel to the next: 16 of them, 0 and 255 among them. */
const STEP = 17;

/** `pixels` are RGBA, row by row. Throws RangeError where more than 256 colours are left. */
export function encodePalettePng(pixels: Uint8ClampedArray, width: number): Buffer {
  const height = pixels.length / 4 / width;
  const shades = new Map<string, { index: number; exact: Map<string, number> }>();
  const rows = Buffer.alloc((width + 1) * height); // each begins with filter 0
  for (let at = 0; at < width * height; at++) {
    const colour = pixels.subarray(4 * at, 4 * at + 4);
    const isClear = colour[3] < STEP / 2;
    const shade = isClear ? "clear" : Array.from(colour, (value) => Math.round(value / STEP)).join();
    const exact = isClear ? "0,0,0,0" : colour.join();
    if (!shades.has(shade)) shades.set(shade, { index: shades.size, exact: new Map() });
    const found = shades.get(shade)!;
    found.exact.set(exact, (found.exact.get(exact) ?? 0) + 1);
    rows[at + Math.floor(at / width) + 1] = found.index;
  }
  if (shades.size > 256) throw new RangeError(`${shades.size} colours do not fit a palette`);
  // Of each shade the colour that most of its pixels have, so that the two of the drawing stay what they are.
  const palette = [...shades.values()].map(({ exact }) =>
    [...exact]
      .reduce((most, one) => (one[1] > most[1] ? one : most))[0]
      .split(",")
      .map(Number),
  );
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8); // 8 bits, palette
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap((colour) => colour.slice(0, 3)))),
    chunk("tRNS", Buffer.from(palette.map(([, , , alpha]) => alpha))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
