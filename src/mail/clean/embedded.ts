/** What stands in a text and is no text: the lines that PGP puts around it, keys, and files packed in by uuencode and its kin. */
import type { Line } from "./line.ts";

/** Marks those lines, and takes off the dashes that PGP put before lines with dashes (RFC 9580 §7.2). */
export function markEmbedded(lines: Line[]): void {
  markPgp(lines);
  markUuencoded(lines);
  for (const packed of PACKED) markPacked(lines, packed);
}

const PGP_BLOCK =
  /^-----BEGIN (?:PGP (?:SIGNATURE|PUBLIC KEY BLOCK|PRIVATE KEY BLOCK|MESSAGE)|CERTIFICATE|PKCS7|(?:[A-Z]+ )?(?:PUBLIC|PRIVATE) KEY|SSH SIGNATURE)/;

function markPgp(lines: Line[]): void {
  let inHeader = false;
  let inBlock = false;
  let isSigned = false;
  for (const line of lines) {
    if (line.kind !== "new") continue;
    if (line.head.startsWith("-----BEGIN PGP SIGNED")) inHeader = isSigned = true;
    else if (line.isBlank) inHeader = false;
    if (PGP_BLOCK.test(line.head)) inBlock = true;
    if (inHeader || inBlock) line.kind = "signature";
    else if (isSigned && line.text.startsWith("- -")) line.text = line.text.slice(2);
    if (line.head.startsWith("-----END ")) inBlock = isSigned = false;
  }
}

/** From `begin 644 name` to `end`, where each line between is as long as its first character says. */
function markUuencoded(lines: Line[]): void {
  for (let i = 0; i < lines.length; i++) {
    if (lines[i].kind !== "new" || !/^begin [0-7]{3,4} \S/.test(lines[i].text)) continue;
    let end = i + 1;
    while (end < lines.length && isUuencoded(lines[end].text)) end++;
    if (end === i + 1) continue;
    if (lines[end]?.head === "end") end++;
    for (let k = i; k < end; k++) lines[k].kind = "signature";
    i = end - 1;
  }
}

function isUuencoded(text: string): boolean {
  const code = text.charCodeAt(0);
  if (Number.isNaN(code) || code < 0x20 || code > 0x60) return false;
  const bytes = (code - 0x20) & 63;
  const groups = Math.ceil(bytes / 3) * 4;
  return (
    text.length >= 1 && text.trimEnd().length <= 1 + groups + 1 && text.length >= 1 + Math.ceil((bytes * 4) / 3) - 3
  );
}

/** yEnc 1.3, BinHex 4.0 (RFC 1741) and uuencode's base64 form (POSIX): their first line, a line between, the last one. */
const PACKED: readonly { readonly begin: RegExp; readonly middle: RegExp; readonly end: RegExp }[] = [
  { begin: /^=ybegin /, middle: /^/, end: /^=yend / },
  { begin: /^\(This file must be converted with BinHex/, middle: /^$|^:?[!-r]{1,64}:?$/, end: /[!-r]:$/ },
  { begin: /^begin-base64 [0-7]{3,4} \S/, middle: /^[A-Za-z\d+/]{1,76}={0,2}$/, end: /^====$/ },
];

/** Marks a file that is there whole; one without its end stays, since text may stand below it. */
function markPacked(lines: Line[], { begin, middle, end }: (typeof PACKED)[number]): void {
  for (let i = 0; i < lines.length; i++) {
    if (lines[i].kind !== "new" || !begin.test(lines[i].head)) continue;
    let last = i + 1;
    while (last < lines.length && !end.test(lines[last].head) && middle.test(lines[last].head)) last++;
    if (last === lines.length || !end.test(lines[last].head)) continue;
    for (let k = i; k <= last; k++) lines[k].kind = "signature";
    i = last;
  }
}
