/** "Sent from my iPhone", "Get Outlook for iOS", "Virus-free": lines that programs add, in many languages. */
import {
  APPS,
  EXCUSES,
  GET_APP,
  GET_APP_LAST,
  SCANNERS,
  SENT_FROM,
  SENT_FROM_LAST,
  STORE_PROGRAMS,
  STORE_SYSTEMS,
} from "../languages/app-lines.ts";
import type { Line } from "./line.ts";

const NAMED = new RegExp(APPS, "iu");
const SENT_FIRST = new RegExp(
  `^(?:${SENT_FROM})(?=[\\s\\p{P}]|\\p{L}{0,30}i?phone|$|[\\p{sc=Han}\\p{sc=Hebrew}])`,
  "iu",
);
const SENT_LAST = new RegExp(`(?:${SENT_FROM_LAST})[.!。]?$`, "iu");
const MY_DEVICE =
  /^(?:sent from my|von meinem|envoyé de mon|enviado desde mi|enviado do meu|inviato dal mio|verstuurd vanaf mijn|skickat från min|sendt fra min|отправлено с моего) [\p{L}\p{N}' .+-]{2,30}(?: gesendet)?\.?$/iu;
const PROGRAM = new RegExp(`(?<![\\p{L}\\p{N}])(?:${STORE_PROGRAMS})`, "iu");
const SYSTEM = new RegExp(`(?<![\\p{L}\\p{N}])(?:${STORE_SYSTEMS})`, "iu");
const STORE = `(?:${STORE_PROGRAMS}|${STORE_SYSTEMS})`;
/** The verb, then what to get, last in the line but for an ending ("Androidra", "iOS-erako", "iOS uređaje"). */
const GET = new RegExp(
  `^(?:${GET_APP})(?=[\\s„“"«]|\\p{sc=Han}).{0,60}(?<![\\p{L}\\p{N}])${STORE}[-’':\\p{L}]{0,9}(?: (?:uređaje|eszközre|devices?|herunter|的))?[“”"».。]?$|^(?:az? )?[„“"«]?${STORE}(?![\\p{Script=Latin}]{3}).{0,60}(?:${GET_APP_LAST})[.。]?$|^(?:取得|下載|获取|下载).{0,30}${STORE}$`,
  "iu",
);
const STORE_LINK = /https:\/\/aka\.ms\//i;
const SCANNER = new RegExp(`^(?:${SCANNERS})`, "iu");
const EXCUSE = new RegExp(`^\\W{0,3}(?:${EXCUSES})[^?]{0,60}$`, "iu");
const EXCUSE_TAIL = new RegExp(`[.,;-]?\\s{0,9}(?:${EXCUSES})[^?]{0,40}$`, "iu");

const LINK = /^<?(?:https?:\/\/|www\.)\S{3,200}$/i;

const MAX_CHARACTERS = 120;
const MAX_SCANNER_CHARACTERS = 240;
const MAX_WORDS = 14;
const NEAR_WORDS = 5; // "Sent from my desk while waiting for the phone" names no phone that sent it
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
      k + 1 >= end ||
      below.isBlank ||
      below.kind !== "new" ||
      EXCUSE.test(below.head) ||
      LINK.test(below.head) ||
      isAppLine(below.head);
    if (!isOver) continue; // a sentence that goes on
    lines[k].kind = "signature";
    if (below?.kind === "new" && (EXCUSE.test(below.head) || LINK.test(below.head))) below.kind = "signature";
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
    .replace(/[’ʼ´]/g, "'")
    .replace(EXCUSE_TAIL, "")
    .replace(/^[\s*_–—-]{1,6}/, "")
    .replace(/\s+/g, " ")
    .trim();
  if (text.length > MAX_CHARACTERS || text.split(" ").length > MAX_WORDS) return false;
  if (MY_DEVICE.test(text)) return !/\b(?:on|am|vom|le|el|vendredi|freitag|friday|monday)\b/i.test(text);
  if (PROGRAM.test(text) && SYSTEM.test(text) && (GET.test(text) || STORE_LINK.test(head))) return true;
  const sent = SENT_FIRST.exec(text);
  if (sent) return NAMED.test(firstWords(text.slice(sent[0].length), NEAR_WORDS));
  return SENT_LAST.test(text) && NAMED.test(text);
}

function firstWords(text: string, count: number): string {
  return text.trim().split(" ").slice(0, count).join(" ");
}
