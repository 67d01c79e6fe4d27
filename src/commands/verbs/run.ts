import { mailOption, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const runVerb: Verb<FolderOptions & { mail: string }> = {
  name: "run",
  summary: "every stage in order, from a mailbox to an exported model",
  declare: (command) => withRecipe(command).addOption(mailOption().makeOptionMandatory()),
  examples: [
    ["npx pocketreply run --mail mail.mbox.gz --run runs/mine", "mbox, mbox.gz, .eml folder, Maildir or .jsonl"],
    ["npx pocketreply run --mail mail/ --run runs/mine distill.sample=500", "only 500 mails, chosen by seed"],
    ["npx pocketreply run --mail mail.mbox --run runs/paper --recipe paper", "the paper's numbers, teacher and base"],
  ],
  run: async (options, session) => (await import("../run.ts")).run(options, session),
};
