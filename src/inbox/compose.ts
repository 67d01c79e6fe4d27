/**
 * A draft as a message: threaded (In-Reply-To, References, one "Re:"), text before the quote, as UTF-8 plain text. A header holds a digest
 * of what a person sees of it, by which a draft that nobody touched is known again.
 */
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import {
  encodeMailbox,
  encodeQuotedPrintable,
  encodeWords,
  type ParsedMail,
  type Person,
  parseMail,
  rfcDate,
  stripAnswerPrefixes,
} from "../mail/index.ts";
import type { Flag } from "../reply/portable.ts";
import { recipientsOf } from "./recipients.ts";
import type { InboxSettings } from "./settings.ts";

/** RFC 5322 §2.1.1 forbids longer lines in a header that is folded; References keeps its root and its newest. */
const MAX_REFERENCES = 30;
const MARK = "X-Pocketreply-Draft";

/** The Message-ID of our draft to a mail, without brackets: always the same, so that a second one is never made. */
export function draftId(account: string, messageId: string): string {
  const digest = createHash("sha256").update(`${account}\n${messageId}`).digest("hex").slice(0, 24);
  return `pocketreply.${digest}@${account.split("@").at(-1) || hostname()}`;
}

/** The message to put into Drafts. */
export async function composeDraft(
  mail: ParsedMail,
  { text, flags, language }: { text: string; flags: readonly Flag[]; language: string },
  options: { id: string; owner: Person; ownAddresses: readonly string[]; settings: InboxSettings; now: Date },
): Promise<Buffer> {
  const { id, owner, ownAddresses, settings, now } = options;
  const replyAll = settings.replyAll === "auto";
  const recipients = recipientsOf(mail, { owner: ownAddresses, replyAll });
  const subject = `Re: ${stripAnswerPrefixes(mail.subject)}`;
  const notes = flags.map(({ message }) => message).join("; ");
  const parts = [
    ...(settings.flags === "line" && notes !== "" ? [`[check: ${notes}]`] : []),
    text,
    ...(settings.signature ? [`-- \n${settings.signature}`] : []),
    ...(settings.disclosure ? [settings.disclosure] : []),
    ...(settings.quote ? [quote(mail, language)] : []),
  ];
  const body = `${parts.join("\n\n")}\n`;
  const { messageId, references } = mail;
  const chain = [...references.filter((one) => one !== messageId), ...(messageId === null ? [] : [messageId])];
  const kept = chain.length <= MAX_REFERENCES ? chain : [chain[0], ...chain.slice(1 - MAX_REFERENCES)];
  const lines = [
    `From: ${encodeMailbox(owner)}`,
    ...address("To", recipients.to),
    ...address("Cc", recipients.cc),
    `Subject: ${encodeWords(subject)}`,
    `Date: ${rfcDate(now)}`,
    `Message-ID: <${id}>`,
    ...(messageId === null ? [] : [`In-Reply-To: <${messageId}>`]),
    ...(kept.length === 0 ? [] : [`References: ${kept.map((one) => `<${one}>`).join("\n ")}`]),
    ...(settings.flags === "header" && notes !== "" ? [`X-Pocketreply-Check: ${encodeWords(notes)}`] : []),
    ...(settings.disclosure ? ["AI-Disclosure: mode=ai-originated"] : []),
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: quoted-printable",
  ];
  const encoded = encodeQuotedPrintable(body);
  const source = (headers: readonly string[]) =>
    Buffer.from([...headers, "", encoded].join("\n").replaceAll("\n", "\r\n"), "utf8");
  const digest = await digestOf(source(lines)); // as a reader sees it, not as it was meant
  return source([...lines, `${MARK}: ${digest}`]);
}

/** Whether a message in Drafts is one of ours as we wrote it: recipients, subject and text are what its own header says. */
export async function isUntouched(source: Buffer): Promise<boolean> {
  const mark = new RegExp(`^${MARK}:[ \\t]*([0-9a-f]{32})`, "im").exec(
    source.toString("latin1").split(/\r?\n\r?\n/)[0],
  );
  return mark !== null && (await digestOf(source)) === mark[1];
}

/** What a person sees of a message: recipients, subject, words. Mail programs and servers fold lines and trim blanks. */
async function digestOf(source: Buffer): Promise<string> {
  const mail = await parseMail(source);
  const people = (list: readonly Person[]) => list.map(({ address: one }) => one.toLowerCase()).join(",");
  const words = `${mail?.subject} ${mail?.text}`.replace(/\s+/g, " ").trim();
  const seen = [people(mail?.to ?? []), people(mail?.cc ?? []), words].join("\n");
  return createHash("sha256").update(seen).digest("hex").slice(0, 32);
}

function address(name: string, people: readonly Person[]): string[] {
  return people.length === 0 ? [] : [`${name}: ${people.map(encodeMailbox).join(",\n ")}`];
}

/** Before a quote, by language: {date} and {name}. */
const INTRODUCTIONS: Readonly<Record<string, string>> = {
  en: "On {date}, {name} wrote:",
  de: "Am {date} schrieb {name}:",
  fr: "Le {date}, {name} a écrit :",
  es: "El {date}, {name} escribió:",
  it: "Il {date}, {name} ha scritto:",
  nl: "Op {date} schreef {name}:",
  pt: "Em {date}, {name} escreveu:",
};

function quote({ text, from, date }: ParsedMail, language: string): string {
  const template = INTRODUCTIONS[language] ?? INTRODUCTIONS.en;
  const day = date === null ? "" : date.slice(0, 16).replace("T", " ");
  const introduction = template.replace("{date}", day).replace("{name}", from.name || from.address);
  const lines = text.trimEnd().split("\n");
  return [introduction, ...lines.map((line) => (line.startsWith(">") ? `>${line}` : `> ${line}`.trimEnd()))].join("\n");
}
