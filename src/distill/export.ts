/**
 * The dataset in the forms that other programs train from.
 *
 *   parquet             replies.parquet, rejected.parquet, preferences.parquet; columns below
 *   openai              {"messages": [system, user, assistant]}            OpenAI fine-tuning, chat format
 *   openai-preferences  {"input": {"messages"}, "preferred_output", "non_preferred_output"}   OpenAI, DPO
 *   trl                 {"prompt": [system, user], "completion": [assistant]}     TRL SFTTrainer, loss on the completion
 *   preferences         {"prompt": [system, user], "chosen": [assistant], "rejected": [assistant]}   TRL DPOTrainer
 *   axolotl             {"messages": [...]} and the lines of a config that reads it (type: chat_template)
 *
 * System prompt and mail are those that our own training uses, so a model trained elsewhere is asked the same way.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ChatMessage } from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import {
  doubleColumn,
  int64Column,
  listColumn,
  type ParquetElement,
  readJsonl,
  stringColumn,
  structColumn,
  writeFileAtomic,
  writeJsonlFile,
  writeParquet,
} from "../formats/index.ts";
import { renderAsked } from "../mail/index.ts";
import { criteria, type Scores } from "../prompts/index.ts";
import type { Preference, Rejected, Reply, ResultPaths } from "./results.ts";

export const datasetFormats = ["parquet", "openai", "openai-preferences", "trl", "preferences", "axolotl"] as const;
export type DatasetFormat = (typeof datasetFormats)[number];

/** A file that was written, and its rows (null where it holds none). */
export interface ExportedDataset {
  readonly path: string;
  readonly rows: number | null;
}

/** Writes the dataset of a run in `formats` below `out`; each file appears when it is complete. Throws UserError where the run has no dataset. */
export async function exportDataset(options: {
  paths: ResultPaths;
  out: string;
  formats: readonly DatasetFormat[];
  systemPrompt: string;
  signal?: AbortSignal;
}): Promise<ExportedDataset[]> {
  const { paths, out, formats, systemPrompt, signal } = options;
  for (const path of [paths.replies, paths.rejected, paths.preferences])
    if (!existsSync(path)) throw new UserError(`${path} is not there: distill has not finished. Run it first.`);
  const chat: Chat = (row) => [
    { role: "system", content: systemPrompt },
    { role: "user", content: renderAsked(row) },
  ];
  const written: ExportedDataset[] = [];
  for (const format of new Set(formats)) {
    signal?.throwIfAborted();
    written.push(...(await writers[format]({ paths, out, chat })));
  }
  return written;
}

type Chat = (row: Pick<Reply, "email" | "steering">) => ChatMessage[];
type Writer = (options: { paths: ResultPaths; out: string; chat: Chat }) => Promise<ExportedDataset[]>;

const answer = (content: string): ChatMessage => ({ role: "assistant", content });

const writers: Readonly<Record<DatasetFormat, Writer>> = {
  openai: async ({ paths, out, chat }) => [
    await writeLines<Reply>(paths.replies, join(out, "openai", "replies.jsonl"), (row) => ({
      messages: [...chat(row), answer(row.reply)],
    })),
  ],
  "openai-preferences": async ({ paths, out, chat }) => [
    await writeLines<Preference>(
      paths.preferences,
      join(out, "openai", "preferences.jsonl"),
      ({ accepted, rejected, ...row }) => ({
        input: { messages: chat(row) },
        preferred_output: [answer(accepted)],
        non_preferred_output: [answer(rejected)],
      }),
    ),
  ],
  trl: async ({ paths, out, chat }) => [
    await writeLines<Reply>(paths.replies, join(out, "trl", "replies.jsonl"), (row) => ({
      prompt: chat(row),
      completion: [answer(row.reply)],
    })),
  ],
  preferences: async ({ paths, out, chat }) => [
    await writeLines<Preference>(
      paths.preferences,
      join(out, "trl", "preferences.jsonl"),
      ({ accepted, rejected, ...row }) => ({
        prompt: chat(row),
        chosen: [answer(accepted)],
        rejected: [answer(rejected)],
      }),
    ),
  ],
  axolotl: async ({ paths, out, chat }) => {
    const rows = await writeLines<Reply>(paths.replies, join(out, "axolotl", "replies.jsonl"), (row) => ({
      messages: [...chat(row), answer(row.reply)],
    }));
    const config = join(out, "axolotl", "dataset.yaml");
    await writeFileAtomic(config, AXOLOTL_CONFIG);
    return [rows, { path: config, rows: null }];
  },
  parquet: async ({ paths, out, chat }) => [
    await writeTable<Reply>(paths.replies, join(out, "parquet", "replies.parquet"), replyColumns, (row) => ({
      ...mailCells(row, chat),
      reply: row.reply,
      ...scoreCells(row.scores),
      ...creditCells(row),
      messages: [...chat(row), answer(row.reply)],
    })),
    await writeTable<Rejected>(paths.rejected, join(out, "parquet", "rejected.parquet"), rejectedColumns, (row) => ({
      ...mailCells(row, chat),
      reason: row.reason,
      detail: row.detail,
      reply: row.reply,
      ...scoreCells(row.scores),
      ...creditCells(row),
    })),
    await writeTable<Preference>(
      paths.preferences,
      join(out, "parquet", "preferences.parquet"),
      preferenceColumns,
      (row) => ({
        ...mailCells(row, chat),
        attempt: BigInt(row.attempt),
        prompt: chat(row),
        chosen: [answer(row.accepted)],
        rejected: [answer(row.rejected)],
        ...scoreCells(row.acceptedScores, "chosen_"),
        ...scoreCells(row.rejectedScores, "rejected_"),
        teacher: row.teacher,
        judge: row.judge,
      }),
    ),
  ],
};

/** What stands in an axolotl config to train on the file beside it. */
const AXOLOTL_CONFIG = `datasets:
  - path: replies.jsonl
    ds_type: json
    type: chat_template
    field_messages: messages
    message_property_mappings:
      role: role
      content: content
    roles_to_train: ["assistant"]
`;

type Columns = readonly (readonly ParquetElement[])[];
const chatColumn = (name: string) =>
  listColumn(name, structColumn("element", [[stringColumn("role")], [stringColumn("content")]]));
const scoreColumns = (prefix = ""): Columns => criteria.map((name) => [doubleColumn(`${prefix}${name}`)]);
const mailColumns: Columns = ["id", "thread_id", "date", "sender", "subject", "body", "email"].map((name) => [
  stringColumn(name, { nullable: name === "date" }),
]);
const creditColumns: Columns = [[int64Column("attempts")], [stringColumn("teacher")], [stringColumn("judge")]];
const replyColumns: Columns = [
  ...mailColumns,
  [stringColumn("reply", { nullable: false })],
  ...scoreColumns(),
  ...creditColumns,
  chatColumn("messages"),
];
const rejectedColumns: Columns = [
  ...mailColumns,
  [stringColumn("reason")],
  [stringColumn("detail")],
  [stringColumn("reply")],
  ...scoreColumns(),
  ...creditColumns,
];
const preferenceColumns: Columns = [
  ...mailColumns,
  [int64Column("attempt")],
  chatColumn("prompt"),
  chatColumn("chosen"),
  chatColumn("rejected"),
  ...scoreColumns("chosen_"),
  ...scoreColumns("rejected_"),
  [stringColumn("teacher")],
  [stringColumn("judge")],
];

function mailCells(row: Pick<Reply, "id" | "threadId" | "email" | "steering">, chat: Chat): object {
  const { id, threadId, email } = row;
  const { date, subject, body, from } = email;
  const sender = from.name || from.address;
  return { id, thread_id: threadId, date, sender, subject, body, email: chat(row)[1].content };
}

function scoreCells(scores: Scores | null, prefix = ""): object {
  return Object.fromEntries(criteria.map((name) => [`${prefix}${name}`, scores?.[name] ?? null]));
}

function creditCells({ attempts, teacher, judge }: Pick<Reply, "attempts" | "teacher" | "judge">): object {
  return { attempts: BigInt(attempts), teacher, judge };
}

async function writeLines<T>(from: string, path: string, shape: (row: T) => object): Promise<ExportedDataset> {
  let rows = 0;
  async function* lines(): AsyncGenerator<object> {
    for await (const { value } of readJsonl(from)) {
      rows++;
      yield shape(value as T); // written by distill
    }
  }
  await writeJsonlFile(path, lines());
  return { path, rows };
}

async function writeTable<T>(
  from: string,
  path: string,
  columns: Columns,
  shape: (row: T) => object,
): Promise<ExportedDataset> {
  let count = 0;
  async function* rows(): AsyncGenerator<Record<string, unknown>> {
    for await (const { value } of readJsonl(from)) {
      count++;
      yield shape(value as T) as Record<string, unknown>; // written by distill
    }
  }
  await writeParquet(path, { columns, rows: rows() });
  return { path, rows: count };
}
