import { Option } from "commander";
import { stageNames } from "../../run.ts";
import { mailOption, type RunFlags, verboseOption, withEngine, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const runVerb: Verb<FolderOptions & RunFlags> = {
  name: "run",
  summary: "every stage in order, from a mailbox to an exported model",
  declare: (command) =>
    withEngine(withRecipe(command))
      .addOption(mailOption())
      .addOption(verboseOption())
      .addOption(
        new Option(
          "--from <stage>",
          "do this stage and those after it anew; their results so far are kept in the run's earlier/, where compare finds them",
        ).choices(stageNames),
      ),
  refuse: ({ from, mail }) =>
    from === "import" && mail === undefined ? "--from import reads the mail anew: name it with --mail" : undefined,
  examples: [
    ["npx pocketreply run --mail mail.mbox.gz --run runs/mine", "mbox, mbox.gz, .eml folder, Maildir or .jsonl"],
    ["npx pocketreply run --mail mail/ --run runs/mine distill.sample=500", "only 500 mails, chosen by seed"],
    ["npx pocketreply run --mail mail.mbox --run runs/paper --recipe paper", "the paper's numbers, teacher and base"],
    [
      "npx pocketreply run --from distill --run runs/mine",
      "what you decided in view reaches the model; nothing is paid for twice",
    ],
  ],
  afterword: "The mail is named once: a run folder that holds it goes on without --mail.",
  run: async (options, session) => (await import("../run.ts")).run(options, session),
};
