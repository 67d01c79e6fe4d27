/** "Sent from my iPhone", "Get Outlook for iOS", "Virus-free": lines that programs add, in many languages. */
import { APPS, EXCUSES, GET_APP, SCANNERS, SENT_FROM, SENT_FROM_LAST } from "../languages/app-lines.ts";
import type { Line } from "./line.ts";

const NAMED = new RegExp(APPS, "iu");
const SENT_FIRST = new RegExp(
  `^(?:${SENT_FROM})(?=[\\s\\p{P}]|\\p{L}{0,30}i?phone|$|[\\p{sc=Han}\\p{sc=Hebrew}])`,
  "iu",
);
const SENT_LAST = new RegExp(`(?:${SENT_FROM_LAST})[.!。]?$`, "iu");
const MY_DEVICE =
  /^(?:sent from my|von meinem|envoyé de mon|enviado desde mi|enviado do meu|inviato dal mio|verstuurd vanaf mijn|skickat från min|sendt fra min|отправлено с моего) [\p{L}\p{N}' .+-]{2,30}(?: gesendet)?\.?$/iu;
const GET = new RegExp(
  `^(?:${GET_APP})(?![\\p{L}])|(?:下载|下載|获取|取得|入手|다운로드|받기|edinin|indirin|alın)[.。]?$`,
  "iu",
);
const STORE =
  /\b(?:outlook|bluemail|blue mail|yahoo mail|gmail|protonmail|proton mail|spark|edison|thunderbird|k-9 mail)\b.{0,12}\b(?:ios|android|windows|mac)\b/i;
const SCANNER = new RegExp(`^(?:${SCANNERS})`, "iu");
const EXCUSE = new RegExp(`^\\W{0,3}(?:${EXCUSES})[^?]{0,60}$`, "iu");
const EXCUSE_TAIL = new RegExp(`[.,;-]?\\s{0,9}(?:${EXCUSES})[^?]{0,40}$`, "iu");

const MAX_CHARACTERS = 120;
const MAX_SCANNER_CHARACTERS = 240;
const MAX_WORDS = 14;
const LOOK_LINES = 12;

/** Marks such lines among the last of a run of text; what stands below them stays what it is. */
export function markAppLines(lines: Line[], start: number, end: number): void {
  let seen = 0;
  for (let k = end - 1; k >= start && seen < LOOK_LINES; k--) {
    if (lines[k].isBlank) continue;
    seen++;
    if (lines[k].kind !== "new" || !isAppLine(lines[k].head)) continue;
    const below = lines[k + 1];
    const isOver =
      k + 1 >= end || below.isBlank || below.kind !== "new" || EXCUSE.test(below.head) || isAppLine(below.head);
    if (!isOver) continue; // a sentence that goes on
    lines[k].kind = "signature";
    if (below?.kind === "new" && EXCUSE.test(below.head)) below.kind = "signature";
    const above = lines[k - 1];
    if (k > start && above.kind === "new" && /^[-_*=]{2,}$/.test(above.head)) above.kind = "signature";
  }
}

function isAppLine(head: string): boolean {
  if (/[?？]/.test(head.replace(/https?:\/\/\S{0,300}/g, ""))) return false;
  if (head.length <= MAX_SCANNER_CHARACTERS && SCANNER.test(head)) return true;
  const links = head
    .replace(/\]\(https?:\/\/[^\s)]{1,200}\)|[<(](?:https?:\/\/|www\.)[^\s>)]{1,200}[>)]/g, " ")
    .replace(/[[\]]/g, "");
  const text = links
    .replace(EXCUSE_TAIL, "")
    .replace(/^[\s*_–—-]{1,6}/, "")
    .replace(/\s+/g, " ")
    .trim();
  if (text.length > MAX_CHARACTERS || text.split(" ").length > MAX_WORDS) return false;
  if (MY_DEVICE.test(text)) return !/\b(?:on|am|vom|le|el|vendredi|freitag|friday|monday)\b/i.test(text);
  if (STORE.test(text) && GET.test(text)) return true;
  if (GET.test(text) && /^\S+ (?:\S+ ){1,3}\S+$/.test(text) && STORE.test(text)) return true;
  return (SENT_FIRST.test(text) || SENT_LAST.test(text)) && NAMED.test(text);
}
