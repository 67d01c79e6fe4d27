import { Option } from "commander";
import { type WorkerFlags, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
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
        ).conflicts(["run", "recipe"]),
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
      "npx pocketreply distill --workers redis://localhost:6379/0 --join mine teacher.baseUrl=https://api.openai.com/v1 teacher.apiKeyEnv=OPENAI_API_KEY",
      "on the others: work for the run folder called mine, which need not be there; where to send and which key, they say themselves",
    ],
  ],
  afterword: `With --workers, requests (the mail's text in them, redacted where distill.redact says so) and answers lie in that
Redis until they are journalled; whoever can write to it decides what workers send to the endpoint, but
not where: address and key variable stand on each worker's own command line. The Redis password is read from REDIS_PASSWORD where the URL has none.
Limits and budgets hold for all machines together. A worker may be killed, or join, at any time.`,
  refuse: ({ run, workers, join, set }) => {
    if (join === undefined) return run === undefined ? "required option '--run <folder>' not specified" : undefined;
    if (workers === undefined) return "option '--join <name>' needs '--workers <url>'";
    const other = set.find((text) => !/^(?:teacher|judge)\.(?:baseUrl|apiKeyEnv)=\S+$/.test(text));
    return other === undefined
      ? undefined
      : `with '--join <name>' the recipe is the coordinator's; leave out ${other} (a worker takes teacher.baseUrl, teacher.apiKeyEnv, judge.baseUrl and judge.apiKeyEnv)`;
  },
  run: async (options, session) => {
    const { workers, join, set } = options;
    if (workers !== undefined && join !== undefined)
      await (await import("../distill-join.ts")).joinDistill({ workers, join, set }, session);
    else await (await import("../distill.ts")).distill(options, session);
  },
};
