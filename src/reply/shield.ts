/**
 * A mail on its way into a prompt: without what it quotes, without its words to machines, with gaps for numbers that no reply may give away. What a
 * model does not read it can neither obey nor tell, whichever model it is.
 */
import { sealSecrets } from "../checks/portable.ts";
import { addSteering, dropOrders, splitQuotes, takeSteering } from "../mail/portable.ts";
import { dropDictation } from "./dictation.ts";

/** Grows whenever `shieldMail` leaves other text, or the guard lets other replies pass: what was answered before is answered anew. */
export const SHIELD_VERSION = 3;

/** Shields a mail as `renderEmail` writes it, with the owner's line behind it where it has one. A mail that is nothing but what is left out stays. Never throws. */
export function shieldMail(text: string): string {
  const { email, line } = takeSteering(text);
  const [, head, body] = HEAD.exec(email) ?? ["", "", email];
  const subject = /^Subject: (.*)$/m.exec(head)?.[1] ?? "";
  const calm = shieldText(withoutHistory(body, subject));
  const shielded = head.replace(/^Subject: (.*)$/m, (_, said: string) => `Subject: ${shieldSubject(said)}`) + calm;
  return line === "" ? shielded : addSteering(shielded, line);
}

/** The text of a mail without orders to machines and without secrets; as it stands where nothing else would be left. */
export function shieldText(text: string): string {
  const calm = dropEveryOrder(text);
  return sealSecrets(calm === "" ? text : calm);
}

/** `text` without orders to machines, those too that are broken into lines, as plain text of mail programs is; "" where it holds nothing else. */
export function dropEveryOrder(text: string): string {
  const lines = text.split("\n");
  const left: string[] = [];
  for (let start = 0; start < lines.length; ) {
    let end = start + 1;
    while (end < lines.length && goesOn(lines[end - 1], lines[end])) end++;
    const broken = lines.slice(start, end);
    const joined = broken.map((line) => line.trim()).join(" ");
    const calm = broken.length === 1 ? joined : dropDictation(dropOrders(joined));
    left.push(...(calm === joined ? broken : [calm]));
    start = end;
  }
  return dropDictation(dropOrders(left.join("\n")));
}

/** ours: a line of fewer characters was ended by who wrote it. */
const LEAST_BROKEN = 45;

/** Whether a sentence goes on from one line to the next. */
function goesOn(line: string, next: string): boolean {
  return line.length >= LEAST_BROKEN && !/[.!?:]["'”’)]?\s*$/.test(line) && /^[\p{L}\p{N}"“„'‘(«]/u.test(next);
}

/** The same of a subject, which may be empty, and stays where it holds no word. */
export function shieldSubject(subject: string): string {
  if (!/\p{L}{2}/u.test(subject)) return sealSecrets(subject);
  return sealSecrets(dropDictation(dropOrders(subject))).replace(/ {2,}/g, " ");
}

/** `From: …` and `Subject: …` at the head, in the order of `renderEmail`, up to the blank line. */
const HEAD = /^((?:From: .*\n)?Subject: .*\n\n)([\s\S]*)$/;

/** The new text, where lines are marked as quoted. Import has taken such lines out already; pasted text still has them. */
function withoutHistory(body: string, subject: string): string {
  if (!/^>/m.test(body) || /^(?:fwd?|wg|tr|rv|doorst)\s?:/i.test(subject)) return body;
  const isAnswer = /^(?:re|aw|sv|antw|rif|res)(?:\[\d+\])?\s?:/i.test(subject);
  const { visible } = splitQuotes(body, { isAnswer, isForward: false });
  return /\p{L}{2}/u.test(visible) ? visible : body;
}
