/** Rows and files with the schema of argilla/FinePersonas-Conversations-Email-Summaries, every column of it, made up. */
import { int64Column, listColumn, stringColumn, structColumn, writeParquet } from "../../formats/index.ts";
import { createRandom } from "../../random.ts";

/** A row as the data set has it. */
export interface FinePersonasRow {
  readonly conversation_id: number;
  readonly email: string;
  readonly maximum_brevity_summary: string | null;
  readonly summary: string | null;
}

const NAMES = ["Alex", "Priya", "Jonas", "Mei", "Tomás", "Zoë", "Amir", "Ruth"];
const THINGS = [
  "curriculum",
  "grant proposal",
  "workshop",
  "data set",
  "garden plan",
  "translation",
  "audit",
  "exhibit",
];
const PLACES = ["Lisbon", "the library", "room 12", "the north office", "the town hall", "Leeds"];

/** `count` rows: conversations of one to four mails between two people, whose ids begin again at 0 after every `batch` conversations. */
export function* finePersonasRows(count: number, { batch = 1000, seed = 1 } = {}): Generator<FinePersonasRow> {
  const random = createRandom(`fine-personas/${seed}`);
  for (let conversation = 0, made = 0; made < count; conversation++) {
    const [one, other] = random.shuffle(NAMES);
    const thing = `${random.pick(THINGS)} ${conversation}`;
    const mails = 1 + random.integer(4);
    for (let turn = 0; turn < mails && made < count; turn++, made++) {
      const [from, to] = turn % 2 === 0 ? [one, other] : [other, one];
      const hour = 9 + random.integer(8);
      const asks = `could we meet in ${random.pick(PLACES)} at ${hour}:00 to talk about the ${thing}? Please bring draft ${turn + 1} and the list of open questions.`;
      const answers = `thank you for your mail about the ${thing}. ${hour}:00 suits me, and draft ${turn} is attached with two open questions.`;
      const hasSummary = random.next() > 0.05; // the script that made the data set leaves both empty where the answer had no such part
      yield {
        conversation_id: conversation % batch,
        email: `Subject: ${turn > 0 ? "Re: " : ""}The ${thing}\n\nHi ${to},\n\n${turn === 0 ? `I hope you are well. ${asks}` : `${answers} After that, ${asks}`}\n\nBest regards,\n${from}`,
        maximum_brevity_summary: hasSummary ? `${from} writes about the ${thing}.` : null,
        summary: hasSummary ? `${from} writes to ${to} about the ${thing} and asks for a meeting.` : null,
      };
    }
  }
}

const SYSTEM =
  "You are an AI assistant designed to summarize emails in markdown: a block ## Maximum brevity summary, then a block ## Summary.";

/** Writes rows with all six columns, in the order and with the types of the data set's card. */
export function writeFinePersonas(
  path: string,
  rows: Iterable<FinePersonasRow>,
  { rowGroupRows = 1000 } = {},
): Promise<void> {
  function* whole(): Generator<Record<string, unknown>> {
    for (const row of rows) {
      const raw =
        row.summary === null
          ? "I cannot do that."
          : `## Maximum brevity summary\n\n${row.maximum_brevity_summary}\n\n## Summary\n\n${row.summary}`;
      yield {
        ...row,
        conversation_id: BigInt(row.conversation_id),
        distilabel_metadata: {
          raw_input_email_summarization_0: [
            { content: SYSTEM, role: "system" },
            { content: row.email, role: "user" },
          ],
          raw_output_email_summarization_0: raw,
        },
        model_name: "Qwen/Qwen2.5-72B-Instruct",
      };
    }
  }
  const turn = structColumn("turn", [[stringColumn("content")], [stringColumn("role")]]);
  return writeParquet(path, {
    columns: [
      [int64Column("conversation_id")],
      [stringColumn("email")],
      [stringColumn("maximum_brevity_summary")],
      [stringColumn("summary")],
      structColumn("distilabel_metadata", [
        listColumn("raw_input_email_summarization_0", turn),
        [stringColumn("raw_output_email_summarization_0")],
      ]),
      [stringColumn("model_name")],
    ],
    rows: whole(),
    rowGroupRows,
  });
}
