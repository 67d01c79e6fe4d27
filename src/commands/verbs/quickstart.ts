import { withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import { quickstartFolder, type Verb } from "./verb.ts";

export const quickstartVerb: Verb<FolderOptions> = {
  name: "quickstart",
  summary: "the whole path on a sample mailbox, in a few minutes",
  declare: (command) => withRecipe(command, { folder: quickstartFolder, recipe: "quickstart" }),
  examples: [
    ["npx pocketreply quickstart", "the same as npm start"],
    ["npx pocketreply quickstart --run runs/longer train.epochs=6", "with a number of your own"],
  ],
  afterword: "Killed at any moment and started again, it goes on where it was.",
  run: async (options, session) => (await import("../quickstart.ts")).quickstart(options, session),
};
