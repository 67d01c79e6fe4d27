/** Mail in a table: JSON lines whose fields are named by recipe.import.fields. */
import { basename } from "node:path";
import { UserError } from "../../errors.ts";
import { openBytes } from "./bytes.ts";
import { readCappedLines } from "./lines.ts";
import type { RawFields, RawMessage, ReadOptions } from "./raw.ts";

/** Our fields of a table row. `body` (or `html`) must be there, all others may be missing. */
export const TABLE_FIELDS = [
  "body",
  "html",
  "from",
  "to",
  "cc",
  "date",
  "subject",
  "messageId",
  "inReplyTo",
  "references",
  "threadId",
] as const;
type TableField = (typeof TABLE_FIELDS)[number];

/**
 * Streams a JSONL file (gzip too). A field is found under the name that `options.fields` gives it (dots go into nested
 * objects: `from: headers.from`), else under its own. Lines that are not JSON objects or lack the body are skipped as `brokenRow`.
 */
export async function* readTable(path: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  const places = fieldPlaces(options.fields);
  const bytes = await openBytes(path);
  for await (const { line, bytes: content } of readCappedLines(bytes.chunks(), options.maxMessageBytes)) {
    const row = { source: `${basename(path)}, line ${line}`, done: bytes.readBytes / bytes.sizeBytes };
    if (!content) {
      yield { ...row, content: { kind: "skip", reason: "tooLarge" } };
      continue;
    }
    const text = content.toString("utf8").trim();
    if (text === "") continue;
    const fields = parseRow(text, places);
    yield { ...row, content: fields ? { kind: "fields", fields } : { kind: "skip", reason: "brokenRow" } };
  }
}

function fieldPlaces(fields: Readonly<Record<string, string>>): Record<TableField, string[]> {
  const unknown = Object.keys(fields).filter((name) => !(TABLE_FIELDS as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw new UserError(
      `import.fields: unknown field ${unknown.map((name) => `"${name}"`).join(", ")}. A map goes from our field to theirs, for example body: text. Our fields: ${TABLE_FIELDS.join(", ")}.`,
    );
  }
  return Object.fromEntries(TABLE_FIELDS.map((name) => [name, (fields[name] ?? name).split(".")])) as Record<
    TableField,
    string[]
  >;
}

function parseRow(text: string, places: Record<TableField, string[]>): RawFields | null {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    return null;
  }
  const at = (field: TableField) => lookUp(row, places[field]);
  const plain = at("body");
  const html = at("html");
  const isHtml = typeof plain !== "string" || (plain.trim() === "" && typeof html === "string");
  const body = isHtml ? html : plain;
  if (typeof body !== "string") return null;
  return {
    body,
    isHtml,
    messageId: idText(at("messageId")),
    inReplyTo: idText(at("inReplyTo")),
    references: idText(at("references")),
    threadId: plainText(at("threadId")),
    from: addressText(at("from")),
    to: addressText(at("to")),
    cc: addressText(at("cc")),
    date: dateText(at("date")),
    subject: plainText(at("subject")),
  };
}

function lookUp(row: unknown, keys: readonly string[]): unknown {
  let value = row;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function plainText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
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
  if (typeof value !== "object" || value === null) return plainText(value);
  const person = value as Record<string, unknown>;
  const name = plainText(person.name);
  const address = plainText(person.address ?? person.email);
  if (name === "") return address;
  return `"${name.replace(/["\\]/g, "\\$&")}" <${address}>`;
}

/** Text as it is; numbers are seconds, or milliseconds when they are too large for seconds. */
function dateText(value: unknown): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return plainText(value);
  const date = new Date(value > 1e11 ? value : value * 1000);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
