/**
 * Labels of a message and the folder it lies in, whatever the mailbox calls them: `[Gmail]/Trash`, `Papierkorb`, `\Trash` and
 * `INBOX.Trash` are one. From them: which messages are left out, and which the owner of the mailbox has sent.
 */

import { FOLDER_NAMES } from "./languages/folders.ts";

/** recipe.import.labels. */
export interface LabelRules {
  /** Only messages with one of these; empty for all. */
  readonly include: readonly string[];
  /** No message with one of these. */
  readonly exclude: readonly string[];
}

/** Why a label keeps a message out: `excludedLabel` and `otherLabel` by the rules, the others by the folder's role. */
export type LabelReason = "draft" | "trashed" | "spam" | "excludedLabel" | "otherLabel";

/** Why these labels keep a message out, or null. */
export function labelReason(labels: readonly string[], { include, exclude }: LabelRules): LabelReason | null {
  const keys = labels.map(labelKey);
  const matches = (name: string) => {
    const wanted = labelKey(name);
    return keys.find((key) => key === wanted || key.startsWith(`${wanted}/`)) !== undefined;
  };
  const hit = exclude.find(matches);
  if (hit !== undefined) return REASONS[labelKey(hit)] ?? "excludedLabel";
  return include.length > 0 && !include.some(matches) ? "otherLabel" : null;
}

/** Whether one of the labels says that the owner of the mailbox wrote the message. */
export function isSent(labels: readonly string[]): boolean {
  return labels.some((label) => labelKey(label).split("/")[0] === "sent");
}

const REASONS: Readonly<Record<string, LabelReason>> = { drafts: "draft", trash: "trashed", spam: "spam" };

/** A label by its role where it has one that is known (`sent`, `trash`, …), else in lower case; folders below it stay behind a `/`. */
export function labelKey(label: string): string {
  const plain = label
    .normalize("NFC")
    .trim()
    .toLowerCase()
    .replace(/^\\/, "")
    .replace(/^\[(?:gmail|google mail|google email)\]\//, "")
    .replace(/^inbox[./](?=.)/, "")
    .replace(CATEGORY, "");
  const [top, ...below] = plain.split("/");
  return [ROLES.get(top) ?? top, ...below].join("/");
}

/** "Category Promotions", "Kategorie: Werbung", "Catégorie : Promotions": Gmail's tabs as Takeout names them. */
const CATEGORY =
  /^(?:category|kategorie|catégorie|categoría|categoria|categorie|kategoria|kategori|категория|カテゴリ|类别|類別|카테고리)\s?[:：]?\s?/;

const ROLES = new Map(
  Object.entries(FOLDER_NAMES).flatMap(([role, names]) => names.split(", ").map((name) => [name, role])),
);

/** The labels of an `X-Gmail-Labels` header (encoded words already undone): commas between them, quotes around one that holds a comma. */
export function parseLabels(header: string): string[] {
  const labels = header.slice(0, 1 << 15).match(/"(?:[^"]|"")*"|[^,"]+/g) ?? [];
  return labels
    .map((label) => label.trim().replace(/^"|"$/g, "").replaceAll('""', '"').trim())
    .filter((label) => label !== "");
}

/** A Maildir++ or IMAP folder name in modified UTF-7 (RFC 3501 §5.1.3) as text; a name that is none stays as it is. */
export function decodeFolderName(name: string): string {
  return name.replace(/&([A-Za-z0-9+,]{0,200})-/g, (whole, code: string) => {
    if (code === "") return "&";
    const bytes = Buffer.from(code.replaceAll(",", "/"), "base64");
    return bytes.length % 2 === 0 && bytes.length > 0 ? bytes.swap16().toString("utf16le") : whole;
  });
}
