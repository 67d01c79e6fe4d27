/** What stands in a text and is no text: the lines that PGP puts around it, keys, and files packed in by uuencode. */
import type { Line } from "./line.ts";

/** Marks those lines, and takes off the dashes that PGP put before lines with dashes (RFC 9580 §7.2). */
export function markEmbedded(lines: Line[]): void {
  markPgp(lines);
  markUuencoded(lines);
}

const PGP_BLOCK = /^-----BEGIN PGP (?:SIGNATURE|PUBLIC KEY BLOCK|PRIVATE KEY BLOCK|MESSAGE)/;

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
    if (line.head.startsWith("-----END PGP")) inBlock = isSigned = false;
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
