/** Signatures and footers below a piece of new text. A name below "Best regards" is part of the mail and stays. */
import type { Line } from "./line.ts";

const MAX_SIGNATURE_LINES = 20; // more lines below "-- " are no signature but text, such as a patch
const MAX_FOOTER_LINES = 40;
const MAX_AD_LINES = 10;
const MAX_AD_CHARACTERS = 200; // a longer line is a paragraph of the mail

const PHONE =
  /^(?:sent (?:from|via|with|using) (?:my |the |a )?(?:[\p{L}\d+' -]{2,40}|[\p{L}\d. ]{2,40} for [\p{L}\d ]{2,20})\.?$|get outlook for (?:ios|android)|sent (?:from|by) mobile|von meinem [\p{L}\d' -]{2,30} gesendet|gesendet (?:von|mit) (?:meinem|der|dem)? ?[\p{L}\d'. -]{2,40}$|diese nachricht wurde von meinem|envoyé (?:de|depuis) (?:mon|ma) |envoyé à partir de|enviado (?:desde|do|de) (?:mi|meu) |inviato (?:da|dal) (?:mio )?[\p{L}\d' -]{2,30}$|verstuurd vanaf |verzonden (?:met|vanaf) |skickat från (?:min|mitt) |sendt fra min |lähetetty |odesláno z |wysłane z |отправлено с |iphone'umdan gönderildi|发自我的|從我的.{1,20}傳送|iphoneから送信|나의 .{1,20}에서 보냄)/iu;

const SEPARATOR = /^[-_=*~#+ ]{8,}(?:[>~-]*)$/;
const AD_SEPARATOR = /^-{4,}.{0,60}(?:sponsor|yahoo! groups).{0,60}-{3,}[~>-]*$/i;
const FOOTER_WORDS =
  /unsubscribe|mailing list|listinfo|list-?info|subscri(?:be|ption)|sponsored by|this sf\.net email|groups\.(?:yahoo|google)|yahoo! groups|egroups|your use of yahoo|google groups|for additional commands|to post to this|this list is|list archives?|majordomo|listserv|get your free|do you yahoo|join the world.?s largest|msn (?:photos|explorer|messenger|hotmail)|hotmail\.com|free e-?mail|powered by|virus|confidential|privileged|intended (?:solely|only) for|https?:\/\/|www\./i;
const FOOTER_START =
  /^(?:https?:\/\/\S{1,200}\/(?:listinfo|mailman)\/\S{1,100}$|-{3,} ?you are receiving this|to unsubscribe|to subscribe or unsubscribe|you received this message because|you are receiving this|unsubscribe:|your use of yahoo! groups|do you yahoo!\?|this sf\.net email|this email is sponsored|irish linux users' group:|for (?:un)?subscription information|list maintainer:|-- ?\s*to unsubscribe|confidentiality notice|this (?:e-?mail|message|communication)(?: message)?(?:,? (?:and|including|together with) any (?:attachments?|files?)[^.]{0,60})? (?:is|are|may be|may contain|contains?) (?:strictly )?(?:confidential|privileged|intended)|the information (?:contained )?in this (?:e-?mail|message)|diese e-?mail enthält vertrauliche|der inhalt dieser e-?mail|ce (?:message|courriel|mail)(?: et|,)? .{0,40}confidentiel|este (?:mensaje|correo|mensagem|e-?mail) .{0,60}confiden[ct]i|le informazioni contenute|please consider the environment before|virus-free\.)/iu;

/** Marks the signature and footer lines of every run of new lines. */
export function markSignature(lines: Line[]): void {
  markPgp(lines);
  for (let start = 0; start < lines.length; ) {
    let end = start;
    while (end < lines.length && lines[end].kind === "new") end++;
    if (end > start) markRun(lines, start, end);
    start = end + 1;
  }
}

/** The lines that PGP puts around a signed text. */
function markPgp(lines: Line[]): void {
  let inHeader = false;
  let inSignature = false;
  for (const line of lines) {
    if (line.kind !== "new") continue;
    if (line.head.startsWith("-----BEGIN PGP SIGNED")) inHeader = true;
    else if (line.isBlank) inHeader = false;
    if (line.head.startsWith("-----BEGIN PGP SIGNATURE")) inSignature = true;
    if (inHeader || inSignature) line.kind = "signature";
    if (line.head.startsWith("-----END PGP SIGNATURE")) inSignature = false;
  }
}

function markRun(lines: Line[], start: number, end: number): void {
  const footer = findFooter(lines, start, end);
  const beforeFooter = footer ?? end;
  const delimiter = findDelimiter(lines, start, beforeFooter);
  const cut = markPhone(lines, start, delimiter ?? beforeFooter);
  for (let k = Math.min(cut, delimiter ?? beforeFooter); k < end; k++) lines[k].kind = "signature";
}

/** "-- " (or "--", where blanks at line ends got lost), with few enough lines below it. */
function findDelimiter(lines: readonly Line[], start: number, end: number): number | null {
  let linesBelow = 0;
  let found: number | null = null;
  for (let k = end - 1; k >= start && linesBelow <= MAX_SIGNATURE_LINES; k--) {
    const line = lines[k];
    if (line.isBlank) continue;
    if (line.head === "--" || line.head === "—" || line.head === "- --") found = k;
    linesBelow++;
  }
  return found;
}

/** The first line of what list servers and mail services put below a mail, or null. */
function findFooter(lines: readonly Line[], start: number, end: number): number | null {
  let found: number | null = null;
  let linesBelow = 0;
  for (let k = end - 1; k >= start && linesBelow <= MAX_FOOTER_LINES; k--) {
    const line = lines[k];
    if (line.isBlank) continue;
    linesBelow++;
    if (FOOTER_START.test(line.head) || AD_SEPARATOR.test(line.head)) found = k;
    else if (SEPARATOR.test(line.head) && introducesFooter(lines, k, end, found)) found = k;
  }
  return found;
}

/** A rule line with words of a footer in the lines right below it, and little text before the end or the next footer. */
function introducesFooter(lines: readonly Line[], at: number, end: number, nextFooter: number | null): boolean {
  let textLines = 0;
  let hasWords = false;
  for (let k = at + 1; k < (nextFooter ?? end); k++) {
    if (lines[k].isBlank) continue;
    if (++textLines > MAX_AD_LINES || lines[k].head.length > MAX_AD_CHARACTERS) return false;
    hasWords ||= FOOTER_WORDS.test(lines[k].head);
  }
  return hasWords || (textLines === 0 && nextFooter !== null);
}

/** "Sent from my phone" among the last three lines of text; returns the line from which on all is signature. */
function markPhone(lines: readonly Line[], start: number, end: number): number {
  let textLines = 0;
  for (let k = end - 1; k >= start && textLines < 3; k--) {
    if (lines[k].isBlank) continue;
    textLines++;
    if (PHONE.test(lines[k].head)) return k;
  }
  return end;
}
