/** The marks and header blocks that introduce an old mail without quote signs, as Outlook and forwarding write them. */
import type { Line } from "./line.ts";

const ORIGINAL =
  /^[-_*=\s]{2,40}(?:original message|original-nachricht|ursprüngliche nachricht|originalnachricht|original appointment|ursprünglicher termin|message d'origine|message original|mensaje original|mensagem original|messaggio originale|messaggio originario|oorspronkelijk bericht|originalmeddelande|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|původní zpráva|pôvodná správa|oryginalna wiadomość|wiadomość oryginalna|исходное сообщение|оригинальное сообщение|eredeti üzenet|orijinal mesaj|özgün ileti|αρχικό μήνυμα|原始邮件|邮件原件|元のメッセージ|원본 메시지|reply message|reply to message|quoted message)[-_*=\s]{0,40}$/iu;
const FORWARDED =
  /^(?:[-_*=\s]{2,40}(?:(?:begin )?forwarded (?:message|text)|forwarded (?:by|from)\b|forward(?:ed)? header|weitergeleitete nachricht|message transféré|message transmis|mensaje reenviado|mensagem encaminhada|messaggio inoltrato|doorgestuurd bericht|vidarebefordrat meddelande|videresendt (?:besked|melding)|välitetty viesti|přeposlaná zpráva|wiadomość przekazana|przekazana wiadomość|пересланное сообщение|пересылаемое сообщение|továbbított üzenet|iletilen mesaj|προωθημένο μήνυμα|转发邮件|轉寄郵件|転送メッセージ|전달된 메시지)|(?:begin forwarded message|start of forwarded message|anfang der weitergeleiteten nachricht|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado|inizio messaggio inoltrato|início da mensagem reencaminhada)[\s:]{0,4}$)/iu;

/** "-----Original Message-----" in the main languages. */
export function isOriginalMark(line: Line): boolean {
  return line.head.length < 120 && ORIGINAL.test(line.head);
}

/** "---------- Forwarded message ----------", "Begin forwarded message:". */
export function isForwardMark(line: Line): boolean {
  return line.head.length < 200 && FORWARDED.test(line.head);
}

type Label = "from" | "sent" | "date" | "to" | "subject" | "cc" | "other";
const LABELS = new Map<string, Label>();
const LABEL_WORDS: Readonly<Record<Label, string>> = {
  from: "from|von|de|da|van|från|fra|lähettäjä|od|от|от кого|kimden|gönderen|发件人|寄件者|差出人|보낸 사람|feladó|nadawca|από|מאת|din partea|mittente|expéditeur|remitente|afzender",
  sent: "sent|gesendet|envoyé|envoyé le|enviado|enviado el|enviada em|enviado em|inviato|verzonden|skickat|sendt|lähetetty|odesláno|odoslané|wysłano|отправлено|gönderildi|gönderme tarihi|发送时间|寄件日期|送信日時|보낸 날짜|elküldve|trimis|εστάλη|נשלח",
  date: "date|datum|data|fecha|dato|päivämäärä|дата|tarih|日期|日時|날짜|dátum|ημερομηνία",
  to: "to|an|à|para|a|aan|till|til|vastaanottaja|komu|do|кому|kime|kime alıcı|收件人|宛先|받는 사람|címzett|către|προς|אל|destinataire|destinatario|para quem",
  subject:
    "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|předmět|predmet|temat|тема|konu|主题|主旨|件名|제목|tárgy|subiect|θέμα|נושא|re",
  cc: "cc|kopie|kopie an|copie|copie à|copia|kopia|kopi|копия|抄送|副本|참조|másolatot kap|bilgi|κοιν",
  other:
    "reply-to|message-id|in-reply-to|organization|newsgroups|x-mailer|attachments|importance|bcc|list|priorität|wichtigkeit",
};
for (const [label, words] of Object.entries(LABEL_WORDS))
  for (const word of words.split("|")) LABELS.set(word, label as Label);

const MAX_BLOCK_LINES = 12;

/**
 * The header lines at line i, or null where there are none. `isMail` where they can only be a mail's: From and Subject with a
 * date or recipient, or Outlook's From, Sent, To (an itinerary has From, To and Date); `isPart` for two or more.
 */
export function readHeaderBlock(
  lines: readonly Line[],
  i: number,
): { end: number; isMail: boolean; isPart: boolean } | null {
  const seen = new Set<Label>();
  let last: Label | null = null;
  let k = i;
  for (; k < Math.min(lines.length, i + MAX_BLOCK_LINES); k++) {
    const line = lines[k];
    if (line.kind !== "new" || line.isBlank) break;
    const label = labelOf(line);
    if (label !== null) seen.add(label);
    else if (last !== "from" && last !== "to" && last !== "cc" && last !== "subject") break; // these may wrap
    last = label ?? last;
  }
  return seen.size === 0 ? null : { end: k, isMail: isMailBlock(seen), isPart: seen.size >= 2 };
}

/** `From: …`, `Betreff: …`. */
export function isHeaderLine(line: Line): boolean {
  return labelOf(line) !== null || isForwardMark(line) || isOriginalMark(line);
}

function isMailBlock(seen: ReadonlySet<Label>): boolean {
  if (!seen.has("from")) return false;
  const hasOther = seen.has("to") || seen.has("date") || seen.has("sent");
  return (seen.has("subject") && hasOther) || (seen.has("sent") && seen.has("to"));
}

function labelOf(line: Line): Label | null {
  const known = labels.get(line);
  if (known !== undefined) return known;
  const match = /^[*_]{0,2}([^:：*_]{1,24}?)[*_]{0,2}\s?[:：]/u.exec(line.head.slice(0, 40));
  const label = match ? (LABELS.get(match[1].trim().toLowerCase()) ?? null) : null;
  labels.set(line, label);
  return label;
}

const labels = new WeakMap<Line, Label | null>(); // a line is looked at from up to twelve lines above
