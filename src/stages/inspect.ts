/** The stage inspect: what a model file holds, told by its content and not by its name. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { inspectPte, type PteReport } from "../export/index.ts";
import { openForReading, readInto } from "../formats/index.ts";
import { loadTokenizer } from "../tokens/index.ts";

/** What a file holds, by its kind, and why the end of turn could not be checked. */
export interface InspectedFile {
  readonly report: PteReport;
  readonly note: string | null;
}

/** A kind of file: how its first bytes look, and who reports on it. */
interface FileKind {
  readonly name: string;
  matches(head: Buffer): boolean;
  inspect(path: string): Promise<InspectedFile>;
}

const kinds: readonly FileKind[] = [
  { name: "a .pte of ExecuTorch", matches: (head) => head.toString("latin1", 4, 6) === "ET", inspect: readPte },
];

const HEAD_BYTES = 64;

/** Reads `file`; problems of its content stand in the report. Throws UserError where it is of no known kind. */
export async function inspectFile(file: string): Promise<InspectedFile> {
  const head = await readHead(file);
  const kind = kinds.find((each) => each.matches(head));
  if (kind !== undefined) return kind.inspect(file);
  throw new UserError(`${file} is none of the kinds that are read here: ${kinds.map(({ name }) => name).join(", ")}.`);
}

async function readHead(path: string): Promise<Buffer> {
  const handle = await openForReading(path);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, await readInto(handle, head, 0));
  } finally {
    await handle.close();
  }
}

async function readPte(path: string): Promise<InspectedFile> {
  const { endIds, note } = await endTokenBeside(path);
  return { report: await inspectPte(path, endIds), note };
}

/** The token that ends a turn by the tokenizer.json beside the file; undefined where there is none that can be read. */
async function endTokenBeside(path: string): Promise<{ endIds: number[] | undefined; note: string | null }> {
  if (!existsSync(join(dirname(path), "tokenizer.json"))) return { endIds: undefined, note: null };
  try {
    const { endIds } = await loadTokenizer(dirname(path));
    return { endIds: endIds.slice(0, 1), note: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { endIds: undefined, note: `The end tokens are not checked: ${error.message}` };
  }
}
