/**
 * Import: any source of mail to `emails.jsonl`, one cleaned mail a row in the order of the source, and `import.json`, which
 * says what was skipped and why. Two passes: the first writes cleaned rows beside the result and keeps only ids in memory,
 * the second adds the threads, which need all ids. `import.json` is written last: where it exists, the import is complete.
 */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { readJsonl, writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import type { Recipe } from "../recipe.ts";
import { type ParsedMail, parseFields, parseMail } from "./clean/mime.ts";
import { splitQuotes } from "./clean/quotes.ts";
import { cutAtLine, tidyLines } from "./clean/text.ts";
import type { Email } from "./email.ts";
import {
  createTally,
  type ImportReport,
  keptReport,
  nothingKept,
  readReport,
  sourceSize,
  type Tally,
} from "./import-report.ts";
import { DamagedFile } from "./read/bytes.ts";
import type { RawMessage, SkipReason } from "./read/raw.ts";
import { detectSource, readMessages } from "./read/source.ts";
import { createThreads, type Threads } from "./threads.ts";

/** What importMail needs. */
export interface ImportOptions {
  /** A file or folder of mail. */
  readonly source: string;
  readonly recipe: Recipe["import"];
  readonly out: { readonly emails: string; readonly report: string };
  readonly signal?: AbortSignal;
  /** Called for every message: how many were read, how many kept, and the share of the source that is done (0 to 1). */
  readonly onProgress?: (progress: { readonly read: number; readonly kept: number; readonly done: number }) => void;
}

/**
 * Imports `source`, or gives the report of the import that is already complete in `out`. Same source, same recipe: same files,
 * byte for byte. Throws UserError for a source that is not known, an import of another source in `out`, a mailbox with no
 * usable mail (nothing is written then), and a damaged gzip file (what stands before the damage is then written and used when
 * the same command is run again).
 */
export async function importMail({ source, recipe, out, signal, onProgress }: ImportOptions): Promise<ImportReport> {
  const sizeBytes = await sourceSize(source);
  const earlier = await readReport(out.report, { source, sizeBytes });
  if (earlier) return earlier;
  await rm(out.report, { force: true }); // of a cut file that has been fetched again

  const kind = await detectSource(source);
  const tally = createTally();
  const threads = createThreads();
  const rowsPath = `${out.emails}.rows`;
  let damage: DamagedFile | null = null;

  async function* cleanRows(): AsyncGenerator<Email> {
    const { maxMessageBytes, fields } = recipe;
    const seen = createSeen();
    try {
      for await (const message of readMessages(source, { maxMessageBytes, fields, signal })) {
        const row = await cleanMessage(message, { recipe, tally, threads, seen });
        if (row) yield row;
        onProgress?.({ read: tally.read, kept: tally.kept, done: message.done });
      }
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error;
      damage = error;
    }
  }

  try {
    await writeJsonlFile(rowsPath, cleanRows());
    if (tally.kept === 0) throw nothingKept(source, tally, recipe, damage);
    await writeJsonlFile(out.emails, placeRows(rowsPath, threads, tally));
  } finally {
    await rm(rowsPath, { force: true });
  }
  const report = keptReport({ source, sizeBytes, kind, recipe, tally, damage });
  await writeJsonFile(out.report, report);
  if (damage) throw damagedError(damage, report, out.emails);
  return report;
}

function damagedError(damage: DamagedFile, report: ImportReport, emails: string): UserError {
  return new UserError(
    `${damage.message} ${report.read.toLocaleString("en")} messages stand before that point; the ${report.kept.toLocaleString("en")} usable ones are in ${emails}. Fetch the file again and run the same command to import it whole, or run the same command with the file as it is to go on with these.`,
  );
}

interface CleaningState {
  readonly recipe: Recipe["import"];
  readonly tally: Tally;
  readonly threads: Threads;
  readonly seen: Seen;
}

/** One message to its row without thread, or null after counting why not. */
async function cleanMessage(
  message: RawMessage,
  { recipe, tally, threads, seen }: CleaningState,
): Promise<Email | null> {
  const { source, content } = message;
  tally.read++;
  if (content.kind === "skip") return skip(content.reason);
  const mail = content.kind === "mime" ? await parseMail(content.bytes) : parseFields(content.fields);
  if (!mail) return skip("brokenMime");
  if (mail.isFolderData) return skip("folderData");

  const split = splitQuotes(mail.text);
  const whole = tidyLines(split.visible);
  const reason = unusable(mail, whole, recipe.minCharacters);
  if (reason) {
    threads.add({ ...mail, id: null });
    return skip(reason);
  }
  const body = cutAtLine(whole, recipe.maxCharacters);
  const known = seen.look(mail, body);
  if (known.reason) {
    threads.add({ ...mail, id: null, copyOf: known.id });
    return skip(known.reason);
  }
  threads.add({ ...mail, id: known.id });
  tally.kept++;
  if (body.length < whole.length) tally.cut++;
  if (split.interleaved) tally.interleaved++;
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
    ...(split.interleaved ? { interleaved: true } : {}),
    answers: null,
    source,
  };

  function skip(why: SkipReason): null {
    tally.skip(why, source);
    return null;
  }
}

function unusable(mail: ParsedMail, body: string, minCharacters: number): SkipReason | null {
  if (mail.text.trim() === "") return "noText";
  if (body === "") return "onlyQuoted";
  return body.length < minCharacters ? "tooShort" : null;
}

/** The rows of the first pass with their threads. */
async function* placeRows(rowsPath: string, threads: Threads, tally: Tally): AsyncGenerator<Email> {
  const places = threads.resolve();
  const names = new Set<string>();
  for await (const { value } of readJsonl(rowsPath)) {
    const row = value as Email; // written a moment ago by cleanRows
    const { thread, answers } = places.get(row.id)!;
    names.add(thread);
    if (answers !== null) tally.answers++;
    yield { ...row, threadId: threadIdOf(thread), answers };
  }
  tally.threads = names.size;
}

function threadIdOf(thread: string): string {
  return thread.startsWith("row ") ? thread.slice("row ".length) : hashText(thread);
}

interface Seen {
  /** The id of a mail that is new, or of the earlier mail that it is a copy of, with the reason. */
  look(mail: ParsedMail, body: string): { id: string; reason?: "duplicateMessageId" | "duplicateContent" };
}

/** Copies by Message-ID (when date or text agree too: some programs use one id for all) and by sender, subject and text. */
function createSeen(): Seen {
  const byMessageId = new Map<string, { id: string; date: string | null; content: string }>();
  const byContent = new Map<string, string>();
  return {
    look(mail, body) {
      const { messageId, date } = mail;
      const content = hashText(`${mail.from.address.toLowerCase()}\n${mail.subject}\n${body.replace(/\s+/g, " ")}`);
      const sameId = messageId === null ? undefined : byMessageId.get(messageId);
      if (sameId && (sameId.date === date || sameId.content === content))
        return { id: sameId.id, reason: "duplicateMessageId" };
      const sameContent = byContent.get(content);
      if (sameContent !== undefined) return { id: sameContent, reason: "duplicateContent" };
      const id =
        messageId === null || sameId ? hashText(`${messageId ?? ""}\n${date ?? ""}\n${content}`) : hashText(messageId);
      if (messageId !== null && !sameId) byMessageId.set(messageId, { id, date, content });
      byContent.set(content, id);
      return { id };
    },
  };
}

/** 64 bits of SHA-256 in hex: among 50,000 mails two ids meet once in 15 billion imports. */
function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
