/** Content-Transfer-Encoding undone (RFC 2045 §6), with what stands beside encoded text kept: a list's footer below base64, say. */

/** The bytes that a part means; text that was never encoded stays as it is. */
export function decodeTransfer(body: Buffer, encoding: string): Buffer {
  const name = encoding.toLowerCase();
  if (name.includes("base64") || name.includes("base-64")) return decodeBase64(body);
  if (/quoted|printable|^q$/.test(name)) return decodeQuotedPrintable(body);
  if (/^\s*(?:x-)?uu/.test(name)) return decodeUuencoded(body);
  return /^\s*$|[78]bit|binary/.test(name) && looksLikeBase64(body) ? decodeBase64(body) : body;
}

const BASE64_LINE = /^[\t ]*(?![\t ])([A-Za-z\d+/]*={0,3})[\t ]*$/;

/** Base64 up to where it ends; what stands below a line that is none is plain text and is kept as such. */
function decodeBase64(body: Buffer): Buffer {
  const decoded: Buffer[] = [];
  let block = "";
  let width = 0; //   of the longest line of the block
  let isOver = false; // a line ended with "=", or was shorter than those above
  const finish = () => {
    if (block !== "") decoded.push(Buffer.from(block, "base64"));
    block = "";
    width = 0;
    isOver = false;
  };
  for (const line of linesOf(body)) {
    const code = BASE64_LINE.exec(line.text)?.[1];
    const isNew = isOver && code !== undefined && code !== "" && code.length < 60; // as long as a word, below the end
    if (code === undefined || isNew) {
      if (code === undefined && block === "" && decoded.length === 0 && line.text.trim() === "") continue;
      finish();
      decoded.push(body.subarray(line.start, body.length));
      return joinBlocks(decoded);
    }
    if (code === "") continue;
    if (isOver) finish();
    block += code.replace(/(?<!=)=+$/, "");
    isOver = code.endsWith("=") || code.length < width;
    width = Math.max(width, code.length);
  }
  finish();
  return joinBlocks(decoded);
}

function joinBlocks(blocks: readonly Buffer[]): Buffer {
  if (blocks.length === 1) return blocks[0];
  return Buffer.concat(blocks.flatMap((block, i) => (i === 0 ? [block] : [Buffer.from("\n"), block])));
}

/** Whether a body that names no encoding is base64 all the same: three full lines of it at least, and text inside. */
function looksLikeBase64(body: Buffer): boolean {
  const head = body.toString("latin1", 0, 4096);
  if (!/^\s{0,20}(?:[A-Za-z\d+/]{60,76}\r?\n){3}/.test(head)) return false;
  const text = Buffer.from(head.replace(/\s+/g, "").slice(0, 240), "base64");
  return text.every((byte) => byte >= 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

/** Uuencode from its "begin" to its "end"; a body without them was never encoded. */
function decodeUuencoded(body: Buffer): Buffer {
  const decoded: Buffer[] = [];
  let isOpen = false;
  for (const { text } of linesOf(body)) {
    if (!isOpen) isOpen = /^begin [0-7]{3,4} /.test(text);
    else if (text === "end") return Buffer.concat(decoded);
    else decoded.push(decodeUuencodedLine(text));
  }
  return isOpen ? Buffer.concat(decoded) : body;
}

function decodeUuencodedLine(text: string): Buffer {
  const value = (at: number) => ((text.charCodeAt(at) || 0x20) - 0x20) & 63;
  const bytes: number[] = [];
  for (let at = 1; bytes.length < value(0) && at < text.length; at += 4) {
    const group = (value(at) << 18) | (value(at + 1) << 12) | (value(at + 2) << 6) | value(at + 3);
    bytes.push(group >> 16, (group >> 8) & 255, group & 255);
  }
  return Buffer.from(bytes.slice(0, value(0)));
}

const LF = 0x0a;
const CR = 0x0d;
const EQUALS = 0x3d;

/** Quoted-printable: codes in either case, blanks behind a soft break, "=" at the very end; a code that is none stays text. */
function decodeQuotedPrintable(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(body.length);
  let length = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte !== EQUALS) {
      out[length++] = byte;
      continue;
    }
    const high = hexDigit(body[at + 1]);
    const low = hexDigit(body[at + 2]);
    if (high >= 0 && low >= 0) {
      out[length++] = high * 16 + low;
      at += 2;
      continue;
    }
    let end = at + 1;
    while (end < body.length && end < at + 80 && (body[end] === 0x20 || body[end] === 0x09)) end++;
    if (body[end] === CR) end++;
    if (end >= body.length || body[end] === LF)
      at = end; // a soft break
    else if (body[end - 1] === CR) at = end - 1;
    else out[length++] = byte;
  }
  return out.subarray(0, length);
}

function hexDigit(code: number | undefined): number {
  if (code === undefined) return -1;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const upper = code & 0xdf;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : -1;
}

function* linesOf(body: Buffer): Generator<{ text: string; start: number }> {
  for (let start = 0; start < body.length; ) {
    const at = body.indexOf(LF, start);
    const end = at < 0 ? body.length : at;
    yield { text: body.toString("latin1", start, body[end - 1] === CR && end > start ? end - 1 : end), start };
    start = end + 1;
  }
}
