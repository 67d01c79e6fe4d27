/** Who wrote a mail and how they want to be spoken to. */
import type { MailText } from "./read.ts";

/** How a mail speaks. */
export type Formality = "formal" | "neutral" | "casual";

/** The sender as far as the mail shows; names are "" where it does not. */
export interface Sender {
  readonly first: string;
  readonly last: string;
  /** "Dr.", "Prof.", "Ms.", "Mr.", "Mrs." where the sender uses it. */
  readonly title: string;
  /** A machine or a newsletter: nobody reads the answer. */
  readonly isAutomatic: boolean;
}

const TITLE = /^(Dr|Prof|Ms|Mr|Mrs)\.?\s+/i;
const ORGANISATION =
  /\b(?:news|newsletter|team|support|service|shop|store|updates?|list|admin|office|info|inc|ltd|gmbh|corp|llc|library|university|notifications?|alerts?|digest|mailer|daemon|group|bank|no-?reply|do-?not-?reply|owner|request|webmaster|sales|billing|feeds?)\b/i;
const AUTOMATIC_SENDER =
  /\b(?:no-?reply|do-?not-?reply|newsletter|news|updates|mailer-daemon|notifications?|digest|rssfeeds?|feeds?)\b/i;
const AUTOMATIC_TEXT =
  /do not reply|automatic(?:ally generated)? (?:message|mail|e-?mail)|unsubscribe|mailbox is not monitored|change how often you hear|manage your subscription/i;

/** Reads the sender from the header, or where that is only an address, from the sign-off. */
export function readSender(mail: MailText, fullText: string): Sender {
  const isAutomatic = AUTOMATIC_TEXT.test(fullText.slice(0, 20_000)) || AUTOMATIC_SENDER.test(mail.from);
  const none = { first: "", last: "", title: "", isAutomatic };
  if (isAutomatic) return none;
  const fromHeader = readName(mail.from);
  if (fromHeader) return { ...fromHeader, isAutomatic };
  const lastLine = mail.signOff.split("\n").at(-1) ?? "";
  const signed = SINGLE_NAME.test(lastLine) ? readName(lastLine) : null;
  const named = signed ?? readAddress(mail.from);
  return named ? { ...named, isAutomatic } : none;
}

const SINGLE_NAME = /^[-–—]?\s?\p{Lu}[\p{L}'.-]*(?: \p{Lu}[\p{L}'.-]*){0,2}$/u;
const NAME_WORD = /^\p{Lu}[\p{L}'’.-]*$/u;
const SIGN_OFF_WORD = /^(?:best|cheers|thanks|love|regards|sincerely|hugs|ciao|bye|respectfully|yours|greetings|xx)$/i;

function readName(text: string): { first: string; last: string; title: string } | null {
  const plain = text
    .replace(/["<>]/g, " ")
    .replace(/\([^()]{0,100}\)/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  if (plain === "" || plain.includes("@") || plain.length > 50 || ORGANISATION.test(plain)) return null;
  const titled = TITLE.exec(plain);
  const title = titled ? `${titled[1][0].toUpperCase()}${titled[1].slice(1).toLowerCase()}.` : "";
  let words = plain.slice(titled?.[0].length ?? 0).split(" ");
  if (words.length > 1 && words[0].endsWith(",")) words = [...words.slice(1), words[0].slice(0, -1)];
  words = words.filter((word) => !/^(?:jr|sr|phd|md|esq|[ivx]+)\.?,?$/i.test(word));
  if (
    words.length === 0 ||
    words.length > 4 ||
    words.some((word) => !NAME_WORD.test(word)) ||
    SIGN_OFF_WORD.test(words[0])
  )
    return null;
  if (words.length === 1 && words[0].length < 2) return null;
  const first =
    words[0].length === 1 || /^\p{Lu}\.?$/u.test(words[0])
      ? words.length > 2 && words[1].length > 2
        ? words[1]
        : ""
      : words[0];
  return first ? { first, last: words.length > 1 ? words.at(-1)! : "", title } : null;
}

/** "maria.lopez@…" -> Maria Lopez; other addresses name nobody for certain. */
function readAddress(text: string): { first: string; last: string; title: string } | null {
  const match = /^<?([a-z]{2,20})\.([a-z]{2,30})@/.exec(text);
  if (!match || ORGANISATION.test(match[1]) || ORGANISATION.test(match[2])) return null;
  const capital = (word: string) => word[0].toUpperCase() + word.slice(1);
  return { first: capital(match[1]), last: capital(match[2]), title: "" };
}

/** Formal, neutral or casual, by greeting, sign-off and turns of phrase. */
export function readFormality(mail: MailText): Formality {
  const { greeting, signOff, body } = mail;
  let score = 0; // above 0 formal, below 0 casual
  if (/^dear\b/i.test(greeting)) score += 1;
  if (/\b(?:Mr|Ms|Mrs|Dr|Prof)\b|:$/.test(greeting)) score += 2;
  if (/^hey\b|!$/i.test(greeting) || /^(?!hello|good)\p{Lu}\p{L}+,$/iu.test(greeting)) score -= 2;
  else if (/^hi\b/i.test(greeting)) score -= 1;
  if (/yours (?:sincerely|faithfully)|^sincerely|respectfully|kind regards/im.test(signOff)) score += 1.5;
  if (/^(?:cheers|love|hugs|ciao|bye|xx|take care|see you|talk soon)/im.test(signOff)) score -= 2;
  if (
    /would be grateful|would appreciate|would you kindly|kindly ask|may I ask|do not hesitate|at your disposal|could you please/i.test(
      body,
    )
  )
    score += 1;
  if (/\b(?:any chance|would be great if|maybe|guess|wow|ha|yeah|ok)\b|(?:n't|'ll|'re|'ve|'m)\b/i.test(body))
    score -= 0.5;
  if ((body.match(/!/g) ?? []).length > 1) score -= 0.5;
  return score >= 2 ? "formal" : score <= -1.5 ? "casual" : "neutral";
}
