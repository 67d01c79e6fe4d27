/** Redacts one mail before it is sent to an endpoint, and restores the values in the answer. */
import type { Email, Person } from "../mail/index.ts";
import { createNameBook, type NameBook, subjectTags } from "./names.ts";
import { type RedactionTable, restore, unknownPlaceholders } from "./placeholders.ts";
import { createRedaction } from "./redact.ts";
import { namesInText } from "./text-names.ts";

/** A mail as it may leave the machine. */
export interface RedactedEmail {
  /** The same mail with placeholders in sender, recipients, subject and text; its id stays, its Message-IDs do not. */
  readonly email: Email;
  /** What the placeholders stand for. */
  readonly table: RedactionTable;
  /** A reply with the placeholders turned back. */
  restore(reply: string): string;
  /** Placeholders of a reply that stand for nothing: a reply with such a one is of no use as it is. */
  unknownPlaceholders(reply: string): string[];
}

/** Redacts mails of one mailbox. */
export interface Redactor {
  redactEmail(email: Email): RedactedEmail;
}

/**
 * A redactor. `people` are those of the address book, who may be named in any mail (`collectNames` gathers them from a mailbox).
 * The same mail gives the same text whatever was redacted before; another address book may give another.
 */
export function createRedactor({ people = [] }: { people?: Iterable<string> } = {}): Redactor {
  const book = createNameBook(people);
  return { redactEmail: (email) => redactEmail(email, book) };
}

function redactEmail(email: Email, book: NameBook): RedactedEmail {
  const shown = [...namesInText(email.subject), ...namesInText(email.body)];
  const { apply, applyName, table } = createRedaction({
    people: namesOf(email),
    shown,
    book,
    ignored: subjectTags(email.subject),
  });
  const applyPerson = ({ name, address }: Person): Person => ({ name: applyName(name), address: apply(address) });
  const redacted: Email = {
    ...email,
    from: applyPerson(email.from),
    subject: apply(email.subject),
    body: apply(email.body),
    to: email.to.map(applyPerson),
    cc: email.cc.map(applyPerson),
    messageId: null,
    inReplyTo: null,
    source: "",
  };
  return {
    email: redacted,
    table,
    restore: (reply) => restore(reply, table),
    unknownPlaceholders: (reply) => unknownPlaceholders(reply, table),
  };
}

/** The name of a person; "" for what seems a list. */
function personName({ name, address }: Person): string {
  const local = address.slice(0, Math.max(0, address.indexOf("@"))).toLowerCase();
  const word = name.trim().replace(/ \(e-?mail\)$/i, "");
  const isList =
    !/\s/.test(word) &&
    (/-/.test(local) ||
      (word !== "" && word === word.toLowerCase()) ||
      (word !== name.trim() && word.toLowerCase() === local) ||
      /(?:^|[.@])(?:lists?|groups|googlegroups|yahoogroups)\./i.test(address));
  return isList ? "" : name || addressName(address);
}

/** "ann.lee@x" names Ann Lee; an address without a dot or with a hyphen may be a list's. */
function addressName(address: string): string {
  const local = address.slice(0, Math.max(0, address.indexOf("@")));
  return /^[a-z]{2,}[._][a-z]{2,}(?:[._][a-z]{2,})?$/i.test(local) ? local.replace(/[._]/g, " ") : "";
}

/** The people of a mail's headers, each once. */
export function namesOf({ from, to, cc }: Pick<Email, "from" | "to" | "cc">): string[] {
  return [...new Set([from, ...to, ...cc].map(personName))].filter((name) => name !== "");
}

/** The people of the headers of `emails`, each once: the address book of a mailbox. */
export async function collectNames(emails: AsyncIterable<Email> | Iterable<Email>): Promise<string[]> {
  const names = new Set<string>();
  for await (const email of emails) for (const name of namesOf(email)) names.add(name);
  return [...names];
}
