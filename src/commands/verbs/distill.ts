import { Option } from "commander";
import type { FolderOptions } from "../../stages/index.ts";
import { type WorkerFlags, withRecipe } from "../options.ts";
import type { Verb } from "./verb.ts";

export const distillVerb: Verb<FolderOptions & WorkerFlags> = {
  name: "distill",
  summary: "have the teacher write, judge and refine replies: replies.jsonl",
  description:
    "Have the teacher write, judge and refine replies: replies.jsonl.\nEvery call is journalled before it counts, so a run that was cut pays for nothing twice.",
  declare: (command) =>
    withRecipe(command, { needsRun: false }) // --join needs none
      .option("--workers <url>", "share the calls with other machines through this Redis, redis://HOST:PORT/DB")
      .addOption(
        new Option(
          "--join <name>",
          "with --workers and without --run: work for the run folder of that name, led elsewhere",
        ).conflicts(["run", "recipe", "set"]),
      ),
  examples: [
    ["npx pocketreply distill --run runs/mine", "with the recipe's teacher (built-in by default)"],
    ["npx pocketreply distill --run runs/mine distill.sample=20 distill.concurrency=4", "a small trial"],
    [
      "npx pocketreply distill --run runs/mine --recipe paper distill.mode=batch",
      "by the provider's Batch API: half the price, hours a wave, the same rows",
    ],
    [
      "npx pocketreply distill --run runs/mine teacher.baseUrl=http://localhost:8080/v1 teacher.model=my-model",
      "any OpenAI-compatible endpoint; its key is read from the variable that teacher.apiKeyEnv names",
    ],
    ["npx pocketreply distill --run runs/mine --workers redis://localhost:6379/0", "lead a run on several machines"],
    [
      "npx pocketreply distill --workers redis://localhost:6379/0 --join mine",
      "on the others: work for the run folder called mine, which need not be there",
    ],
  ],
  afterword: `With --workers, requests (the mail's text in them, redacted where distill.redact says so) and answers lie in that
Redis until they are journalled; whoever can write to it decides what workers send to the endpoint. API keys
never do: each machine reads its own variable. The Redis password is read from REDIS_PASSWORD where the URL has none.
Limits and budgets hold for all machines together. A worker may be killed, or join, at any time.`,
  refuse: ({ run, workers, join, set }) => {
    if (join === undefined) return run === undefined ? "required option '--run <folder>' not specified" : undefined;
    if (workers === undefined) return "option '--join <name>' needs '--workers <url>'";
    return set.length > 0 ? "with '--join <name>' the recipe is the coordinator's; leave out the overrides" : undefined;
  },
  run: async (options, session) => {
    const { workers, join } = options;
    if (workers !== undefined && join !== undefined)
      await (await import("../distill-join.ts")).joinDistill({ workers, join }, session);
    else await (await import("../distill.ts")).distill(options, session);
  },
};
