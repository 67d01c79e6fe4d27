import { withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const planVerb: Verb<FolderOptions> = {
  name: "plan",
  summary: "what distill will take before it runs: tokens, money, time, what binds",
  description:
    "What distill will take, before a call is made: tokens counted on the real prompts, money by a price table with date and source, time under the limits and what binds it, synchronously and by batch. Changes nothing.",
  declare: (command) => withRecipe(command),
  examples: [
    ["npx pocketreply plan --run runs/mine", "with the folder's recipe"],
    [
      "npx pocketreply plan --run runs/mine --recipe paper distill.tokensPerMinute=2000000",
      "the paper's teacher, under a limit of your account",
    ],
    [
      "npx pocketreply plan --run runs/mine teacher.price.input=0.3 teacher.price.output=1.2",
      "a price of your own, in US dollars per million tokens",
    ],
  ],
  run: async (options, session) => (await import("../plan.ts")).plan(options, session),
};
