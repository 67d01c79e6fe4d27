/**
 * One raw message to sender, recipients, ids and text. The only importer of postal-mime. Bodies are taken part by part:
 * a plain part where there is one that says something, else its HTML as text with hidden parts removed.
 */
import PostalMime, { type Address, addressParser, decodeWords } from "postal-mime";
import { invariant } from "../../errors.ts";
import type { Person } from "../email.ts";
import { type MailSigns, NO_SIGNS, readSigns } from "../filter/signs.ts";
import { parseLabels } from "../labels.ts";
import { parseDate } from "./date.ts";
import { htmlToText } from "./html.ts";
import { prepareMessage } from "./prepare.ts";
import { cleanHeader, cleanText } from "./text.ts";

/** A mail as it was written: quotes, signatures and all. */
export interface ParsedMail {
  /** Without angle brackets, null where there is none that could be unique. */
  readonly messageId: string | null;
  /** The ids of In-Reply-To. */
  readonly inReplyTo: readonly string[];
  /** In-Reply-To held other words too, so what stands in brackets may be an address and no id. */
  readonly inReplyToUnsure: boolean;
  /** The ids of References, the direct parent last. */
  readonly references: readonly string[];
  /** A conversation named by the source itself (Gmail's thread id, a column of a table), or null. */
  readonly conversation: string | null;
  /** The row before it in the source is the mail it answers. */
  readonly answersPrevious: boolean;
  /** Gmail's labels, as Google Takeout writes them into each message. */
  readonly labels: readonly string[];
  readonly from: Person;
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  readonly date: string | null;
  readonly subject: string;
  /** LF line ends, no invisible characters; blanks at line ends are kept. */
  readonly text: string;
  /** What the headers say about how it was sent. */
  readonly signs: MailSigns;
  /** Data that a mail program keeps in the mailbox as if it were a mail (UW IMAP's first message). */
  readonly isFolderData: boolean;
}

/** A message as fields, from a table such as JSONL; `body` is set, all others may be missing. */
export interface RawFields {
  readonly body: string;
  readonly isHtml: boolean;
  readonly messageId: string;
  readonly inReplyTo: string;
  readonly references: string;
  readonly threadId: string;
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly date: string;
  readonly subject: string;
  /** The row directly before it, in the same conversation, is the mail it answers. */
  readonly answersPrevious: boolean;
}

const LIMITS = { maxNestingDepth: 100, maxRfc822NestingDepth: 2 };

/** Takes a raw message apart; null where postal-mime gives up (nesting deeper than 100, headers over 2 MiB). Never throws on any bytes. */
export async function parseMail(bytes: Uint8Array): Promise<ParsedMail | null> {
  const parser = new PostalMime(LIMITS);
  let message: Awaited<ReturnType<PostalMime["parse"]>>;
  try {
    message = await parser.parse(prepareMessage(bytes));
  } catch {
    return null;
  }
  const header = (name: string) => message.headers.find(({ key }) => key === name)?.value ?? "";
  return {
    messageId: parseIds(header("message-id"))[0] ?? null,
    ...parseParents(header("in-reply-to"), header("references")),
    conversation: cleanHeader(header("x-gm-thrid")).slice(0, 64) || null,
    answersPrevious: false,
    labels: parseLabels(cleanHeader(decodeWords(header("x-gmail-labels").replace(/\r?\n[ \t]/g, " ")))),
    from: people([message.from ?? message.sender])[0] ?? { name: "", address: "" },
    to: people(message.to ?? []),
    cc: people(message.cc ?? []),
    date: parseDate(header("date")),
    subject: cleanHeader(message.subject ?? ""),
    text: cleanText(bodyText(parser)),
    signs: readSigns(header, { replyTo: people(message.replyTo ?? []), calendarMethod: calendarMethod(message) }),
    isFolderData:
      header("x-imap") !== "" && message.subject !== undefined && message.subject.includes("FOLDER INTERNAL DATA"),
  };
}

/** The same from the fields of a table row. */
export function parseFields(fields: RawFields): ParsedMail {
  const parsePeople = (text: string) => people(addressParser(text.slice(0, MAX_ADDRESSES_CHARACTERS)));
  return {
    messageId: parseIds(fields.messageId)[0] ?? null,
    ...parseParents(fields.inReplyTo, fields.references),
    conversation: fields.threadId || null,
    answersPrevious: fields.answersPrevious,
    labels: [],
    from: parsePeople(fields.from)[0] ?? { name: "", address: "" },
    to: parsePeople(fields.to),
    cc: parsePeople(fields.cc),
    date: parseDate(fields.date),
    subject: cleanHeader(decodeWords(fields.subject.slice(0, MAX_ADDRESSES_CHARACTERS))),
    text: cleanText(fields.isHtml ? htmlToText(fields.body) : fields.body),
    signs: NO_SIGNS,
    isFolderData: false,
  };
}

/** METHOD of the first calendar part, "publish" where it names none. */
function calendarMethod({ attachments }: { attachments: readonly { mimeType: string; method?: string }[] }): string {
  const part = attachments.find(({ mimeType }) => mimeType === "text/calendar");
  return part ? (part.method ?? "publish") : "";
}

const MAX_ADDRESSES_CHARACTERS = 1 << 15;
const MAX_REFERENCES = 100; // a longer list keeps its root and its newest

function parseParents(
  inReplyTo: string,
  references: string,
): Pick<ParsedMail, "inReplyTo" | "inReplyToUnsure" | "references"> {
  const all = parseIds(references);
  return {
    inReplyTo: parseIds(inReplyTo),
    inReplyToUnsure: inReplyTo.replace(/<[^<>\s]{1,500}>/g, "").trim() !== "",
    references: all.length <= MAX_REFERENCES ? all : [all[0], ...all.slice(1 - MAX_REFERENCES)],
  };
}

/** Message ids in angle brackets, in order, each once; ones too short to be unique (`<>`, `<0>`) are no ids. */
function parseIds(header: string): string[] {
  const ids = header.slice(0, 1 << 16).match(/<[^<>\s]{3,500}>/g) ?? [];
  return [...new Set(ids.map((id) => id.slice(1, -1)))];
}

function people(addresses: readonly (Address | undefined)[]): Person[] {
  const found: Person[] = [];
  for (const entry of addresses) {
    for (const { name, address } of entry?.group ?? (entry?.address === undefined ? [] : [entry])) {
      const person = { name: cleanHeader(name), address: cleanHeader(address) };
      if (person.name !== "" || person.address !== "") found.push(person);
    }
  }
  return found;
}

type Item =
  | { type: "text"; value: string }
  | { type: "subMessage"; value: { from?: Address; subject?: string; date?: string } };
type TextEntry = { plain?: Item[]; html?: Item[] };

/**
 * The parser's own text and HTML mix the two kinds and show hidden text, so the parts are read from its text map: one
 * entry for each text part, or for each multipart/alternative with all its forms.
 */
function bodyText(parser: PostalMime): string {
  const { textMap } = parser as unknown as { textMap: unknown };
  invariant(textMap instanceof Map, "postal-mime has no textMap any more");
  const parts: string[] = [];
  let left = MAX_TEXT_CHARACTERS;
  for (const entry of textMap.values() as Iterable<TextEntry>) {
    const text = entryText(entry).slice(0, left);
    if (text.trim() !== "") parts.push(text.replace(/\n+$/, ""));
    left -= text.length;
    if (left <= 0) break;
  }
  return parts.join("\n\n");
}

const MAX_TEXT_CHARACTERS = 2_000_000; // as of HTML: every step of cleaning holds a few copies of the text

function entryText({ plain = [], html = [] }: TextEntry): string {
  const message = [...plain, ...html].find((item) => item.type === "subMessage");
  if (message?.type === "subMessage") return forwardHeader(message.value);
  const plainText = join(plain, (text) => text);
  if (html.length === 0) return plainText;
  if (plainText.trim().length > PLACEHOLDER_CHARACTERS) return plainText;
  const htmlText = join(html, htmlToText);
  return plainText.trim().length * 5 < htmlText.trim().length || plainText.trim() === "" ? htmlText : plainText;
}

/** A plain form shorter than this, beside HTML that says far more, is "your program cannot show this mail". */
const PLACEHOLDER_CHARACTERS = 200;

function join(items: readonly Item[], convert: (text: string) => string): string {
  return items.map((item) => (item.type === "text" ? convert(item.value) : "")).join("\n");
}

/** The line that quote splitting knows as the start of a forwarded mail. */
function forwardHeader(message: { from?: Address; subject?: string; date?: string }): string {
  const from = people([message.from])[0];
  const lines = ["---------- Forwarded message ----------"];
  if (from) lines.push(`From: ${from.name ? `${from.name} <${from.address}>` : from.address}`);
  if (message.date) lines.push(`Date: ${cleanHeader(message.date)}`);
  lines.push(`Subject: ${cleanHeader(message.subject ?? "")}`);
  return lines.join("\n");
}
