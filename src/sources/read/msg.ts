/** A message that Outlook saved (.msg: properties in an OLE container, [MS-OXMSG]) as the MIME message that it came from or would become. */
import { createRequire } from "node:module";
import type { FieldsData } from "@kenjiuno/msgreader";
import type { RawMessage } from "./raw.ts";

/** The message: the headers that it travelled with, else its own fields, over its plain and its HTML text. Attachments are left out. */
export function readMsg(bytes: Buffer): RawMessage["content"] {
  const data = readFields(bytes);
  if (data === null) return { kind: "skip", reason: "unreadable" };
  if (!/^(?:ipm\.note|report)/i.test(data.messageClass ?? "ipm.note")) return { kind: "skip", reason: "otherFile" };
  if ((data.messageFlags ?? 0) & UNSENT) return { kind: "skip", reason: "draft" };
  const head = data.headers ? withoutForm(data.headers) : describe(data);
  const html = data.bodyHtml ? Buffer.from(data.bodyHtml, "utf8") : data.html ? Buffer.from(data.html) : null;
  const parts = [
    ...(data.body?.trim() ? [encodePart("text/plain; charset=utf-8", Buffer.from(data.body, "utf8"))] : []),
    ...(html ? [encodePart(`text/html${data.bodyHtml ? "; charset=utf-8" : ""}`, html)] : []), // else its meta element says
  ];
  const form = `MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="${BOUNDARY}"`;
  return { kind: "mime", bytes: Buffer.from(`${head}\n${form}\n\n${parts.join("")}--${BOUNDARY}--\n`, "utf8") };
}

/** Read twice: the code page of the texts stands among them. null for a container that holds no message, or is damaged. */
function readFields(bytes: Buffer): FieldsData | null {
  const { default: MsgReader } = load("@kenjiuno/msgreader") as typeof import("@kenjiuno/msgreader");
  const read = (ansiEncoding?: string) => {
    const reader = new MsgReader(toArrayBuffer(bytes));
    reader.parserConfig = { ansiEncoding };
    return reader.getFileData();
  };
  try {
    const codepage = read().internetCodepage ?? WESTERN;
    const data = read(`cp${ANSI_PAGES[codepage] ?? (codepage < 2000 ? codepage : WESTERN)}`);
    return data.error ? null : data;
  } catch {
    return null; // whatever the library meets in a damaged file
  }
}

/** The library is CommonJS with a default of its own, which loaders of modules read in two ways; and is loaded only where there is such a file. */
const load = createRequire(import.meta.url);

const BOUNDARY = "=_of_the_properties";
/** mfUnsent of PidTagMessageFlags ([MS-OXCMSG] §2.2.1.6): still being written. */
const UNSENT = 8;
const WESTERN = 1252;

/** The Windows code page of texts that are no Unicode, by the code page that the message travels in. */
const ANSI_PAGES: Readonly<Record<number, number>> = {
  ...{ 50220: 932, 50221: 932, 50222: 932, 51932: 932, 50225: 949, 51949: 949, 52936: 936, 54936: 936 },
  ...{ 20127: 1252, 28591: 1252, 28592: 1250, 28595: 1251, 20866: 1251, 28597: 1253, 28599: 1254, 28605: 1252 },
};

/** Headers without those that say how the body was written. */
function withoutForm(headers: string): string {
  return headers
    .replace(/\r\n/g, "\n")
    .replace(/^(?:content-[a-z-]{1,40}|mime-version):[^\n]*\n?(?:[ \t][^\n]*\n?)*/gim, "")
    .trimEnd();
}

/** Headers from the fields of a message that never travelled, or was sent from here. */
function describe(data: FieldsData): string {
  const { senderName, senderSmtpAddress, senderEmail, recipients = [], subject, messageId } = data;
  const people = (type: string) =>
    recipients
      .filter(({ recipType }) => recipType === type)
      .map(({ name, smtpAddress, email }) => person(name, smtpAddress ?? email))
      .join(",\n ");
  const fields = {
    From: person(senderName, senderSmtpAddress ?? senderEmail),
    To: people("to"),
    Cc: people("cc"),
    Subject: word(subject ?? ""),
    Date: data.clientSubmitTime ?? data.messageDeliveryTime ?? "",
    "Message-ID": messageId ?? "",
  };
  return Object.entries(fields)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}

/** An address of Exchange's own ("/O=…/CN=…") is none for mail. */
function person(name = "", address = ""): string {
  return [name === "" ? "" : word(name), address.includes("@") ? `<${address}>` : ""].filter(Boolean).join(" ");
}

function word(text: string): string {
  return text === "" ? "" : `=?utf-8?B?${Buffer.from(text, "utf8").toString("base64")}?=`;
}

function encodePart(type: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").replace(/.{76}/g, "$&\n");
  return `--${BOUNDARY}\nContent-Type: ${type}\nContent-Transfer-Encoding: base64\n\n${lines}\n`;
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer; // node:zlib and node:fs share none
}
