import { Option } from "commander";
import type { QuickstartFlags } from "../options.ts";
import { verboseOption, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import { quickstartFolder, type Verb } from "./verb.ts";

export const quickstartVerb: Verb<FolderOptions & QuickstartFlags> = {
  name: "quickstart",
  summary: "the whole path on a sample mailbox, in a few minutes",
  declare: (command) =>
    withRecipe(
      command
        .addOption(
          new Option(
            "--base <model>",
            "a pretrained model instead of the base that ships: smollm2-135m, a name on the hub, a folder, or a GGUF file",
          ),
        )
        .addOption(verboseOption()),
      { folder: quickstartFolder, recipe: "quickstart" },
    ),
  examples: [
    ["npx pocketreply quickstart", "the same as npm start"],
    ["npx pocketreply quickstart --base smollm2-135m", "on a real pretrained model, in runs/quickstart-smollm2-135m"],
    ["npx pocketreply quickstart --run runs/longer train.epochs=6", "with a number of your own"],
  ],
  afterword: "Killed at any moment and started again, it goes on where it was.",
  run: async (options, session) => (await import("../quickstart.ts")).quickstart(options, session),
};
