/**
 * Footers of list servers, mail services and lawyers: at the end of a text, short, and with nothing below them that a person wrote.
 * The text is walked up block by block from its end; a block that is no footer ends the walk, whatever stands above it.
 */
import { NOTICE_WORDS } from "../languages/notices.ts";
import type { Line } from "./line.ts";

const MAX_LINES = 40; //       of all footers together
const MAX_BLOCK_LINES = 14;
const MAX_CHARACTERS = 200; // a longer line of a ruled block is a paragraph of the mail

const RULE = /^(?:[-_=*~#+ ]{8,}(?![-_=*~#+ ])[>~-]*|-{2,}|[-–—])$/;
const AD_RULE = /^-{4,}(?!-).{0,60}(?:sponsor|yahoo! groups).{0,60}---[~>-]*$/i;

/** Only a machine writes so. */
const MACHINE =
  /https?:\/\/\S{1,200}\/(?:listinfo|mailman)\/|^-{3,} ?you are receiving this|you (?:have )?received? this (?:message|e-?mail|mail) (?:because|as) you(?:'re| are) (?:subscribed|a member|on the|registered)|you are (?:currently )?subscribed to|\bto (?:unsubscribe|subscribe)(?: or unsubscribe)?(?: from (?:this|the) \S{1,40}(?: \S{1,40})?)?(?: and (?:stop|view) .{0,80})?,? (?:send|e-?mail|mail|visit|click|go to|reply|write|use|please|simply|see|via)\b|^unsubscribe: ?(?:<|http|mailto)|your use of yahoo! groups|do you yahoo!\?|this sf\.net email is|this email is sponsored|irish linux users' group:|for (?:\(?un\)?)?subscription information|list maintainer:|majordomo@|listserv@|^_{10,} ?\S{1,80} mailing list|mailing list ?(?:$|<|\S+@)|join the world.?s largest|get your free|msn (?:photos|explorer|messenger|hotmail)|sent from a contact form|free e-?mail at http/i;
/** List words below a rule. */
const LIST_WORDS =
  /unsubscribe|mailing list|listinfo|list-?info|subscri(?:be|ption)|sponsored by|groups\.(?:yahoo|google)|yahoo! groups|egroups|google groups|for additional commands|to post to this|this list is|list archives?|majordomo|listserv|hotmail|everyone\.net|free e-?mail|powered by|(?:scanned|checked) for viruses|abbestellen|désabonner|désinscrire|darse de baja|cancelar (?:la |su )?suscripción|disiscri|uitschrijven|avregistrera|avprenumerera|отписаться/i;
/** How a legal notice begins. */
const LEGAL =
  /^\W{0,4}(?:confidentiality (?:notice|note)|disclaimer\b|legal notice|privileged (?:and|&|\/|or)|(?:the )?(?:contents? of )?(?:this|the) (?:e-?mail|message|mail|communication|transmission)(?: message)?(?:,? (?:and|including|together with) (?:any|all|its|the)? ?(?:attachments?|files?|information|documents?)[^.]{0,80})? (?:is|are|may be|may contain|contains?|and any) (?:strictly |for |only |legally )?(?:confidential|privileged|intended|proprietary|the|privileged|legally)|the information (?:contained |transmitted )?(?:in|with|by) this (?:e-?mail|message|transmission|communication) (?:is|may|and)|if you (?:are not|have received|received) (?:the|this|it) |unless (?:otherwise|explicitly) |any (?:views?|opinions?) (?:or opinions? )?(?:expressed|presented|in this)|diese e-?mail (?:enthält|kann|ist)|der inhalt dieser e-?mail|die(?:se)? (?:in dieser )?(?:nachricht|e-?mail).{0,40}vertraulich|ce (?:message|courriel|mail|courrier)(?: électronique)?(?: et|,)? .{0,60}confidentiel|este (?:mensaje|correo|mensagem|e-?mail) .{0,80}confiden[ct]i|la información contenida|as informações contidas|le informazioni contenute|questo messaggio .{0,60}(?:riservat|confidenzial)|de(?:ze)? (?:informatie|e-?mail|bericht).{0,60}(?:vertrouwelijk|bestemd)|настоящее (?:сообщение|письмо)|please (?:consider|think about) the environment|bitte (?:denken sie|prüfen sie).{0,40}(?:umwelt|drucken)|pensez à l'environnement|antes de imprimir|registered (?:in|office)|virus-free\.)/iu;
const LEGAL_WORDS =
  /confidential|privileged|intended (?:recipient|solely|only|for the)|disclos|dissemin|unauthori[sz]ed|in error|viruses?|liab(?:le|ility)|registered (?:in|office|number)|vertraulich|irrtümlich|confidentiel|destinataire|confidencial|destinatario|riservat|vertrouwelijk|geadresseerde|environment|umwelt/i;

/** Words of a notice in many languages, by what they speak of; three of the four make one. */
const NOTICES = Object.values(NOTICE_WORDS).map((words) => new RegExp(words, "iu"));
const MIN_NOTICE_WORDS = 3;

/** The first line of the footers that end the lines from `start` to `end`, and whether words of one stand where it was kept. */
export function findFooter(
  lines: readonly Line[],
  start: number,
  end: number,
): { readonly from: number | null; readonly isDoubtful: boolean } {
  let from: number | null = null;
  let at = end;
  let textLines = 0;
  for (;;) {
    const block = blockAbove(lines, start, at);
    if (block === null) break;
    textLines += block.texts.length;
    if (textLines > MAX_LINES) break;
    const kind = judge(block.texts, block.rule);
    if (kind === "text") {
      from = machineTail(lines, block, at) ?? from;
      break;
    }
    if (kind === "footer") from = block.from;
    at = block.from;
  }
  while (from !== null && from > start && (lines[from - 1].isBlank || RULE.test(lines[from - 1].head))) from--;
  const above = from ?? end;
  const isDoubtful = lines
    .slice(Math.max(start, above - MAX_LINES), above)
    .some(({ head }) => MACHINE.test(head) || LEGAL.test(head));
  return { from, isDoubtful };
}

interface Block {
  readonly from: number;
  /** Its rule is its first line. */
  readonly rule: string | null;
  readonly texts: readonly string[];
}

/** The block that ends above line `end`: lines without a blank one between, from a rule on where one stands among them. */
function blockAbove(lines: readonly Line[], start: number, end: number): Block | null {
  let k = end - 1;
  while (k >= start && lines[k].isBlank) k--;
  if (k < start) return null;
  const texts: string[] = [];
  for (; k >= start && !lines[k].isBlank; k--) {
    const { head } = lines[k];
    if (RULE.test(head) || AD_RULE.test(head)) return { from: k, rule: head, texts: texts.reverse() };
    texts.push(head);
  }
  return { from: k + 1, rule: null, texts: texts.reverse() };
}

/** The first of the lines at the end of a block of text that only a machine adds: a list's address right below the text. */
function machineTail(lines: readonly Line[], { from }: Block, end: number): number | null {
  let k = end - 1;
  while (k >= from && lines[k].isBlank) k--;
  let first: number | null = null;
  for (; k > from && LIST_ADDRESS.test(lines[k].head); k--) first = k;
  return first;
}

const LIST_ADDRESS =
  /^(?:<?https?:\/\/\S{1,200}\/(?:listinfo|mailman)\/\S{1,100}$|to unsubscribe,? (?:send|e-?mail|visit))/i;

/** `joint`: part of the footers only if one stands above it too, as a rule or a continued notice. */
function judge(texts: readonly string[], rule: string | null): "footer" | "joint" | "text" {
  if (texts.length > MAX_BLOCK_LINES) return "text";
  const text = texts
    .join(" ")
    .replace(/(?:https?:\/\/|www\.)\S{0,300}/g, (link) => (LIST_WORDS.test(link) ? "listinfo" : "www.")); // a link speaks for nobody
  if (rule !== null && AD_RULE.test(rule)) return "footer";
  if (texts.length === 0) return "joint";
  if (rule === null ? MACHINE.test(texts[0]) : texts.some((line) => MACHINE.test(line)))
    return isSpoken(text) ? "text" : "footer";
  const isAsking = /[?？؟]/.test(text);
  if (isAsking || isSpoken(text)) return "text";
  if (LEGAL.test(texts[0])) return texts.length > 1 || text.length > 60 || LEGAL_WORDS.test(text) ? "footer" : "text";
  if (NOTICES.filter((pattern) => pattern.test(text)).length >= MIN_NOTICE_WORDS) return "footer";
  const isShort = texts.every((line) => line.length <= MAX_CHARACTERS);
  if (rule !== null && RULE.test(rule) && isShort && LIST_WORDS.test(text)) return "footer";
  return LEGAL_WORDS.test(text) || (isShort && texts.length <= 3 && /https?:\/\/|www\./.test(text)) ? "joint" : "text";
}

/** Somebody speaks of himself or to one person by name: no footer does. */
function isSpoken(text: string): boolean {
  return /\bI(?:'m|'ve|'d|'ll)?\b(?! ?[.:/])|\b(?:my|me|mine)\b|\b(?:ich|mir|mich|je|j'ai|yo|io|ik|jag|jeg)\b|(?:^|\s)(?:я|мне|меня)(?:\s|$)/u.test(
    text.replace(/\S{1,60}\.\p{L}{2,}/gu, " "), // "groups.io" is no Italian "I"
  );
}
