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
      command
        .addOption(new Option("--port <n>", "the port; 0 picks a free one").default(8643).argParser(portNumber))
        .addOption(
          new Option(
            "--host <address>",
            "where it listens; 0.0.0.0 lets a phone on the same network open it, by an address with a key",
          ).default("127.0.0.1"),
        ),
      { folder: quickstartFolder, overrides: false },
    ),
  examples: [
    ["npx pocketreply view --run runs/mine", "prints an address to open; until Ctrl-C"],
    ["npx pocketreply view --run runs/mine --host 0.0.0.0", "on the phone too: scan the code that it prints"],
    [
      "npx pocketreply run --from distill --run runs/mine",
      "afterwards: a model with your decisions in it; nothing is paid for twice",
    ],
  ],
  run: async (options, session) => (await import("../view.ts")).view(options, session),
};
