/**
 * Import: any source of mail to `emails.jsonl`, one cleaned mail a row in the order of the source, `pairs.jsonl` (real replies,
 * each with its mail) and `import.json`, which says what was skipped and why. Two passes: the first writes cleaned rows beside the
 * result and keeps only ids in memory, the second adds what needs all ids: threads, the owner, the sample. `import.json` is
 * written last: where it exists, the import is complete.
 */
import { rm } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import { createFilters, createThreads, type DraftEmail, writePairs } from "../mail/index.ts";
import type { Recipe } from "../recipe.ts";
import type { FetchProgress } from "./hub/datasets.ts";
import { type CleaningState, createCleaner } from "./import-clean.ts";
import { placeRows, writeEmails } from "./import-place.ts";
import { createTally, type ImportReport, nothingKept, readReport } from "./import-report.ts";
import { openSource, sourceSize } from "./import-source.ts";
import { createOwnerGuess } from "./owner.ts";
import { DamagedFile } from "./read/bytes.ts";
import type { RawMessage } from "./read/raw.ts";

/** What importMail needs. */
export interface ImportOptions {
  /** A file or folder of mail, `hf://datasets/OWNER/NAME`, or `imaps://USER@HOST/FOLDER`. */
  readonly source: string;
  readonly recipe: Recipe["import"];
  /** Of the sample; the recipe's own. */
  readonly seed?: number;
  readonly out: {
    readonly emails: string;
    readonly report: string;
    /** Where real replies go; left out, none are written. */
    readonly pairs?: string;
    /** Where the report of the filters goes, with examples; left out, none is written. */
    readonly filters?: string;
    /** Keeps what is fetched from a hub or an IMAP server, and is gone on with after a cut. */
    readonly fetched?: string;
  };
  readonly signal?: AbortSignal;
  /** Called for every message: how many were read, how many kept, and the share of the source that is done (0 to 1). */
  readonly onProgress?: (progress: { readonly read: number; readonly kept: number; readonly done: number }) => void;
  /** Called while mail is fetched. */
  readonly onFetch?: FetchProgress;
}

/**
 * Imports `source`, or gives the report of the import that is already complete in `out`. Same source, same recipe: same files,
 * byte for byte. Throws UserError for a source that is not known, an import of another source in `out`, a mailbox with no
 * usable mail (nothing is written then), and a damaged gzip file (what stands before the damage is then written and used when
 * the same command is run again).
 */
export async function importMail(options: ImportOptions): Promise<ImportReport> {
  const { source, recipe, seed = 0, out, signal, onProgress, onFetch } = options;
  const sizeBytes = await sourceSize(source);
  const earlier = await readReport(out.report, { source, sizeBytes });
  if (earlier) return earlier;
  await rm(out.report, { force: true }); // of a cut file that has been fetched again

  const { kind, origin, messages } = await openSource({ source, fetched: out.fetched, recipe, signal, onFetch });
  const owner = createOwnerGuess(recipe.owner, origin?.kind === "imap" ? origin.user : "");
  const filters = await createFilters(recipe);
  const state = { recipe, owner, tally: createTally(), threads: createThreads(), filters };
  const { tally } = state;
  const rowsPath = `${out.emails}.rows`;
  const { maxMessageBytes, fields } = recipe;
  try {
    const stream = messages({ maxMessageBytes, fields, signal });
    const damage = await writeRows(rowsPath, stream, { state, onProgress });
    if (tally.kept === 0) throw nothingKept(source, tally, recipe, damage);
    const whose = owner.resolve();
    const places = state.threads.resolve();
    const rows = placeRows({ rowsPath, places, owner: whose, sample: recipe.sample, seed });
    const written = await writeEmails(out.emails, rows);
    const choice = recipe.pairs === "auto" ? (whose.addresses.length > 0 ? "own" : "all") : recipe.pairs;
    const pairs =
      out.pairs === undefined
        ? null
        : await writePairs({
            ...{ path: out.pairs, emailsPath: out.emails, placeOf: written.placeOf, choice },
            replies: rows.read(),
          });
    const report: ImportReport = {
      ...{ source, kind, sizeBytes, origin, settings: recipe },
      ...{ read: tally.read, kept: rows.count, skipped: tally.skipped() },
      ...{
        cut: tally.cut,
        interleaved: tally.interleaved,
        formsDiffer: tally.formsDiffer,
        footersInDoubt: tally.footersInDoubt,
        threads: rows.threads,
        answers: rows.answers,
      },
      ...{ notSampled: rows.leftOut, owner: { ...whose, mails: written.fromOwner }, pairs },
      damaged: damage?.message ?? null,
    };
    if (out.filters !== undefined) await writeJsonFile(out.filters, filters.report());
    await writeJsonFile(out.report, report);
    if (damage) throw damagedError(damage, report, out.emails);
    return report;
  } finally {
    await rm(rowsPath, { force: true });
  }
}

/** The rows of the first pass, in a file beside the result; what ended it early, if anything did. */
async function writeRows(
  rowsPath: string,
  messages: AsyncIterable<RawMessage>,
  options: { state: CleaningState; onProgress: ImportOptions["onProgress"] },
): Promise<DamagedFile | null> {
  const { state, onProgress } = options;
  const { tally } = state;
  let damage: DamagedFile | null = null;
  async function* rows(): AsyncGenerator<DraftEmail> {
    const clean = createCleaner(state);
    try {
      for await (const message of messages) {
        const row = await clean(message);
        if (row) yield row;
        onProgress?.({ read: tally.read, kept: tally.kept, done: message.done });
      }
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error;
      damage = error;
    }
  }
  await writeJsonlFile(rowsPath, rows());
  return damage;
}

function damagedError(damage: DamagedFile, report: ImportReport, emails: string): UserError {
  return new UserError(
    `${damage.message} ${report.read.toLocaleString("en")} messages stand before that point; the ${report.kept.toLocaleString("en")} usable ones are in ${emails}. Fetch the file again and run the same command to import it whole, or run the same command with the file as it is to go on with these.`,
  );
}
