import { Option } from "commander";
import { portNumber, type ViewFlags, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import { quickstartFolder, type Verb } from "./verb.ts";

export const viewVerb: Verb<FolderOptions & ViewFlags> = {
  name: "view",
  summary: "look through the dataset in a browser: drafts, scores, feedback; accept, reject, edit",
  description:
    "Look through the dataset of a run in a browser on this machine: every mail with its drafts, scores and feedback, filtered by outcome, score, intent, attempts. What you accept, reject or edit is appended to reviews.jsonl; the other files of the run are only read, also while distill is still writing them.",
  declare: (command) =>
    withRecipe(
      command.addOption(
        new Option("--port <n>", "port on 127.0.0.1; 0 picks a free one").default(8643).argParser(portNumber),
      ),
      { folder: quickstartFolder, overrides: false },
    ),
  examples: [
    ["npx pocketreply view --run runs/mine", "prints an address to open; until Ctrl-C"],
    [
      "npx pocketreply distill --run runs/mine",
      "afterwards: writes the dataset anew with your decisions, without a call",
    ],
  ],
  run: async (options, session) => (await import("../view.ts")).view(options, session),
};
