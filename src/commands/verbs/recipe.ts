import { withRecipe } from "../options.ts";
import type { CommonOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const recipeVerb: Verb<CommonOptions> = {
  name: "recipe",
  summary: "print every number that a run would use, and where it came from",
  declare: (command) => withRecipe(command, { needsRun: false, quiet: false }),
  examples: [
    ["npx pocketreply recipe --recipe paper", "the paper's numbers"],
    ["npx pocketreply recipe --run runs/mine", "what made a run folder"],
    ["npx pocketreply recipe --recipe pocket train.epochs=5 > mine.yaml", "the start of a recipe of your own"],
  ],
  run: async (options, session) => (await import("../recipe.ts")).printRecipe(options, session),
};
