/** `pocketreply inspect`: what a model file holds, told by its content and not by its name. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { inspectPte, type PteReport } from "../export/index.ts";
import { openForReading, readInto } from "../formats/index.ts";
import { formatBytes } from "../progress.ts";
import type { Session } from "../stages/index.ts";
import { loadTokenizer } from "../tokens/index.ts";
import type { InspectOptions } from "./verbs/inspect.ts";

/** A kind of file: how its first bytes look, and who reports on it. */
interface FileKind {
  readonly name: string;
  matches(head: Buffer): boolean;
  inspect(path: string, session: Session): Promise<{ readonly problems: readonly string[] }>;
}

const kinds: readonly FileKind[] = [
  { name: "a .pte of ExecuTorch", matches: (head) => head.toString("latin1", 4, 6) === "ET", inspect: showPte },
];

const HEAD_BYTES = 64;

/** The verb. Throws UserError where the file is of no known kind or has problems. */
export async function inspect({ file }: InspectOptions, session: Session): Promise<void> {
  const head = await readHead(file);
  const kind = kinds.find((each) => each.matches(head));
  if (kind === undefined) {
    throw new UserError(
      `${file} is none of the kinds that are read here: ${kinds.map(({ name }) => name).join(", ")}.`,
    );
  }
  const { problems } = await kind.inspect(file, session);
  if (problems.length > 0)
    throw new UserError(`${file} has ${problems.length} problems:\n${problems.map((line) => `  ${line}`).join("\n")}`);
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

async function showPte(path: string, session: Session): Promise<PteReport> {
  const report = await inspectPte(path, await endTokenBeside(path, session));
  const rows: [string, string][] = [
    ["program", `${formatBytes(report.programBytes)} of ${formatBytes(report.fileBytes)}, ${report.segments} segments`],
    ["made with", report.madeWith ?? "the file does not say"],
    ["context", report.contextLength === null ? "not given: runners take 128" : `${report.contextLength} tokens`],
    [
      "tokens",
      `${report.vocabularySize ?? "?"} in the vocabulary, begins with ${report.bosId ?? "?"}, ends at ${report.eosIds.join(", ") || "?"}`,
    ],
    ...report.weights.map(({ packing, matrices, weights, bytes }): [string, string] => [
      packing,
      `${matrices} matrices, ${(weights / 1e6).toFixed(1)} million weights, ${formatBytes(bytes)}`,
    ]),
    ["memory", `${formatBytes(report.plannedBytes)} for activations and cache`],
    ["delegates", counted(report.delegateCalls)],
    ["outside", counted(report.operators)],
  ];
  session.print([path, ...rows.map(([name, value]) => `  ${name.padEnd(14)}${value}`)].join("\n"));
  session.printJson(report);
  return report;
}

/** The token that ends a turn by the tokenizer.json beside the file; undefined where there is none that can be read. */
async function endTokenBeside(path: string, session: Session): Promise<number[] | undefined> {
  if (!existsSync(join(dirname(path), "tokenizer.json"))) return undefined;
  try {
    const { endIds } = await loadTokenizer(dirname(path));
    return endIds.slice(0, 1);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    session.progress.line(`The end tokens are not checked: ${error.message}`);
    return undefined;
  }
}

function counted(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .map(([name, count]) => `${name} × ${count}`)
      .join(", ") || "none"
  );
}
