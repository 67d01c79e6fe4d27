import { type PersonaliseOptions, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const personaliseVerb: Verb<FolderOptions & PersonaliseOptions> = {
  name: "personalise",
  summary: "replies in your own words: a small adapter learnt from what you really answered, on this machine",
  description:
    "Learn how you write from pairs.jsonl, the real replies that import found (it must know your address: import.owner), and lay it over the exported model as a second adapter. Replies with addresses, numbers or keys in them are left out. It is measured on your later replies, and not used where it costs more than two points of grounding or of wishes followed.",
  declare: (command) =>
    withRecipe(command)
      .option("--pairs <file>", "the pairs of another import, instead of the run's own")
      .option("--forget", "remove all that was learnt of you from the run folder"),
  examples: [
    [
      "npx pocketreply personalise --run runs/mine",
      "then: npx pocketreply reply mail.eml --run runs/mine --style mine",
    ],
    ["npx pocketreply personalise --forget --run runs/mine", "nothing of you is left"],
  ],
  run: async (options, session) => (await import("../personalise.ts")).personalise(options, session),
};
