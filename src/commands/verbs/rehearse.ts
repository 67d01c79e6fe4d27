import { Option } from "commander";
import { aboveZero, withRecipe } from "../options.ts";
import type { RehearseOptions } from "../rehearse.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const rehearseVerb: Verb<FolderOptions & RehearseOptions> = {
  name: "rehearse",
  summary: "the same run with the built-in teacher, under the same limits, delays and faults",
  description:
    "The same run with the built-in teacher in the place of the paid one, under the same limits, with its latency and its faults, in a folder of its own; then what happened against the plan. Costs nothing.",
  declare: (command) =>
    withRecipe(command)
      .option("--into <folder>", "where the rehearsal writes (default: the run folder's name with -rehearsal)")
      .addOption(new Option("--speed <x>", "so many times as fast as the real run").default(1).argParser(aboveZero)),
  examples: [
    ["npx pocketreply rehearse --run runs/mine distill.sample=200", "a part of it, in real time"],
    ["npx pocketreply rehearse --run runs/mine --speed 20 distill.requestsPerMinute=500", "all of it, hurried"],
    ["npx pocketreply rehearse --run runs/mine rehearsal.serverError=0.2", "on a very bad day"],
  ],
  run: async (options, session) => (await import("../rehearse.ts")).rehearse(options, session),
};
