/**
 * Bytes to text. A label is a claim: text that is valid UTF-8 is UTF-8 whatever its label says, a label that does not fit the bytes
 * is passed over, and where nothing fits the bytes themselves decide. The only importer of iconv-lite and chardet.
 */
import chardet from "chardet";
import iconv from "iconv-lite";

/** What is claimed of some bytes. */
export interface CharsetClaims {
  /** Of the header. */
  readonly label?: string;
  /** Of the text itself: the meta tag of HTML. */
  readonly meta?: string;
  /** Of something near by: another part, the body of the same mail. Tried after the bytes were found not to be UTF-8. */
  readonly hint?: string;
}

/** The text of `bytes`. Never throws; what no charset fits is windows-1252, the most frequent of unlabelled ones. */
export function decodeCharset(bytes: Buffer, claims: CharsetClaims = {}): string {
  return readCharset(bytes, claims).text;
}

/** The same with the charset that fitted; "" where it is Unicode or ASCII. */
export function readCharset(
  bytes: Buffer,
  { label = "", meta = "", hint = "" }: CharsetClaims = {},
): { readonly text: string; readonly charset: string } {
  const marked = decodeMarked(bytes);
  if (marked !== null) return { text: marked, charset: "" };
  const claims = [label, meta, hint].map(plainLabel).filter((name) => name !== "");
  const escaped = decodeSevenBit(bytes, claims);
  if (escaped !== null) return { text: escaped, charset: "" };
  const utf8 = validUtf8(bytes);
  // Two letters of GBK may pass for one of UTF-8; a claim of a charset of two bytes a letter is then believed if it fits.
  if (utf8 !== null && (countWide(utf8) > 3 || !claims.some((name) => TWO_BYTES.test(name))))
    return { text: utf8, charset: "" };
  for (const name of claims) {
    if (isUtf8(name)) continue;
    const text = decodeWith(bytes, name);
    if (text !== null && fits(text)) return { text, charset: name };
  }
  const unicode = utf8 ?? mostlyUtf8(bytes);
  return unicode === null ? detect(bytes) : { text: unicode, charset: "" };
}

/** The charset that a meta tag of HTML names, "" where there is none. */
export function metaCharset(html: Buffer): string {
  const head = html.toString("latin1", 0, 4096);
  return /<meta\b[^>]{0,200}?\bcharset\s{0,9}=\s{0,9}["']?([\w.:-]{2,40})/i.exec(head)?.[1] ?? "";
}

const TWO_BYTES = /^(?:gb|hz|big5|cp9(?:36|49|50)|euc|ks_?c|shift|sjis|cp932|windows-31j|johab)/;

/** Spellings to names that the decoders know; "" for what says nothing. */
function plainLabel(label: string): string {
  const name = label
    .toLowerCase()
    .replace(/^.{0,40}charset\s{0,4}=\s{0,4}/, "")
    .replace(/["'\s;]/g, "")
    .slice(0, 40);
  if (
    /^(?:unknown|x-unknown|unknown-8bit|default|none|null|binary|8bit|7bit|_autodetect.*|x-user-defined|\?+|us-ascii|ascii|ansi_x3.*)?$/.test(
      name,
    )
  )
    return "";
  if (/^(?:x-)?(?:unicode-1-1-|csunicode11)?utf-?_?8/.test(name) || name === "unicode-2-0-utf-8") return "utf-8";
  if (/^(?:x-)?(?:unicode-1-1-|unicode-2-0-)?utf-?7/.test(name)) return "utf-7";
  if (/^iso-?8859-?8-?[ie]$/.test(name)) return "iso-8859-8";
  if (/^iso-?8859-?6-?[ie]$/.test(name)) return "iso-8859-6";
  if (/^(?:gb2312|gb_2312.*|x-gbk|gbk|csgb2312|euc-cn|cp936|gb18030)/.test(name)) return "gb18030";
  if (/^(?:ks_?c_?5601.*|euc-?kr|cp949|windows-949|uhc|iso-ir-149)$/.test(name)) return "cp949";
  if (/^(?:shift[_-]?jis|x-sjis|sjis|ms_kanji|windows-31j|cp932|ms932)$/.test(name)) return "cp932";
  const page = /^(?:dos|oem|ibm|ccsid|cp)[-_]?0{0,2}(\d{3,4})$/.exec(name)?.[1];
  return page === undefined ? name : `cp${page}`;
}

const isUtf8 = (name: string) => name === "utf-8";

/** What begins with a byte order mark, or is UTF-16 by the zero bytes of its letters. */
function decodeMarked(bytes: Buffer): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.toString("utf8", 3);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString("utf16le");
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return iconv.decode(bytes.subarray(2), "utf-16be");
  const zeros = [0, 0];
  const looked = Math.min(bytes.length, 512);
  if (looked < 8) return null;
  for (let i = 0; i < looked; i++) if (bytes[i] === 0) zeros[i % 2]++;
  if (zeros[1] > looked / 8 && zeros[0] === 0) return bytes.toString("utf16le");
  return zeros[0] > looked / 8 && zeros[1] === 0 ? iconv.decode(bytes, "utf-16be") : null;
}

/** Text of 7 bits: with the escapes of ISO-2022, in UTF-7 or HZ where that is claimed, else ASCII; null where a byte has its eighth bit. */
function decodeSevenBit(bytes: Buffer, claims: readonly string[]): string | null {
  for (const byte of bytes) if (byte >= 0x80) return null;
  const text = bytes.toString("latin1");
  if (claims.includes("utf-7")) return iconv.decode(bytes, "utf-7");
  if (claims.some((name) => name.startsWith("hz"))) return decodeHz(text);
  if (text.includes("\u001b$")) {
    if (/\u001b\$\)C/.test(text)) return decodeShifted(text, "cp949");
    // back to ASCII and at once away again, as where two encoded words meet: an error to the WHATWG decoder
    return new TextDecoder("iso-2022-jp").decode(Buffer.from(text.replace(/\u001b\([BJ](?=\u001b\$)/g, ""), "latin1"));
  }
  return text;
}

/** ISO-2022-KR (RFC 1557): between SO and SI the letters of EUC-KR without their eighth bit. */
function decodeShifted(text: string, charset: string): string {
  return text
    .replace(/\u001b\$\)C/g, "")
    .replace(/\u000e([^\u000f\n]{0,4000})\u000f?/g, (_, run: string) => withEighthBit(run, charset));
}

/** HZ (RFC 1843): between "~{" and "~}" the letters of GB 2312 without their eighth bit. */
function decodeHz(text: string): string {
  return text
    .replace(/~\{([^~\n]{0,4000})(?:~\}|$)/gm, (_, run: string) => withEighthBit(run, "gb18030"))
    .replace(/~\n/g, "")
    .replaceAll("~~", "~");
}

function withEighthBit(run: string, charset: string): string {
  return iconv.decode(Buffer.from(Array.from(run, (letter) => letter.charCodeAt(0) | 0x80)), charset);
}

function validUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** UTF-8 with a few bytes that are none (a letter cut in two, a pasted piece of windows-1252): those alone are read as windows-1252. */
function mostlyUtf8(bytes: Buffer): string | null {
  const text = bytes.toString("utf8");
  const wrong = text.split("\ufffd").length - 1;
  const right = countWide(text) - wrong;
  if (wrong * 2 > right) return null; // letters of UTF-8 seldom stand in other text by chance, and then beside many that are none
  const parts: string[] = [];
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let at = 0, from = 0; at <= bytes.length; ) {
    const size = at < bytes.length ? letterBytes(bytes, at) : 0;
    if (size > 0) at += size;
    else {
      parts.push(decoder.decode(bytes.subarray(from, at)));
      if (at < bytes.length) parts.push(iconv.decode(bytes.subarray(at, at + 1), "windows-1252"));
      from = ++at;
    }
  }
  return parts.join("");
}

/** The bytes of the valid UTF-8 letter at `at`, 0 where there is none (RFC 3629 §4). */
function letterBytes(bytes: Buffer, at: number): number {
  const first = bytes[at];
  if (first < 0x80) return 1;
  const size =
    first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
  if (size === 0 || at + size > bytes.length) return 0;
  for (let i = 1; i < size; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1];
  const isOdd =
    (first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f) || (first === 0xf0 && second < 0x90);
  return isOdd || (first === 0xf4 && second > 0x8f) ? 0 : size;
}

function countWide(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) count++;
  return count;
}

/** By iconv-lite, or by the runtime for what that lacks (ISO-2022-JP); null for an unknown name. */
function decodeWith(bytes: Buffer, name: string): string | null {
  if (iconv.encodingExists(name)) return iconv.decode(bytes, name);
  try {
    return new TextDecoder(name).decode(bytes);
  } catch {
    return null;
  }
}

/** Letters that the charset does not have, and C1 controls, show that a claim is wrong. */
function fits(text: string): boolean {
  let wrong = 0;
  for (const letter of text.slice(0, MAX_FIT_CHARACTERS))
    if (letter === "\ufffd" || (letter >= "\u0080" && letter <= "\u009f")) wrong++;
  return wrong === 0 || wrong * 100 < countWide(text);
}

const MAX_FIT_CHARACTERS = 100_000;
const MAX_DETECT_BYTES = 20_000;
const MIN_CONFIDENCE = 30;
const MIN_CYRILLIC_CONFIDENCE = 15;

/** The charset by the statistics of its letters; a guess among the many of one byte a letter counts only where it is sure. */
function detect(bytes: Buffer): { text: string; charset: string } {
  const guesses = chardet.analyse(bytes.subarray(0, MAX_DETECT_BYTES));
  for (const { name, confidence } of guesses) {
    const isShortCyrillic = confidence >= MIN_CYRILLIC_CONFIDENCE && /^(?:KOI8-R|windows-1251)$/.test(name);
    if (confidence < MIN_CONFIDENCE && !(isShortCyrillic && name === guesses[0].name)) continue;
    if (/^(?:UTF|ASCII|ISO-8859-1$|windows-1252)/.test(name)) continue;
    if (!TWO_BYTES.test(name.toLowerCase()) && !/^(?:KOI8-R|windows-125[1356]|ISO-8859-[5678])$/.test(name)) continue;
    const charset = plainLabel(name === "ISO-8859-7" && hasWindowsGreek(bytes) ? "windows-1253" : name);
    const text = decodeWith(bytes, charset);
    if (confidence < MIN_CONFIDENCE && !isCyrillic(text ?? "")) continue;
    if (text !== null && fits(text) && hasWords(text)) return { text, charset };
  }
  const thai = iconv.decode(bytes.subarray(0, MAX_DETECT_BYTES), "windows-874");
  const charset = isThai(thai) ? "windows-874" : "windows-1252";
  return { text: iconv.decode(bytes, charset), charset };
}

/** The two charsets of Greek differ in Ά: a closing quotation mark at the beginning of a word is one. */
function hasWindowsGreek(bytes: Buffer): boolean {
  return /(?:^|[\s([])\xa2[\xdc-\xfe]/.test(bytes.toString("latin1", 0, MAX_DETECT_BYTES));
}

/**
 * Cyrillic beyond doubt, if short: words of it, small or with a capital first, nearly all of the longer ones with a vowel. Read in the
 * wrong one of its charsets, small letters are capitals.
 */
function isCyrillic(text: string): boolean {
  const words = (text.match(/[\p{L}\p{M}]+/gu) ?? []).filter((word) => /[^\u0000-\u007f]/.test(word));
  const sound = words.filter(
    (word) => /^\p{sc=Cyrillic}\p{Ll}*$/u.test(word) && (word.length < 4 || /[аеёиоуыэюяіїєъў]/i.test(word)),
  );
  return words.length >= 4 && sound.length * 20 >= words.length * 19;
}

/** Thai, which no statistics of chardet know: its letters alone, and each vowel or tone sign above or below a consonant. */
function isThai(text: string): boolean {
  const wide = text.match(/[^\u0000-\u007f]/gu) ?? [];
  const thai = wide.filter((letter) => letter >= "\u0e01" && letter <= "\u0e5b").length;
  const loose =
    text.match(/(?<![\u0e01-\u0e2e\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]/g)?.length ?? 0;
  return thai >= 8 && thai * 20 >= wide.length * 19 && loose * 50 <= thai && /[\u0e01-\u0e5b]{5}/.test(text);
}

/** Text in another script has whole words of it; one such letter among Latin ones ("cafй") is a wrong guess. */
function hasWords(text: string): boolean {
  return !/[a-z][^\u0000-\u02ff\s\p{P}]|[^\u0000-\u02ff\s\p{P}][a-z]/iu.test(text.slice(0, MAX_FIT_CHARACTERS));
}
