/** One row of a table (JSONL, CSV, Parquet) to the fields of a mail, by the names that recipe.import.fields gives. */
import { UserError } from "../../errors.ts";
import type { RawFields } from "../../mail/index.ts";

/**
 * Our fields of a row. One of `body`, `html`, `email` and `raw` must be there, all others may be missing.
 *   email         subject and text in one: "Subject: …", a blank line, the text (as FinePersonas-Conversations-Email-Summaries has it)
 *   raw           a whole message with its headers
 *   threadId      equal for all mails of one conversation, wherever they stand
 *   conversation  equal for the mails of one conversation that stand in a row; each answers the one before it
 *   labels        names of labels or folders, with commas between them
 */
const TABLE_FIELDS = [
  "body",
  "html",
  "email",
  "raw",
  "from",
  "to",
  "cc",
  "date",
  "subject",
  "messageId",
  "inReplyTo",
  "references",
  "threadId",
  "conversation",
  "labels",
] as const;
type TableField = (typeof TABLE_FIELDS)[number];

/** Fields that hold a text, the first that is there is taken. */
const TEXT_FIELDS = ["body", "html", "email", "raw"] as const;

/** What columns that hold a text are often called. */
const LIKE_TEXT = /text|body|message|content|mail/i;

/** The id of FinePersonas, which counts from 0 again and again: taken for `conversation` where the text comes from `email`. */
const FINE_PERSONAS_ID = "conversation_id";

/** Where each field lies: names on the way into the row; none for a field that is not looked for. */
export type FieldPlaces = Readonly<Record<TableField, readonly string[]>>;

/** A row as a mail. */
export interface TableRow {
  readonly fields: RawFields;
  /** A whole message, where the row holds one. */
  readonly raw: string | null;
  /** The value whose runs are conversations, or null. */
  readonly conversation: string | null;
  readonly labels: readonly string[];
}

/** Checks the map of the recipe. Dots in a name go into nested objects: `from: headers.from`. */
export function fieldPlaces(fields: Readonly<Record<string, string>>): FieldPlaces {
  const unknown = Object.keys(fields).filter((name) => !(TABLE_FIELDS as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw new UserError(
      `import.fields: unknown field ${unknown.map((name) => `"${name}"`).join(", ")}. A map goes from our field to theirs, for example body: text. Our fields: ${TABLE_FIELDS.join(", ")}.`,
    );
  }
  const namesText = TEXT_FIELDS.some((name) => name in fields);
  const placeOf = (name: TableField) => {
    if (name in fields) return fields[name].split(".");
    return namesText && (name === "email" || name === "raw") ? [] : [name]; // a named text is the text, and nothing else is
  };
  return Object.fromEntries(TABLE_FIELDS.map((name) => [name, placeOf(name)])) as Record<TableField, string[]>;
}

/**
 * The columns of a table that are wanted. Throws UserError where a column that import.fields names is not there, or none that
 * holds a text.
 */
export function wantedColumns(
  path: string,
  columns: readonly string[],
  fields: Readonly<Record<string, string>>,
): string[] {
  const places = fieldPlaces(fields);
  const find = (field: TableField) => {
    const [top, ...below] = places[field];
    if (top === undefined) return undefined;
    const whole = columns.find((column) => column === [top, ...below].join("."));
    return whole ?? columns.find((column) => column === top && below.length > 0);
  };
  const has = `It has the columns ${columns.map((name) => `"${name}"`).join(", ")}.`;
  const missing = Object.keys(fields).filter((field) => !find(field as TableField));
  if (missing.length > 0) {
    throw new UserError(
      `${path} has no column ${missing.map((field) => `"${fields[field]}" (import.fields.${field})`).join(", ")}. ${has}`,
    );
  }
  if (!TEXT_FIELDS.some(find)) {
    throw new UserError(
      `${path} has no column that holds the text of a mail: ${TEXT_FIELDS.join(", ")}. ${has} Name the one that does, for example import.fields.body=${columns.find((column) => LIKE_TEXT.test(column)) ?? "COLUMN"}.`,
    );
  }
  const wanted = TABLE_FIELDS.map(find).filter((column) => column !== undefined);
  if (find("email") && columns.includes(FINE_PERSONAS_ID)) wanted.push(FINE_PERSONAS_ID);
  return [...new Set(wanted)];
}

/** The row as a mail; null where it is no object or has no text. */
export function parseRow(row: unknown, places: FieldPlaces): TableRow | null {
  const at = (field: TableField) => lookUp(row, places[field]);
  const text = readText(at);
  if (!text) return null;
  const fromEmail = text.field === "email" && places.conversation.join(".") === "conversation";
  return {
    fields: {
      body: text.body,
      isHtml: text.field === "html",
      messageId: idText(at("messageId")),
      inReplyTo: idText(at("inReplyTo")),
      references: idText(at("references")),
      threadId: plainText(at("threadId")),
      from: addressText(at("from")),
      to: addressText(at("to")),
      cc: addressText(at("cc")),
      date: dateText(at("date")),
      subject: plainText(at("subject")) || text.subject,
      answersPrevious: false,
    },
    raw: text.field === "raw" ? text.body : null,
    conversation: plainText(fromEmail ? lookUp(row, [FINE_PERSONAS_ID]) : conversationOf(at, places)) || null,
    labels: labelTexts(at("labels")),
  };
}

/** Only where it was asked for by name: a column that happens to be called "conversation" may mean something else. */
function conversationOf(at: (field: TableField) => unknown, places: FieldPlaces): unknown {
  return places.conversation.join(".") === "conversation" ? null : at("conversation");
}

function readText(
  at: (field: TableField) => unknown,
): { field: (typeof TEXT_FIELDS)[number]; subject: string; body: string } | null {
  const plain = at("body");
  const html = at("html");
  if (typeof plain === "string" && (plain.trim() !== "" || typeof html !== "string"))
    return { field: "body", subject: "", body: plain };
  if (typeof html === "string") return { field: "html", subject: "", body: html };
  const email = at("email");
  if (typeof email === "string") return { field: "email", ...splitEmail(email) };
  const raw = at("raw");
  return typeof raw === "string" ? { field: "raw", subject: "", body: raw } : null;
}

/** "Subject: {subject}", a blank line, the text; all of it is the text where it does not begin so. */
function splitEmail(email: string): { subject: string; body: string } {
  const found = /^\s{0,9}Subject:[ \t]{0,9}([^\r\n]{0,4000})(?:\r?\n|$)/i.exec(email);
  return found ? { subject: found[1].trim(), body: email.slice(found[0].length) } : { subject: "", body: email };
}

function lookUp(row: unknown, keys: readonly string[]): unknown {
  if (keys.length === 0) return undefined;
  if (keys.length > 1 && isRecord(row) && Object.hasOwn(row, keys.join("."))) return row[keys.join(".")];
  let value = row;
  for (const key of keys) {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function plainText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint" ? String(value) : "";
}

function labelTexts(value: unknown): string[] {
  const list = Array.isArray(value) ? value.map(plainText) : plainText(value).split(",");
  return list.map((label) => label.trim()).filter((label) => label !== "");
}

/** Ids in angle brackets, as in a header, whatever the table has: `a@b`, `<a@b>`, 17, or a list of them. */
function idText(value: unknown): string {
  const ids = (Array.isArray(value) ? value : plainText(value).split(/[\s,]+/))
    .map(plainText)
    .filter((id) => id !== "");
  return ids.map((id) => (id.startsWith("<") ? id : `<${id}>`)).join(" ");
}

/** An address header from text, from `{name, address}` or `{name, email}`, or from a list of these. */
function addressText(value: unknown): string {
  if (Array.isArray(value))
    return value
      .map(addressText)
      .filter((text) => text !== "")
      .join(", ");
  if (!isRecord(value)) return plainText(value);
  const name = plainText(value.name);
  const address = plainText(value.address ?? value.email);
  if (name === "") return address;
  return `"${name.replace(/["\\]/g, "\\$&")}" <${address}>`;
}

/** Text as it is; numbers are seconds, or milliseconds when they are too large for seconds. */
function dateText(value: unknown): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString();
  if (typeof value !== "number" || !Number.isFinite(value)) return plainText(value);
  const date = new Date(value > 1e11 ? value : value * 1000);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
