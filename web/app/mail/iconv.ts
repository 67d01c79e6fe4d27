/** Stands in for iconv-lite in the browser, which has decoders of its own: the charsets of the Encoding Standard, without half a megabyte of tables. */

const find = (label: string): TextDecoder | null => {
  try {
    return new TextDecoder(ALIASES[label.toLowerCase()] ?? label);
  } catch {
    return null;
  }
};

/** Names that iconv-lite knows and the standard spells otherwise. */
const ALIASES: Readonly<Record<string, string>> = {
  cp932: "shift_jis",
  cp949: "euc-kr",
  "utf16-le": "utf-16le",
  "utf-16be": "utf-16be",
  latin1: "windows-1252",
};

/** The two functions of iconv-lite that the mail room uses. */
export default {
  encodingExists: (label: string): boolean => find(label) !== null,
  decode: (bytes: Uint8Array, label: string): string => {
    const decoder = find(label);
    if (decoder === null) throw new Error(`no charset is called ${label}`);
    return decoder.decode(bytes);
  },
};
