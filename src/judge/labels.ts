/** Labels that people gave to replies, from a CSV file: id, label and, if wanted, criterion. Every fault is named before anything is computed. */
import { createReadStream } from "node:fs";
import { FormatError, UserError } from "../errors.ts";
import { explainReadError, readCsv } from "../formats/index.ts";
import { type CriterionName, criterionNames, type Outcome, outcomes } from "./criteria.ts";

/** What people say of replies, by mail. */
export interface HumanLabels {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly criteria: Readonly<Record<CriterionName, ReadonlyMap<string, "pass" | "fail">>>;
  /** Rows read. */
  readonly rows: number;
}

const MAX_RECORD_BYTES = 1 << 20;
const FAULTS_SHOWN = 10;

/** Reads the labels. `isKnown` says whether a mail was judged. Throws UserError with every faulty row, FormatError for a file that is no such table. */
export async function readLabels(path: string, isKnown: (id: string) => boolean): Promise<HumanLabels> {
  const outcomeLabels = new Map<string, Outcome>();
  const criteria = Object.fromEntries(criterionNames.map((name) => [name, new Map()])) as Record<
    CriterionName,
    Map<string, "pass" | "fail">
  >;
  const firstLine = new Map<string, number>();
  const faults: string[] = [];
  let rows = 0;
  for await (const { line, fields } of readRecords(path)) {
    rows++;
    const fault = (text: string) => void faults.push(`line ${line}: ${text}`);
    if (typeof fields === "string") {
      fault(fields === "tooLarge" ? "larger than 1 MiB" : "has another number of columns than the header row");
      continue;
    }
    for (const column of ["id", "label"]) if (!(column in fields)) throw wrongColumns(path, Object.keys(fields));
    const [id, label, criterion = ""] = [fields.id, fields.label, fields.criterion].map((field) => field?.trim());
    if (!isKnown(id)) {
      fault(`"${id}" is no mail that was judged`);
      continue;
    }
    const key = JSON.stringify([id, criterion]);
    const before = firstLine.get(key);
    if (before !== undefined) {
      fault(`"${id}"${criterion === "" ? "" : `, ${criterion}`} has a label already, on line ${before}`);
      continue;
    }
    firstLine.set(key, line);
    if (criterion === "") {
      const outcome = outcomes.find((known) => known === label);
      if (outcome === undefined) fault(`unknown label "${label}"; known are ${outcomes.join(", ")}`);
      else outcomeLabels.set(id, outcome);
      continue;
    }
    const name = criterionNames.find((known) => known === criterion);
    if (name === undefined) fault(`unknown criterion "${criterion}"; known are ${criterionNames.join(", ")}`);
    else if (label !== "pass" && label !== "fail")
      fault(`unknown label "${label}" for a criterion; known are pass, fail`);
    else criteria[name].set(id, label);
  }
  if (faults.length > 0) {
    const more = faults.length > FAULTS_SHOWN ? [`… and ${faults.length - FAULTS_SHOWN} more`] : [];
    const lines = [...faults.slice(0, FAULTS_SHOWN), ...more].map((fault) => `  ${fault}`);
    throw new UserError(`The labels in ${path} cannot be used:\n${lines.join("\n")}`);
  }
  if (rows === 0) throw new UserError(`${path} holds no labels.`);
  return { outcomes: outcomeLabels, criteria, rows };
}

async function* readRecords(path: string) {
  try {
    yield* readCsv(path, createReadStream(path), { maxRecordBytes: MAX_RECORD_BYTES });
  } catch (error) {
    throw explainReadError(error, path);
  }
}

function wrongColumns(path: string, columns: readonly string[]): FormatError {
  return new FormatError({
    path,
    where: "the header row",
    expected: "the columns id and label, and criterion if wanted",
    got: columns.join(", "),
  });
}
