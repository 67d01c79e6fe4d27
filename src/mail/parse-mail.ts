/** One raw message to sender, recipients, ids and text: what of its parts a person would see. */

import { type ChosenForm, chooseForm } from "./clean/alternative.ts";
import { parseDate } from "./clean/date.ts";
import { htmlToMarkedText } from "./clean/html.ts";
import type { TextRole } from "./clean/quotes.ts";
import type { Person } from "./email.ts";
import { type MailSigns, NO_SIGNS, readSigns } from "./filter/signs.ts";
import { parseLabels } from "./labels.ts";
import { ANSWER_PREFIXES, FORWARD_PREFIXES } from "./languages/introductions.ts";
import { parseAddresses, parseAddressText } from "./mime/addresses.ts";
import { fieldValues, type Header } from "./mime/header.ts";
import { type Part, parseMessage } from "./mime/parts.ts";
import { decodeHeader, decodeWords } from "./mime/words.ts";
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
  /** The conversation that Outlook's Thread-Index names, or null. */
  readonly outlookThread: string | null;
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
  /** What splitQuotes must know of the headers. */
  readonly role: TextRole;
  /** Its plain and its HTML form say different things; `text` is the one that people see. */
  readonly formsDiffer: boolean;
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

/** Takes a raw message apart; null where its parts are nested deeper than 100. Never throws on any bytes. */
export async function parseMail(bytes: Uint8Array): Promise<ParsedMail | null> {
  const message = parseMessage(bytes);
  if (message === null) return null;
  const { charset } = message;
  const raw = (name: string) => fieldValues(message.header, name)[0] ?? "";
  const header = (name: string) => cleanHeader(decodeHeader(raw(name), charset));
  const list = (name: string) => parseAddresses(fieldValues(message.header, name).join(", "), charset);
  const from = list("from")[0] ?? list("sender")[0] ?? { name: "", address: "" };
  const { text, differs } = bodyText(message.parts);
  const ids = (name: string) => decodeWords(fieldValues(message.header, name).join(" "));
  const parents = parseParents(ids("in-reply-to"), ids("references"));
  return {
    messageId: parseIds(decodeWords(raw("message-id")))[0] ?? null,
    ...parents,
    conversation: header("x-gm-thrid").slice(0, 64) || null,
    outlookThread: readThreadIndex(raw("thread-index")),
    answersPrevious: false,
    labels: [...parseLabels(header("x-gmail-labels")), ...mozillaLabels(raw("x-mozilla-status"))],
    from,
    to: list("to"),
    cc: list("cc"),
    date: parseDate(header("date")),
    subject: header("subject"),
    text: cleanText(text),
    role: { ...readRole(header("subject"), parents), author: from.name },
    formsDiffer: differs,
    signs: readSigns(header, { replyTo: list("reply-to"), calendarMethod: message.calendarMethod }),
    isFolderData: raw("x-imap") !== "" && raw("subject").includes("FOLDER INTERNAL DATA"),
  };
}

/** The same from the fields of a table row. */
export function parseFields(fields: RawFields): ParsedMail {
  const subject = cleanHeader(decodeWords(fields.subject.slice(0, MAX_HEADER_CHARACTERS)));
  const parents = parseParents(fields.inReplyTo, fields.references);
  return {
    messageId: parseIds(fields.messageId)[0] ?? null,
    ...parents,
    conversation: fields.threadId || null,
    outlookThread: null,
    answersPrevious: fields.answersPrevious,
    labels: [],
    from: parseAddressText(fields.from)[0] ?? { name: "", address: "" },
    to: parseAddressText(fields.to),
    cc: parseAddressText(fields.cc),
    date: parseDate(fields.date),
    ...{ subject, formsDiffer: false },
    role: readRole(subject, parents),
    text: cleanText(fields.isHtml ? htmlToMarkedText(fields.body) : fields.body),
    signs: NO_SIGNS,
    isFolderData: false,
  };
}

const PREFIX = /^(?:\[[^\]]{1,60}\]\s{0,3}){0,3}([\p{L}]{1,12}(?: fwd)?)(?:\s?[[(^]?\d{0,3}[\])]?)\s?[:：]/iu;
const ANSWERS = new RegExp(`^(?:${ANSWER_PREFIXES})$`, "iu");
const FORWARDS = new RegExp(`^(?:${FORWARD_PREFIXES})$`, "iu");

/** A subject without "Re:", "AW:" and their kin at its start, however many there are. A list's tag before them goes with them. */
export function stripAnswerPrefixes(subject: string): string {
  let rest = subject.trim();
  for (let prefix = PREFIX.exec(rest); prefix !== null && ANSWERS.test(prefix[1]); prefix = PREFIX.exec(rest))
    rest = rest.slice(prefix[0].length).trim();
  return rest;
}

/** By the first prefix of the subject, else by the ids; a mail without subject and ids may be anything, and counts as an answer. */
function readRole(subject: string, parents: Pick<ParsedMail, "inReplyTo" | "references">): TextRole {
  const prefix = PREFIX.exec(subject)?.[1] ?? "";
  const isForward = FORWARDS.test(prefix) && !ANSWERS.test(prefix);
  const hasParent = parents.inReplyTo.length > 0 || parents.references.length > 0;
  return { isForward, isAnswer: ANSWERS.test(prefix) || subject === "" || (hasParent && !isForward) };
}

const MAX_HEADER_CHARACTERS = 1 << 15;
const MAX_REFERENCES = 100; // a longer list keeps its root and its newest

function parseParents(
  inReplyTo: string,
  references: string,
): Pick<ParsedMail, "inReplyTo" | "inReplyToUnsure" | "references"> {
  const all = parseIds(references);
  const replied = parseIds(inReplyTo);
  return {
    inReplyTo: replied,
    inReplyToUnsure: inReplyTo.replace(/<[^<>]{1,500}>/g, "").trim() !== "" && replied[0] !== inReplyTo.trim(),
    references: all.length <= MAX_REFERENCES ? all : [all[0], ...all.slice(1 - MAX_REFERENCES)],
  };
}

/**
 * Message ids in order, each once: in angle brackets, blanks in them left out (a program folded the line there); or bare words
 * with an @ where the header has no brackets at all. Ones too short to be unique (`<>`, `<0>`) are no ids.
 */
function parseIds(header: string): string[] {
  const text = header.slice(0, 1 << 16);
  const bracketed = (text.match(/<[^<>]{1,500}>/g) ?? []).map((id) => id.slice(1, -1).replace(/\s+/g, ""));
  const ids = text.includes("<")
    ? bracketed
    : (text.match(/(?<![^\s<>,;"()])[^\s<>,;"()@]{1,250}@[^\s<>,;"()]{1,250}/g) ?? []);
  return [...new Set(ids.filter((id) => id.length >= 3))];
}

/** The conversation that Outlook's Thread-Index names ([MS-OXOMSG] §2.2.1.3): the GUID behind the six bytes of its time. */
function readThreadIndex(header: string): string | null {
  const bytes = Buffer.from(header.trim().slice(0, 400), "base64");
  return bytes.length >= 22 ? bytes.toString("hex", 6, 22) : null;
}

/** Thunderbird's marks on a mail of its mbox files: bit 8 of X-Mozilla-Status is "expunged", a deleted mail not yet taken out. */
function mozillaLabels(status: string): string[] {
  const bits = /^\s*([\da-f]{4})\s*$/i.exec(status)?.[1];
  return bits !== undefined && (Number.parseInt(bits, 16) & 8) !== 0 ? ["Trash"] : [];
}

/** The visible text of all parts, and whether somewhere the plain and the HTML form say different things. */
function bodyText(parts: readonly Part[]): ChosenForm {
  const texts: string[] = [];
  let differs = false;
  for (const part of parts) {
    const found = partText(part);
    differs ||= found.differs;
    if (found.text.trim() !== "") texts.push(trimLines(found.text));
  }
  return { text: texts.join("\n\n"), differs };
}

/** Without the line ends at its end; a pattern would look at every row of line ends anew from each of them. */
function trimLines(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n") end--;
  return text.slice(0, end);
}

function partText(part: Part): ChosenForm {
  switch (part.kind) {
    case "text":
      return { text: part.subtype === "html" ? htmlToMarkedText(part.text) : part.text, differs: false };
    case "message": {
      const inner = bodyText(part.parts);
      return { ...inner, text: `${forwardHeader(part.header)}\n\n${inner.text}` };
    }
    case "alternative": {
      const isHtml = (form: readonly Part[]) => form.some((one) => one.kind === "text" && one.subtype === "html");
      const plain = bodyText(part.forms.find((form) => !isHtml(form)) ?? []);
      const html = bodyText(part.forms.findLast(isHtml) ?? []);
      const chosen = chooseForm(plain.text, html.text);
      return { ...chosen, differs: chosen.differs || plain.differs || html.differs };
    }
    default:
      return part satisfies never;
  }
}

/** The line that quote splitting knows as the start of a forwarded mail. */
function forwardHeader(header: Header): string {
  const value = (name: string) => fieldValues(header, name)[0] ?? "";
  const from = parseAddresses(value("from"))[0];
  const lines = ["---------- Forwarded message ----------"];
  if (from) lines.push(`From: ${from.name ? `${from.name} <${from.address}>` : from.address}`);
  if (value("date")) lines.push(`Date: ${cleanHeader(decodeHeader(value("date")))}`);
  lines.push(`Subject: ${cleanHeader(decodeHeader(value("subject")))}`);
  return lines.join("\n");
}
