import { Argument } from "commander";
import { withRecipe } from "../options.ts";
import type { ResponsesOptions } from "../responses.ts";
import type { FolderOptions } from "../session.ts";
import { quickstartFolder, type Verb } from "./verb.ts";

export const responsesVerb: Verb<FolderOptions & ResponsesOptions> = {
  name: "responses",
  summary: "short replies that were given often, for instant answers: responses.yaml",
  description:
    "Build the response set of a run from its accepted replies, or show it. It is a file to edit; serve and the app show its replies at once, until the model answers. `build` prints how well they fit the held-out mails, beside chance and frequency.",
  declare: (command) =>
    withRecipe(
      command
        .addArgument(new Argument("<action>", "what to do").choices(["build", "show"]))
        .option("--overwrite", "build it anew although it was edited")
        .option("--no-model", "measure without the model, which takes a second a held-out mail"),
      { folder: quickstartFolder, overrides: false },
    ),
  examples: [
    ["npx pocketreply responses build --run runs/mine", "from the accepted replies; measured on the held-out ones"],
    ["npx pocketreply responses show --run runs/mine", "by intent, the most frequent first"],
  ],
  run: async (options, session) => (await import("../responses.ts")).responses(options, session),
};
