import { Option } from "commander";
import { type ImproveFlags, withEngine, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const improveVerb: Verb<FolderOptions & ImproveFlags> = {
  name: "improve",
  summary: "one round on the model's own drafts, taken over only through a gate: improved-1/",
  description:
    "The trained model drafts several replies to each mail. Checks that need no judge rank them; the best are imitated and preferred to worse ones, and its own repeats are driven away. What comes of it takes the place of the model only where, on the validation mails, length, grounding and loss hold, loops and missing ends become fewer and more replies are better than worse, by more than chance; else the run stays as it was, with the figures. No mail of the test split is used.",
  declare: (command) =>
    withEngine(withRecipe(command)).addOption(
      new Option("--method <name>", "how pairs are learnt from")
        .choices(["dpo", "ipo", "apo_zero", "simpo", "orpo"])
        .default("dpo"),
    ),
  examples: [
    ["npx pocketreply improve --run runs/quickstart", "one round; the next goes on from what it has made"],
    ["npx pocketreply improve --run runs/mine improve.drafts=8 improve.mails=200", "more drafts of fewer mails"],
    ["npx pocketreply improve --run runs/mine --engine torch --python .venv/bin/python", "its training by PyTorch"],
  ],
  run: async (options, session) => (await import("../improve.ts")).improve(options, session),
};
