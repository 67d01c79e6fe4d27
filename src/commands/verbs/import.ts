import { mailOption, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const importVerb: Verb<FolderOptions & { mail: string }> = {
  name: "import",
  summary: "read mail into the run folder: emails.jsonl",
  description:
    "Read mail into the run folder: emails.jsonl, one cleaned mail a row, and pairs.jsonl, the real replies among them, each with the mail it answers. What was skipped, and why, is in import.json.",
  declare: (command) => withRecipe(command).addOption(mailOption().makeOptionMandatory()),
  examples: [
    [
      "npx pocketreply import --mail mail.mbox.gz --run runs/mine",
      "Google Takeout too: spam, trash and promotions stay out",
    ],
    [
      "npx pocketreply import --mail mail.mbox --run runs/mine 'import.owner=[me@example.com]'",
      "whose mailbox it is, where no Sent folder or label tells: own replies become real pairs",
    ],
    [
      "npx pocketreply import --mail hf://datasets/argilla/FinePersonas-Conversations-Email-Summaries --run runs/paper import.sample=50000",
      "the paper's data set: downloaded, checked, a sample of it by seed; @REVISION pins another commit",
    ],
    [
      "IMAP_PASSWORD=… npx pocketreply import --mail imaps://me%40example.com@imap.example.com/INBOX,Sent --run runs/mine",
      "read-only; run it again after a cut and it fetches what is missing",
    ],
    ["npx pocketreply import --mail 'data/train-*.parquet' --run runs/mine", "shards of a table"],
    ["npx pocketreply import --mail rows.csv --run runs/mine import.fields.body=text", "a column of another name"],
  ],
  run: async (options, session) => (await import("../import.ts")).importMailbox(options, session),
};
