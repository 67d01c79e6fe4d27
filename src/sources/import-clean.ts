/** Cleaner: message → row, or null after counting the reason. The first pass of an import. */
import { createHash } from "node:crypto";
import type { DraftEmail, FilterInput, Filters, Threads } from "../mail/index.ts";
import {
  countSaid,
  createColumn,
  createIdColumn,
  createIdIndex,
  cutAtLine,
  isSent,
  labelReason,
  type ParsedMail,
  parseFields,
  parseMail,
  splitQuotes,
  tidyLines,
} from "../mail/index.ts";
import { hashString } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import type { Tally } from "./import-report.ts";
import type { OwnerGuess } from "./owner.ts";
import type { RawMessage, SkipReason } from "./read/raw.ts";

/** What cleaning adds to as the messages come by. */
export interface CleaningState {
  readonly recipe: Recipe["import"];
  readonly tally: Tally;
  readonly threads: Threads;
  readonly owner: OwnerGuess;
  readonly filters: Filters;
}

/**
 * Gives a function that takes the messages of a source in their order, each to its row without thread, or to null after counting
 * why not. It holds ids and hashes of what it has seen, never text.
 */
export function createCleaner({ recipe, tally, threads, owner, filters }: CleaningState) {
  const seen = createSeen();
  let previous: string | null = null; // the name of the row before, for one that answers it

  return async (message: RawMessage): Promise<DraftEmail | null> => {
    const { source, content } = message;
    tally.read++;
    const before = previous;
    previous = null;
    if (content.kind === "skip") return skip(content.reason);
    const mail = content.kind === "mime" ? await parseMail(content.bytes) : parseFields(content.fields);
    if (!mail) return skip("brokenMime");
    if (mail.isFolderData) return skip("folderData");

    const labels = [...(message.labels ?? []), ...mail.labels];
    const split = splitQuotes(mail.text, mail.role);
    const whole = tidyLines(split.visible);
    const sent = isSent(labels);
    const input = { mail, body: whole, source, isOwn: sent || isOwner(mail, recipe.owner) };
    const reason = labelReason(labels, recipe.labels) ?? unwanted(input, filters, recipe.minCharacters);
    const place = { ...mail, conversation: mail.conversation ?? message.conversation ?? null };
    const parents = mail.answersPrevious && before !== null ? [before] : mail.inReplyTo;
    const join = (id: string | null, copyOf?: string) => {
      previous = threads.add({ ...place, inReplyTo: parents, id, ...(copyOf === undefined ? {} : { copyOf }) });
    };
    if (reason) {
      join(null);
      return skip(reason);
    }
    const body = cutAtLine(whole, recipe.maxCharacters);
    const known = seen.look(mail, body);
    if (known.reason) {
      join(null, known.id);
      return skip(known.reason);
    }
    const original = filters.findNearCopy(known.id, input);
    if (original !== null) {
      seen.drop(known.id, original);
      join(null, original);
      return skip("nearDuplicate");
    }
    join(known.id);
    tally.kept++;
    if (body.length < whole.length) tally.cut++;
    if (split.interleaved) tally.interleaved++;
    if (mail.formsDiffer) tally.formsDiffer++;
    if (split.isDoubtful) tally.footersInDoubt++;
    owner.add(mail.from.address, sent);
    return {
      id: known.id,
      threadId: "",
      messageId: mail.messageId,
      inReplyTo: mail.inReplyTo[0] ?? mail.references.at(-1) ?? null,
      from: mail.from,
      to: mail.to,
      cc: mail.cc,
      date: mail.date,
      subject: mail.subject,
      body,
      ...(split.interleaved ? { interleaved: true, pieces: split.pieces } : {}),
      ...(sent ? { sent } : {}),
      answers: null,
      source,
    };

    function skip(why: SkipReason): null {
      tally.skip(why, source);
      return null;
    }
  };
}

function isOwner({ from }: ParsedMail, owner: readonly string[]): boolean {
  return owner.some((address) => address.toLowerCase() === from.address.toLowerCase());
}

function unwanted(input: FilterInput, filters: Filters, minCharacters: number): SkipReason | null {
  const { mail, body } = input;
  return filters.judgeSender(input) ?? unusable(mail, body, minCharacters) ?? filters.judgeLanguage(input);
}

function unusable(mail: ParsedMail, body: string, minCharacters: number): SkipReason | null {
  if (mail.text.trim() === "") return "noText";
  if (body === "") return "onlyQuoted";
  return body.length < minCharacters && countSaid(body) < minCharacters ? "tooShort" : null;
}

interface Seen {
  /** The id of a mail that is new, or of the earlier mail that it is a copy of, with the reason. */
  look(mail: ParsedMail, body: string): { id: string; reason?: "duplicateMessageId" | "duplicateContent" };
  /** The mail with this id is not kept after all: its copies are copies of `original`. */
  drop(id: string, original: string): void;
}

/**
 * Copies by Message-ID (when date or text agree too: some programs use one id for all) and by sender, subject and text. Some 60 bytes
 * a mail: hashes and numbers in typed arrays.
 */
function createSeen(): Seen {
  const names = createIdIndex(); //     Message-IDs of kept mails by their hash, which is then the mail's id
  const contents = createIdIndex(); //  texts by their hash
  const firstOf = createIdColumn(); //  of each text: the id of the mail that had it first
  const contentOf = createColumn(); //  of each Message-ID: the text
  const dateOf = createColumn(); //     and the hash of the date
  const originals = new Map<string, string>();
  return {
    drop: (id, original) => void originals.set(id, original),
    look(mail, body) {
      const { messageId } = mail;
      const text = hashText(`${mail.from.address.toLowerCase()}\n${mail.subject}\n${body.replace(/\s+/g, " ")}`);
      const date = hashString(mail.date ?? "") | 0;
      const name = messageId === null ? null : hashText(messageId);
      const content = contents.find(text);
      const sameId = name === null ? -1 : names.find(name);
      if (sameId >= 0 && (dateOf.get(sameId) === date || (content >= 0 && contentOf.get(sameId) === content))) {
        const id = names.idOf(sameId);
        return { id: originals.get(id) ?? id, reason: "duplicateMessageId" };
      }
      if (content >= 0) {
        const id = firstOf.get(content);
        return { id: originals.get(id) ?? id, reason: "duplicateContent" };
      }
      const isNamed = name !== null && sameId < 0;
      const id = isNamed ? name : hashText(`${messageId ?? ""}\n${mail.date ?? ""}\n${text}`);
      const added = contents.add(text);
      firstOf.set(added, id);
      if (isNamed) {
        const at = names.add(name);
        contentOf.set(at, added);
        dateOf.set(at, date);
      }
      return { id };
    },
  };
}

/** 64 bits of SHA-256 in hex: among 50,000 mails two ids meet once in 15 billion imports. */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
