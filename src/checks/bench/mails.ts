/** The text of an item as a model reads it: the newest mail, and below it the earlier ones quoted, as mail programs do. */
import { createHash } from "node:crypto";
import { htmlToText, renderEmail, tidyLines } from "../../mail/index.ts";
import type { BenchItem, BenchMail, BenchVariant } from "./items.ts";

/** A mail to answer: an item as it is, or changed by one of its variants. */
export interface BenchCase {
  /** The item's id, with `~name` behind it for a variant. */
  readonly id: string;
  readonly item: BenchItem;
  readonly variant: BenchVariant | null;
  readonly email: string;
  /** SHA-256 of `email`: an answer counts only for the text it was given to. */
  readonly digest: string;
}

/** The mails of `items` that are answered: those that need a reply, each followed by its variants. */
export function listCases(items: readonly BenchItem[]): BenchCase[] {
  return items
    .filter(({ needsReply }) => needsReply)
    .flatMap((item) => [toCase(item, null), ...item.variants.map((variant) => toCase(item, variant))]);
}

function toCase(item: BenchItem, variant: BenchVariant | null): BenchCase {
  const email = renderItem(item, variant);
  const digest = createHash("sha256").update(email).digest("hex");
  return { id: variant === null ? item.id : `${item.id}~${variant.name}`, item, variant, email, digest };
}

/** The prompt text of an item. */
export function renderItem(item: BenchItem, variant: BenchVariant | null = null): string {
  const last = item.thread[item.thread.length - 1];
  const newest = { ...last, body: mailText(last) };
  const changed = variant === null ? newest : change(newest, variant);
  return renderEmail({ ...changed, body: [changed.body, ...quoteEarlier(item.thread)].join("\n\n") });
}

/** All mails of a thread but the newest, the latest first, as mail programs quote them. */
function quoteEarlier(thread: readonly BenchMail[]): string[] {
  return thread
    .slice(0, -1)
    .reverse()
    .map((mail) => `On ${dayOf(mail.date)}, ${mail.from.name || mail.from.address} wrote:\n${quote(mailText(mail))}`);
}

/**
 * An item as the file that a mail program would hand over (RFC 5322, MIME): the newest mail with its hidden parts as they came, the earlier ones
 * quoted below it. For what reads mails by itself.
 */
export function renderItemEml({ thread }: BenchItem): string {
  const newest = thread[thread.length - 1];
  const { from, to, cc, date, subject, html } = newest;
  const quoted = [...quoteEarlier(thread)];
  const body =
    html === undefined
      ? [tidyLines(newest.body!), ...quoted].join("\n\n")
      : [html, ...quoted.map((text) => `<blockquote type="cite">${escapeHtml(text)}</blockquote>`)].join("\n");
  const people = (list: readonly { name: string; address: string }[]) =>
    list.map(({ name, address }) => `${name === "" ? "" : `${encodeWord(name)} `}<${address}>`).join(", ");
  return [
    `From: ${people([from])}`,
    `To: ${people(to)}`,
    ...(cc.length > 0 ? [`Cc: ${people(cc)}`] : []),
    `Date: ${new Date(date).toUTCString()}`,
    `Subject: ${encodeWord(subject)}`,
    ...(thread.length > 1 ? ["In-Reply-To: <earlier@bench.example>"] : []),
    "MIME-Version: 1.0",
    `Content-Type: text/${html === undefined ? "plain" : "html"}; charset=utf-8`,
    "Content-Transfer-Encoding: base64",
    "",
    ...(Buffer.from(body)
      .toString("base64")
      .match(/.{1,76}/g) ?? []),
    "",
  ].join("\r\n");
}

/** RFC 2047, in words of at most 75 characters. */
function encodeWord(text: string): string {
  const pieces = text.match(/.{1,12}/gu) ?? [];
  return pieces.map((piece) => `=?utf-8?B?${Buffer.from(piece).toString("base64")}?=`).join("\r\n ");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\n", "<br>");
}

/** The visible text of a mail. */
export function mailText({ body, html }: BenchMail): string {
  return tidyLines(html === undefined ? body! : htmlToText(html));
}

function change(mail: BenchMail & { body: string }, variant: BenchVariant): BenchMail & { body: string } {
  const { replace, body, append } = variant;
  const apply = (text: string) => replace.reduce((result, { from, to }) => result.replaceAll(from, to), text);
  const text = body ?? apply(mail.body);
  return { ...mail, subject: apply(mail.subject), body: append === undefined ? text : `${text}\n\n${append}` };
}

const MONTHS = "January February March April May June July August September October November December".split(" ");

function dayOf(date: string): string {
  const day = new Date(date);
  return `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
}

function quote(text: string): string {
  return text
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");
}
