/** What an import did, in numbers and positions: never a word of a mail. */
import { stat } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { readJsonFile } from "../formats/index.ts";
import type { Recipe } from "../recipe.ts";
import { isSameSource, type Origin } from "./import-source.ts";
import type { Owner } from "./owner.ts";
import type { DamagedFile } from "./read/bytes.ts";
import { SKIP_REASONS, type SkipReason } from "./read/raw.ts";
import type { SourceKind } from "./read/source.ts";

/** The content of `import.json`. */
export interface ImportReport {
  readonly source: string;
  readonly kind: SourceKind;
  /** Of a file; null for a folder. */
  readonly sizeBytes: number | null;
  /** Of fetched mail: the data set and commit, or the mailbox and folders. */
  readonly origin: Origin | null;
  readonly settings: Recipe["import"];
  readonly read: number;
  /** Rows of emails.jsonl. */
  readonly kept: number;
  /** By reason: what it means, how many, and where the first five are. */
  readonly skipped: Partial<
    Record<SkipReason, { readonly meaning: string; readonly count: number; readonly examples: readonly string[] }>
  >;
  /** Kept mails whose text was cut at import.maxCharacters. */
  readonly cut: number;
  /** Kept mails that answer between quoted lines. */
  readonly interleaved: number;
  /** Kept mails whose plain and HTML form say different things: what people see was taken. */
  readonly formsDiffer: number;
  /** Kept mails in which words of a footer or a legal notice were left, because something stands below them or a person may speak. */
  readonly footersInDoubt: number;
  readonly threads: number;
  /** Kept mails that answer another kept mail. */
  readonly answers: number;
  /** Usable mails that import.sample left out. */
  readonly notSampled: number;
  /** Whose mailbox it is, and how many kept mails are written by that person: they are not distilled. */
  readonly owner: Owner & { readonly mails: number };
  /** Rows of pairs.jsonl: a mail and what a person answered; null where no such file was asked for. */
  readonly pairs: number | null;
  /** Where a damaged file ended the import early, else null. */
  readonly damaged: string | null;
}

/** Counts of the first pass. */
export interface Tally {
  read: number;
  kept: number;
  cut: number;
  interleaved: number;
  formsDiffer: number;
  footersInDoubt: number;
  skip(reason: SkipReason, source: string): void;
  skipped(): ImportReport["skipped"];
}

const MAX_EXAMPLES = 5;

export function createTally(): Tally {
  const counts = new Map<SkipReason, { count: number; examples: string[] }>();
  return {
    ...{ read: 0, kept: 0, cut: 0, interleaved: 0, formsDiffer: 0, footersInDoubt: 0 },
    skip(reason, source) {
      const entry = counts.get(reason) ?? { count: 0, examples: [] };
      entry.count++;
      if (entry.examples.length < MAX_EXAMPLES) entry.examples.push(source);
      counts.set(reason, entry);
    },
    skipped() {
      const reasons = Object.keys(SKIP_REASONS) as SkipReason[]; // in the order of the table
      return Object.fromEntries(
        reasons
          .filter((reason) => counts.has(reason))
          .map((reason) => [reason, { meaning: SKIP_REASONS[reason], ...counts.get(reason)! }]),
      );
    },
  };
}

/** The error for a source that gave not one usable mail. */
export function nothingKept(
  source: string,
  tally: Tally,
  recipe: Recipe["import"],
  damage: DamagedFile | null,
): UserError {
  const damaged = damage ? `${damage.message} ` : "";
  if (tally.read === 0) {
    return new UserError(`${damaged}${source} holds no mail: 0 messages were read. Choose a mailbox with mail in it.`);
  }
  const reasons = Object.entries(tally.skipped()).map(
    ([reason, { meaning, count, examples }]) =>
      `  ${count} ${reason}: ${meaning} (${examples[0]}${count > 1 ? ", …" : ""})`,
  );
  const hints: string[] = [];
  const skipped = tally.skipped();
  if (skipped.tooShort) hints.push(`lower import.minCharacters (now ${recipe.minCharacters})`);
  if (skipped.tooLarge) hints.push(`raise import.maxMessageBytes (now ${recipe.maxMessageBytes})`);
  if (skipped.brokenRow) hints.push("name the columns with import.fields, for example import.fields.body=text");
  if (skipped.spam || skipped.trashed || skipped.draft || skipped.excludedLabel)
    hints.push(`name fewer labels in import.labels.exclude (now ${recipe.labels.exclude.join(", ")})`);
  if (skipped.otherLabel) hints.push("name other labels in import.labels.include");
  hints.push("choose another mailbox");
  return new UserError(
    `${damaged}${source} holds no usable mail: ${tally.read} messages were read and none was kept.\n${reasons.join("\n")}\nWhat to do: ${hints.join(", or ")}.`,
  );
}

/**
 * The report of a complete import, or null where there is none, or where its damaged source file has been replaced. Throws
 * UserError when the run folder holds mails of another source.
 */
export async function readReport(
  path: string,
  { source, sizeBytes }: { source: string; sizeBytes: number | null },
): Promise<ImportReport | null> {
  if (!(await stat(path).catch(() => null))) return null;
  const report = (await readJsonFile(path)) as ImportReport | null; // checked on the next line
  if (typeof report?.source !== "string" || typeof report.kept !== "number") {
    throw new UserError(`${path} is not the report of an import. Delete it to import again, or choose another --run.`);
  }
  if (!isSameSource(report.source, source)) {
    throw new UserError(
      `${path} says that this run folder holds the mails of ${report.source}, not of ${source}. Choose another --run for another mailbox.`,
    );
  }
  return report.damaged !== null && report.sizeBytes !== sizeBytes ? null : report;
}
