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
  const mails = item.thread.map((mail) => ({ ...mail, body: mailText(mail) }));
  const newest = mails[mails.length - 1];
  const changed = variant === null ? newest : change(newest, variant);
  const quoted = mails
    .slice(0, -1)
    .reverse()
    .map(({ from, date, body }) => `On ${dayOf(date)}, ${from.name || from.address} wrote:\n${quote(body)}`);
  return renderEmail({ ...changed, body: [changed.body, ...quoted].join("\n\n") });
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
